"""Writes about duties: the passing of days, waivers, reminders."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from anze.engines.duties import kinds
from anze.engines.duties.advance import advance
from anze.engines.duties.engine import HEAVY
from anze.engines.duties.holders import holders
from anze.engines.duties.models import Occurrence, State, Trouble
from anze.engines.duties.tables import CHANGING
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.bus.events import Event, announce
from anze.kernel.ledger import sequencer
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import RETRACT, Entry
from anze.kernel.packs.kinds import ACTIVATED
from anze.kernel.units.kinds import REGISTERED
from anze.kernel.units.models import Unit

log = logging.getLogger("anze.duties")
MOST_DAYS = 400  # a server that slept longer than a year is asked about, not obeyed


@dataclass(frozen=True)
class Reminded(Event):
    """Somebody asked ``people`` for what a body owes."""

    ctx: Ctx
    entry_uid: UUID
    title: str
    link: str
    unit_id: UUID
    people: frozenset[UUID]


def tick(ctx: Ctx) -> int:
    """Record each Chinese day that has begun since the last recorded one, district by district.

    Returns how many days were recorded. Idempotent: a day is one entry per district.
    """
    made = 0
    districts = Unit.objects.filter(level="district").order_by("opened_on", "pk")
    for district in districts.values_list("pk", flat=True):
        for day in _missing_days(district, ctx.today):
            ledger.record(
                ctx, kinds.TICK.name, unit_id=district, facts={"day": day},
                client_id=f"day/{district.hex}/{day.isoformat()}",
            )  # fmt: skip
            made += 1
    return made


def _missing_days(district: UUID, today: date) -> list[date]:
    ticks = Entry.objects.filter(kind=kinds.TICK.name, unit_id=district)
    # Days caught up with were recorded in one breath: the row tells which of them came last.
    last = ticks.order_by("-happened", "-pk").first()
    known = date.fromisoformat(str(last.data["day"])) if last else _eve(district, today)
    behind = (today - known).days
    if behind > MOST_DAYS:
        raise Refused(
            f"服务器日期 {today} 比上一次记录的 {known} 晚了 {behind} 天",
            remedy="先核对服务器时间",
        )
    return [known + timedelta(days=step) for step in range(1, behind + 1)]


def _eve(district: UUID, today: date) -> date:
    """Return the day before a district's first: that on which the first pack began to bind it.

    A server may start days after the district was founded, and those days have passed too.
    """
    begun = [
        Entry.objects.filter(kind=ACTIVATED.name).order_by("pk").first(),
        Entry.objects.filter(kind=REGISTERED.name, unit_id=district).order_by("pk").first(),
    ]
    days = [clock.day_of(entry.recorded) for entry in begun if entry is not None]
    first = max(days) if len(days) == len(begun) else today
    return min(first, today) - timedelta(days=1)


def join(ctx: Ctx) -> int:
    """Let bodies registered or changed since the last look begin to owe; return how many entries.

    One entry per district for any number of bodies: opening is work for a batch, not for a row.
    """
    made = 0
    for district in Unit.objects.filter(level="district").values_list("pk", flat=True):
        seen = Entry.objects.filter(kind__in=HEAVY, unit_id=district).order_by("-leaf__n")
        last = seen.values_list("leaf__n", flat=True).first() or 0
        if Entry.objects.filter(kind__in=CHANGING, leaf__n__gt=last).exists():
            ledger.record(
                ctx, kinds.JOINED.name, unit_id=district, facts={"since_n": last},
                client_id=f"join/{district.hex}/{last}",
            )  # fmt: skip
            made += 1
    return made


def sweep(ctx: Ctx) -> None:
    """Do what the minute asks: number, record the day, judge, and retry what failed."""
    sequencer.advance()
    tick(ctx)
    join(ctx)
    sequencer.advance()
    advance()
    retry_troubles()


def retry_troubles() -> int:
    """Judge again what failed before; return how many troubles are gone."""
    from anze.engines.duties.replay import rejudge

    gone = 0
    for trouble in Trouble.objects.order_by("n")[:50]:
        if rejudge(trouble):
            trouble.delete()
            gone += 1
    return gone


def propose_waiver(ctx: Ctx, occurrence_id: int, reason: str, words: str) -> Entry:
    """Waive a duty, or, once its deadline has passed, propose to: a second person must agree.

    Returns the entry. Raises NotFound outside the scope, Denied, Refused when the requirement
    cannot be waived, Conflict when the occurrence is no longer open.
    """
    if reason not in dict(kinds.REASONS):
        raise Refused("没有这种豁免原因", field="reason", remedy="从列出的原因里选一项")
    occ = _waivable(ctx, occurrence_id)
    late = ctx.now >= occ.deadline
    kind = kinds.PROPOSED if late else kinds.WAIVED
    # One for each state it was in: a repeat is the same waiver, another wording a conflict.
    with _once():
        return ledger.record(
            ctx, kind.name, unit_id=occ.unit_id, subject=occ.subject,
            facts={"requirement": str(occ.requirement), "period": occ.period, "reason": reason},
            private={"words": words}, client_id=f"waive/{occ.pk}/{occ.state_n}",
        )  # fmt: skip


@contextmanager
def _once() -> Iterator[None]:
    """Say in words of this room that somebody else was quicker."""
    try:
        yield
    except Conflict:
        raise Conflict("这一项的豁免刚有人办过", remedy="请刷新页面，看最新的情况") from None


def confirm_waiver(ctx: Ctx, proposal_uid: UUID, words: str) -> Entry:
    """Agree to a waiver after the deadline. The second person must not be the first.

    Conflict when the duty was done meanwhile, or somebody else has agreed.
    """
    proposal = Entry.objects.filter(uid=proposal_uid, kind=kinds.PROPOSED.name).first()
    if proposal is None or proposal.unit_id is None:
        raise NotFound("没有这项豁免申请")
    ctx.access.check("duties.waive", proposal.unit_id)
    if proposal.actor_id == ctx.actor_id:
        raise Refused(
            "逾期事项的豁免要两个人：申请人不能自己批准", remedy="请另一位有权限的人员批准"
        )
    data, client_id = proposal.data, f"waiver/{proposal.uid.hex}"
    if not Entry.objects.filter(kind=kinds.WAIVED.name, client_id=client_id).exists():
        _check_open(_named_by(proposal))
    with _once():
        return ledger.record(
            ctx, kinds.WAIVED.name, unit_id=proposal.unit_id, subject=proposal.subject,
            facts={**data, "proposal": proposal.uid}, private={"words": words},
            client_id=client_id,
        )  # fmt: skip


def _named_by(proposal: Entry) -> Occurrence:
    """Return the occurrence a proposal is about."""
    issuer, _, ref = str(proposal.data["requirement"]).rpartition("/")
    found = Occurrence.objects.filter(
        requirement__pack__issuer=issuer, requirement__ref=ref, unit=proposal.unit_id,
        subject=proposal.subject, period=str(proposal.data["period"]),
    )  # fmt: skip
    occ = found.order_by("-opened_n").first()
    if occ is None:
        raise NotFound("没有这项履职事项")
    return occ


def _waivable(ctx: Ctx, occurrence_id: int) -> Occurrence:
    occ = Occurrence.objects.select_related("requirement__pack").filter(pk=occurrence_id).first()
    if occ is None:
        raise NotFound("没有这项履职事项")
    ctx.access.check("duties.waive", occ.unit_id)
    from anze.engines.duties.selectors import spec_of

    if not spec_of(occ.requirement).waivable:
        raise Refused("这项要求不能豁免", where=occ.requirement.title, remedy="请按要求完成")
    _check_open(occ)
    return occ


def _check_open(occ: Occurrence) -> None:
    if occ.state not in (State.OWED, State.MISSED):
        raise Conflict(f"这项已是“{occ.get_state_display()}”，不能再豁免")


def lift_waiver(ctx: Ctx, waiver_uid: UUID) -> Entry:
    """Take a waiver back; the duty is judged again as if it had not been waived."""
    waiver = Entry.objects.filter(uid=waiver_uid, kind=kinds.WAIVED.name).exclude(op=RETRACT)
    found = waiver.first()
    if found is None or found.unit_id is None:
        raise NotFound("没有这项豁免")
    ctx.access.check("duties.waive", found.unit_id)
    return ledger.retract(ctx, found, "lifted")


def remind(ctx: Ctx, occurrence_ids: Sequence[int]) -> int:
    """Ask the holders for what is still owed (催办): one notice per unit and requirement.

    The same reminder on the same day goes out once. Returns how many units were reminded; what is
    done meanwhile, or outside the actor's scope, is passed over.
    """
    occs = Occurrence.objects.filter(
        pk__in=occurrence_ids, state__in=(State.OWED, State.MISSED)
    ).select_related("requirement__pack")
    allowed = ctx.access.visible("duties.remind")
    grouped: dict[tuple[int, str], list[Occurrence]] = defaultdict(list)
    for occ in occs:
        if occ.unit_id in allowed:
            grouped[occ.requirement_id, occ.period].append(occ)
    with transaction.atomic():
        return sum(_remind(ctx, group) for group in grouped.values())


def _remind(ctx: Ctx, occs: Sequence[Occurrence]) -> int:
    requirement = occs[0].requirement
    asked = holders(ctx.today, [occ.unit_id for occ in occs], requirement.who)
    for occ in occs:
        people = asked[occ.unit_id]
        client_id = _reminder(ctx, occ.pk)
        # Who holds the post may have changed since this morning: the first entry of the day stands.
        entry = _said(client_id) or ledger.record(
            ctx, kinds.REMINDED.name, unit_id=occ.unit_id, subject=occ.subject,
            facts={
                "requirement": str(requirement), "period": occ.period, "recipients": len(people),
            },
            client_id=client_id,
        )  # fmt: skip
        announce(
            Reminded(ctx, entry.uid, requirement.title, f"/duties/{occ.pk}/", occ.unit_id, people)
        )
    return len(occs)


def _said(client_id: str) -> Entry | None:
    return Entry.objects.filter(kind=kinds.REMINDED.name, client_id=client_id).first()


def _reminder(ctx: Ctx, occurrence_id: int) -> str:
    """Return the client id of one person's reminder of an occurrence on one day."""
    return f"remind/{occurrence_id}/{ctx.today}/{ctx.actor_id.hex if ctx.actor_id else '-'}"


def reminded_today(ctx: Ctx, occurrence_ids: Sequence[int]) -> set[int]:
    """Return of which of these the actor has reminded today: another would tell nobody."""
    by_id = {_reminder(ctx, pk): pk for pk in occurrence_ids}
    rows = Entry.objects.filter(kind=kinds.REMINDED.name, client_id__in=by_id)
    return {by_id[str(known)] for known in rows.values_list("client_id", flat=True)}
