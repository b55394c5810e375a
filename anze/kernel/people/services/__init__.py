"""Writing people: each function is one intention and one entry, in the caller's transaction."""

from anze.kernel.people.services.accounts import (
    change_account,
    change_own_password,
    close_account,
    create_account,
    issue_password,
    open_account,
)
from anze.kernel.people.services.grants import grant_role, revoke_role
from anze.kernel.people.services.posts import (
    end_deputy,
    end_post,
    give_post,
    name_deputy,
    sync_post_types,
)

__all__ = [
    "change_account",
    "change_own_password",
    "close_account",
    "create_account",
    "end_deputy",
    "end_post",
    "give_post",
    "grant_role",
    "issue_password",
    "name_deputy",
    "open_account",
    "revoke_role",
    "sync_post_types",
]
