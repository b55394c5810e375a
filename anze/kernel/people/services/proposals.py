"""Changes of power by two people: one proposes, another confirms, then it takes effect at once.

Who proposes needs the permission for the change itself; who confirms needs ``people.confirm`` on
the same body (for tokens ``people.grant``), and is neither the proposer nor anybody the change is
about. A proposal lives seven days. Of two who decide at the same moment one wins: the state moves
by a guarded update in the transaction that carries the change out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Final
from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.people import kinds, roles
from anze.kernel.people.access import ctx_for
from anze.kernel.people.models import Proposal, User
from anze.kernel.people.services import factors, tokens
from anze.kernel.people.services.base import (
    CONFIRM,
    GRANT,
    Two,
    check_post_action,
    get_user,
    the_actor,
)
from anze.kernel.people.services.grants import enact_grant, enact_revoke, get_grant
from anze.kernel.people.services.handover import HandOver, enact_hand_over, touched
from anze.kernel.people.services.posts import (
    enact_end,
    enact_post,
    get_holding,
    get_post_type,
)
from anze.lib.ids import uuid7

LIVES: Final = timedelta(days=7)


@dataclass(frozen=True)
class Change:
    """What can be proposed: who may, what it does, which action confirms it, whose roles."""

    label: str
    check: Callable[[Ctx, Proposal], None]
    enact: Callable[[Ctx, Two, Proposal], None]
    confirmed_with: str = CONFIRM


class _Undo(Exception):
    """Ends a rehearsal."""


def propose_grant(
    ctx: Ctx, user_id: UUID, *, role: str, unit_id: UUID, until: date | None = None
) -> Proposal:
    """Propose that a person has a role over a unit from the day it is confirmed."""
    terms = {"role": role, "until": _day(until)}
    return _propose(ctx, "grant", user_id, unit_id, terms)


def propose_revoke(ctx: Ctx, grant_id: UUID) -> Proposal:
    """Propose that a grant ends on the day it is confirmed."""
    grant = get_grant(grant_id)
    terms = {"grant": str(grant.pk), "role": grant.role}
    return _propose(ctx, "revoke", grant.user_id, grant.unit_id, terms)


def propose_post(
    ctx: Ctx,
    user_id: UUID,
    *,
    unit_id: UUID,
    post: str,
    since: date | None = None,
    until: date | None = None,
) -> Proposal:
    """Propose that a person holds a post of the bureau."""
    terms = {"post": post, "since": _day(since), "until": _day(until)}
    return _propose(ctx, "post", user_id, unit_id, terms)


def propose_end(ctx: Ctx, holding_id: UUID, *, until: date) -> Proposal:
    """Propose that a holding of the bureau ends."""
    holding = get_holding(holding_id)
    terms = {"holding": str(holding.pk), "post": holding.post_id, "until": _day(until)}
    return _propose(ctx, "end_post", holding.user_id, holding.unit_id, terms)


def propose_hand_over(ctx: Ctx, asked: HandOver) -> Proposal:
    """Propose a hand-over in which a post of the bureau is given or taken."""
    holding = get_holding(asked.holding_id)
    terms = {
        "holding": str(holding.pk),
        "post": holding.post_id,
        "day": _day(asked.day),
        "successor": str(asked.successor_id or ""),
        "to_unit": str(asked.to_unit or ""),
        "to_post": asked.to_post,
    }
    return _propose(ctx, "hand_over", holding.user_id, holding.unit_id, terms)


def propose_factor_reset(ctx: Ctx, user_id: UUID, *, unit_id: UUID) -> Proposal:
    """Propose to take away a lost second factor; ``unit_id`` is where the person acts."""
    return _propose(ctx, "factor", user_id, unit_id, {})


@transaction.atomic
def propose_token(ctx: Ctx, wanted: tokens.Wanted) -> tuple[Proposal, str]:
    """Make an inert token, propose it, and return the secret, which is shown once."""
    token, secret = tokens.make(ctx, wanted)
    terms = {"token": str(token.pk), "role": token.role}
    return _propose(ctx, "token", token.account_id, token.unit_id, terms), secret


@transaction.atomic
def _propose(
    ctx: Ctx, what: str, user_id: UUID, unit_id: UUID, terms: Mapping[str, str]
) -> Proposal:
    actor = _actor(ctx)
    kept = {key: value for key, value in terms.items() if value}
    proposal = Proposal(
        id=uuid7(),
        what=what,
        person=get_user(user_id),
        unit_id=unit_id,
        terms=json.dumps(kept, sort_keys=True),
        proposed_by=actor,
        proposed_at=ctx.now,
        expires_at=ctx.now + LIVES,
    )
    change = CHANGES[what]
    change.check(ctx, proposal)
    _not_about(actor.pk, proposal)
    if known := _the_same(ctx, proposal):
        return known
    with _rehearsal():
        change.enact(ctx, Two(), proposal)
    facts = {
        "proposal": proposal.pk,
        "what": what,
        "person": user_id,
        "role": kept.get("role") or kept.get("post"),
    }
    entry = ledger.record(ctx, kinds.CHANGE_PROPOSED.name, unit_id=unit_id, facts=facts)
    proposal.entry_uid = entry.uid
    proposal.save(force_insert=True)
    return proposal


def _the_same(ctx: Ctx, proposal: Proposal) -> Proposal | None:
    """The same proposed twice is one proposal."""
    open_ones = Proposal.objects.filter(state=Proposal.State.OPEN, expires_at__gt=ctx.now)
    return open_ones.filter(
        what=proposal.what,
        person=proposal.person,
        unit_id=proposal.unit_id,
        terms=proposal.terms,
    ).first()


@contextmanager
def _rehearsal() -> Iterator[None]:
    """Do what follows and undo it: an unsound proposal is refused now, not by who confirms it."""
    try:
        with transaction.atomic():
            yield
            raise _Undo
    except _Undo:
        pass


@transaction.atomic
def confirm(ctx: Ctx, proposal_id: UUID) -> Proposal:
    """Confirm a proposal and carry it out. Raises Denied for who may not be the second person."""
    proposal, actor = _for_decision(ctx, proposal_id)
    change = CHANGES[proposal.what]
    try:
        change.check(ctx_for(proposal.proposed_by, now=ctx.now), proposal)
    except (Denied, NotFound):
        raise Refused(
            "提出人已不再有这项权限，不能按这份提议办理", remedy="请撤回后由有权限的人重新提出"
        ) from None
    _move(ctx, proposal, Proposal.State.CONFIRMED, actor)
    two = Two(proposed_by=proposal.proposed_by_id, confirmed_by=actor.pk)
    change.enact(ctx, two, proposal)
    return proposal


@transaction.atomic
def decline(ctx: Ctx, proposal_id: UUID) -> Proposal:
    """Say no to a proposal: nothing changes."""
    proposal, actor = _for_decision(ctx, proposal_id)
    _move(ctx, proposal, Proposal.State.DECLINED, actor)
    return proposal


@transaction.atomic
def withdraw(ctx: Ctx, proposal_id: UUID) -> Proposal:
    """Take one's own proposal back."""
    proposal, actor = get_proposal(ctx, proposal_id), _actor(ctx)
    if proposal.proposed_by_id != actor.pk:
        raise Denied("只有提出人可以撤回", remedy="有权确认的人可以选择“不同意”")
    _move(ctx, proposal, Proposal.State.WITHDRAWN, actor)
    return proposal


def get_proposal(ctx: Ctx, proposal_id: UUID) -> Proposal:
    """Return a proposal whose body the actor sees; raise NotFound."""
    rows = Proposal.objects.select_related("person", "unit", "proposed_by", "decided_by")
    proposal = rows.filter(pk=proposal_id).first()
    if proposal is None or proposal.unit_id not in ctx.access.visible("people.view"):
        raise NotFound("没有这份提议", where=str(proposal_id))
    return proposal


def _for_decision(ctx: Ctx, proposal_id: UUID) -> tuple[Proposal, User]:
    proposal, actor = get_proposal(ctx, proposal_id), _actor(ctx)
    ctx.access.check(CHANGES[proposal.what].confirmed_with, proposal.unit_id)
    if proposal.proposed_by_id == actor.pk:
        raise Denied("提出人不能确认自己的提议", remedy="请由另一位安全保密管理员或局领导确认")
    _not_about(actor.pk, proposal)
    return proposal, actor


def may_decide(ctx: Ctx, proposal: Proposal) -> bool:
    """Tell whether the actor could be the second person."""
    units = ctx.access.visible(CHANGES[proposal.what].confirmed_with)
    apart = ctx.actor_id not in (proposal.proposed_by_id, *_subjects(proposal))
    return apart and proposal.waits(ctx.now) and proposal.unit_id in units


def waiting_for(ctx: Ctx) -> int:
    """Return how many proposals the actor could confirm. One query, none for who confirms nothing.

    What is open lives a week: few enough to ask ``may_decide`` about each.
    """
    waiting = Proposal.objects.filter(state=Proposal.State.OPEN, expires_at__gt=ctx.now)
    ways = (
        narrow(waiting.filter(what=what), ctx.access.visible(change.confirmed_with))
        for what, change in CHANGES.items()
    )
    return sum(may_decide(ctx, proposal) for proposal in reduce(or_, ways))


def _not_about(actor_id: UUID, proposal: Proposal) -> None:
    if actor_id in _subjects(proposal):
        raise Denied("这件事涉及您本人，不能由您提出或确认", remedy="请由另一位有权的人办理")


def _subjects(proposal: Proposal) -> set[UUID]:
    successor = proposal.said.get("successor")
    return {proposal.person_id, *([UUID(successor)] if successor else [])}


def _actor(ctx: Ctx) -> User:
    return User.objects.get(pk=the_actor(ctx))


def _move(ctx: Ctx, proposal: Proposal, state: str, actor: User) -> None:
    waiting = Proposal.objects.filter(
        pk=proposal.pk, state=Proposal.State.OPEN, expires_at__gt=ctx.now
    )
    if not waiting.update(state=state, decided_by=actor, decided_at=ctx.now):
        raise Conflict("这份提议已经办结或已过期", remedy="请刷新后查看；需要时重新提出")
    facts = {
        "proposal": proposal.pk,
        "what": proposal.what,
        "person": proposal.person_id,
        "outcome": state,
        "proposed_by": proposal.proposed_by_id,
        "decided_by": actor.pk,
    }
    ledger.record(ctx, kinds.CHANGE_DECIDED.name, unit_id=proposal.unit_id, facts=facts)
    proposal.refresh_from_db()


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _as_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _check_grant(ctx: Ctx, proposal: Proposal) -> None:
    ctx.access.check(GRANT, proposal.unit_id)
    if proposal.said.get("role", "") not in roles.ROLES:
        raise Refused("没有这个角色", field="role", remedy="请从角色表中选择")


def _enact_grant(ctx: Ctx, two: Two, proposal: Proposal) -> None:
    said = proposal.said
    until = _as_day(said.get("until"))
    enact_grant(
        ctx, two, proposal.person_id, role=said["role"], unit_id=proposal.unit_id, until=until
    )


def _enact_revoke(ctx: Ctx, two: Two, proposal: Proposal) -> None:
    enact_revoke(ctx, two, get_grant(UUID(proposal.said["grant"])), ctx.today)


def _check_post(ctx: Ctx, proposal: Proposal) -> None:
    check_post_action(ctx, get_post_type(proposal.said["post"]).role, proposal.unit_id)


def _enact_post(ctx: Ctx, two: Two, proposal: Proposal) -> None:
    said = proposal.said
    enact_post(
        ctx, two, proposal.person_id, unit_id=proposal.unit_id, post=said["post"],
        since=_as_day(said.get("since")), until=_as_day(said.get("until")),
    )  # fmt: skip


def _enact_end(ctx: Ctx, two: Two, proposal: Proposal) -> None:
    day = _as_day(proposal.said.get("until")) or ctx.today
    enact_end(ctx, two, get_holding(UUID(proposal.said["holding"])), day)


def _asked(proposal: Proposal) -> HandOver:
    said = proposal.said
    return HandOver(
        holding_id=UUID(said["holding"]),
        day=date.fromisoformat(said["day"]),
        successor_id=UUID(said["successor"]) if "successor" in said else None,
        to_unit=UUID(said["to_unit"]) if "to_unit" in said else None,
        to_post=said.get("to_post", ""),
    )


def _check_hand_over(ctx: Ctx, proposal: Proposal) -> None:
    asked = _asked(proposal)
    for role, unit in touched(get_holding(asked.holding_id), asked):
        check_post_action(ctx, role, unit)


def _enact_hand_over(ctx: Ctx, two: Two, proposal: Proposal) -> None:
    enact_hand_over(ctx, two, _asked(proposal))


CHANGES: Final[dict[str, Change]] = {
    "grant": Change("授予角色", _check_grant, _enact_grant),
    "revoke": Change("收回角色", _check_grant, _enact_revoke),
    "post": Change("任职", _check_post, _enact_post),
    "end_post": Change("离任", _check_post, _enact_end),
    "hand_over": Change("岗位移交", _check_hand_over, _enact_hand_over),
    "factor": Change("重置动态口令", factors.check_reset, factors.enact_reset),
    "token": Change("启用接口令牌", tokens.check_proposal, tokens.enact, GRANT),
}
