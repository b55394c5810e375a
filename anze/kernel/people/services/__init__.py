"""Writing people: each function is one intention and one entry, in the caller's transaction."""

from anze.kernel.people.services.accounts import (
    WITHDRAWN,
    change_account,
    change_own_password,
    close_account,
    create_account,
    end_account,
    issue_password,
    lift_lock,
    open_account,
    withdraw_account,
)
from anze.kernel.people.services.base import NeedsTwo
from anze.kernel.people.services.devices import (
    enroll,
    make_device,
    revoke_device,
    set_pin,
)
from anze.kernel.people.services.grants import grant_role, revoke_role
from anze.kernel.people.services.handover import HandOver, hand_over
from anze.kernel.people.services.posts import (
    end_deputy,
    end_post,
    end_posts_of,
    give_first_post,
    give_post,
    name_deputy,
    sync_post_types,
)
from anze.kernel.people.services.proposals import (
    confirm,
    decline,
    get_proposal,
    propose_end,
    propose_factor_reset,
    propose_grant,
    propose_hand_over,
    propose_post,
    propose_revoke,
    propose_token,
    withdraw,
)
from anze.kernel.people.services.tokens import Wanted, revoke_token

__all__ = [
    "HandOver",
    "NeedsTwo",
    "Wanted",
    "WITHDRAWN",
    "change_account",
    "change_own_password",
    "close_account",
    "confirm",
    "create_account",
    "decline",
    "end_account",
    "end_deputy",
    "end_post",
    "end_posts_of",
    "enroll",
    "get_proposal",
    "give_first_post",
    "give_post",
    "grant_role",
    "hand_over",
    "issue_password",
    "lift_lock",
    "make_device",
    "name_deputy",
    "open_account",
    "propose_end",
    "propose_factor_reset",
    "propose_grant",
    "propose_hand_over",
    "propose_post",
    "propose_revoke",
    "propose_token",
    "revoke_device",
    "revoke_role",
    "revoke_token",
    "set_pin",
    "sync_post_types",
    "withdraw",
    "withdraw_account",
]
