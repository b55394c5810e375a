"""Reading registers and audits: what the actor may see, and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from anze.engines.registers import fold, kinds, values
from anze.engines.registers.models import IN_USE, NEVER, Audit, AuditLine, Thing
from anze.engines.registers.spec import RegisterSpec, all_specs, by_mark
from anze.kernel.bus.ctx import Ctx, narrow, narrow_list
from anze.kernel.bus.errors import NotFound
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.people.models import User
from anze.kernel.units.models import Place

SOON = 30


def things(ctx: Ctx, spec: RegisterSpec, action: str = "") -> QuerySet[Any]:
    """Return the things of a register in sight, narrowed so that a list walks its order."""
    return narrow_list(spec.model._default_manager.all(), ctx.access.visible(action or spec.view))


def thing(ctx: Ctx, spec: RegisterSpec, thing_id: UUID) -> Thing:
    """Return a thing in sight, its unit and place with it; raise NotFound or Denied."""
    rows = spec.model._default_manager.select_related("unit", "place")
    found = rows.filter(pk=thing_id).first()
    if found is None:
        raise NotFound(f"没有这件{spec.noun}", remedy=f"请从{spec.label}台账进入")
    ctx.access.check(spec.view, found.unit_id)
    return found


def labelled(token: str) -> tuple[RegisterSpec | None, Thing | None]:
    """Return the thing a label names, whoever asks; check his scope before showing it."""
    plain = token.strip().upper().replace("-", "")
    spec = by_mark(plain[:1])
    if spec is None or len(plain) != 12:
        return None, None
    return spec, spec.model._default_manager.filter(token=plain).first()


@dataclass(frozen=True)
class Standing:
    """How one register stands in sight of the actor."""

    spec: RegisterSpec
    in_use: int
    over: int
    soon: int
    missing: int


def standing(ctx: Ctx) -> list[Standing]:
    """Return how each register stands that the actor may see. One query a register."""
    return [_standing(ctx, spec) for spec in all_specs() if _may(ctx, spec.view)]


def _standing(ctx: Ctx, spec: RegisterSpec) -> Standing:
    rows = things(ctx, spec).filter(state=IN_USE)
    soon = ctx.today + timedelta(days=SOON)
    n = rows.aggregate(
        in_use=Count("pk"),
        over=Count("pk", filter=Q(due_on__lt=ctx.today)),
        soon=Count("pk", filter=Q(due_on__gte=ctx.today, due_on__lte=soon)),
        missing=Count("pk", filter=Q(missing_since__isnull=False)),
    )
    return Standing(spec, n["in_use"], n["over"], n["soon"], n["missing"])


def _may(ctx: Ctx, action: str) -> bool:
    return bool(ctx.access.visible(action))


def audit(ctx: Ctx, audit_id: UUID, action: str = "registers.view", *, lock: bool = False) -> Audit:
    """Return an audit on whose unit the actor may do ``action``; raise NotFound or Denied."""
    rows = Audit.objects.select_for_update() if lock else Audit.objects.select_related("unit")
    found = rows.filter(pk=audit_id).first()
    if found is None:
        raise NotFound("没有这次盘点", remedy="请从盘点列表进入")
    ctx.access.check(action, found.unit_id)
    return found


def audits(ctx: Ctx) -> QuerySet[Audit]:
    """Return the audits in sight, newest first."""
    rows = narrow(Audit.objects.all(), ctx.access.visible("registers.view"))
    return rows.select_related("unit", "place").order_by("-started", "-pk")


def tally(audit_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Return audit → state → number of lines. One query."""
    found: dict[UUID, dict[str, int]] = {one: {} for one in audit_ids}
    rows = AuditLine.objects.filter(audit_id__in=audit_ids).values_list("audit_id", "state")
    for audit_id, state, n in rows.annotate(n=Count("pk")).order_by():
        found[audit_id][state] = n
    return found


@dataclass(frozen=True)
class Step:
    """One field of one entry: from what to what, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Chapter:
    """One entry of a thing's history."""

    uid: UUID
    kind: str
    title: str
    when: datetime
    who: str
    steps: tuple[Step, ...]


def history(spec: RegisterSpec, thing: Thing) -> list[Chapter]:
    """Return what happened to a thing, oldest first, read from the ledger alone.

    Texts come from the private parts; where one was erased the page says so.
    """
    entries = Entry.objects.filter(
        kind__in=kinds.OF_A_THING, unit_id=thing.unit_id, subject=thing.code
    ).order_by("pk")
    mine = [one for one in entries if one.data.get("thing") == str(thing.pk)]
    names = _names(mine)
    places = _places(mine)
    states: dict[str, fold.State] = {}
    told: dict[str, str] = {}
    chapters = []
    for one in mine:
        before = dict(states[str(thing.pk)].values) if states else {}
        fold.apply(states, one.kind, one.data)
        steps = _steps(spec, one, before, told, places)
        who = names.get(one.actor_id, "系统") if one.actor_id else "系统"
        label = {k.name: k.label for k in (kinds.ADDED, kinds.CHANGED, kinds.ENDED)}[one.kind]
        chapters.append(Chapter(one.uid, one.kind, label, one.recorded, who, tuple(steps)))
    return chapters


def _names(entries: list[Entry]) -> dict[UUID, str]:
    ids = {one.actor_id for one in entries if one.actor_id}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))


def _places(entries: list[Entry]) -> dict[str, str]:
    ids = {
        value["value"]
        for one in entries
        for value in one.data.get("values", ())
        if value["field"] == "place"
    }
    return {
        str(pk): name for pk, name in Place.objects.filter(pk__in=ids).values_list("pk", "name")
    }


def _steps(
    spec: RegisterSpec,
    entry: Entry,
    before: dict[str, str],
    told: dict[str, str],
    places: dict[str, str],
) -> list[Step]:
    data = entry.data
    if entry.kind == kinds.ENDED.name:
        note = ((ledger.private_part(entry) or {}).get("words") or {}).get("note", "")
        reason = spec.end_reasons.get(data["reason"], data["reason"])
        return [Step("原因", "", reason), Step("日期", "", data["on"])] + (
            [Step("说明", "", note)] if note else []
        )
    steps = [
        Step(
            _label(spec, one["field"]),
            _word(spec, one["field"], before.get(one["field"], ""), places),
            _word(spec, one["field"], one["value"], places),
        )
        for one in data.get("values", ())
    ]
    steps += [
        Step(_label(spec, name), _word(spec, name, before.get(name, ""), places), "（空）")
        for name in data.get("cleared", ())
    ]
    return steps + _worded(spec, entry, told)


def _worded(spec: RegisterSpec, entry: Entry, told: dict[str, str]) -> list[Step]:
    words = (ledger.private_part(entry) or {}).get("words")
    if words is None:
        erased = entry.data.get("worded") or ([""] if entry.commitment else [])
        return [
            Step(_label(spec, name) if name else "文字说明", "", "（已销毁）") for name in erased
        ]
    steps = []
    for name, text in words.items():
        steps.append(Step(_label(spec, name), told.get(name, ""), text or "（空）"))
        told[name] = text
    return steps


def _label(spec: RegisterSpec, name: str) -> str:
    spine = {"place": "地点", "missing": "盘点未见"}
    try:
        return spec.field(name).label
    except KeyError:
        return spine.get(name, name)


def _word(spec: RegisterSpec, name: str, code: str, places: dict[str, str]) -> str:
    if name == "place":
        return places.get(code, "")
    try:
        return values.said(spec.field(name), code)
    except KeyError:
        return {"no": "已找到"}.get(code, code)


def days_left(due_on: date, today: date) -> int | None:
    """Return the days until the end of validity, negative when it is over; None for no end."""
    return None if due_on == NEVER else (due_on - today).days
