"""谁还没报: what is missed or nearly due, grouped, and when somebody was last reminded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from anze.engines.duties import kinds
from anze.engines.duties.models import Occurrence
from anze.engines.duties.selectors.lines import REMEMBERED, lines
from anze.interfaces.portal import describe, links, when
from anze.interfaces.portal.listings.late import asked_of, remindable
from anze.interfaces.portal.listings.scoped import the_unit, towns
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.ledger.models import Entry
from anze.kernel.units import selectors as units

SHOWN = 400  # below Django's bound on the number of form fields
GROUPS = {"requirement": "按要求", "unit": "按单位"}  # a third way, 逐项, is the plain list


@dataclass(frozen=True)
class Row:
    """One occurrence, and when its holders were last reminded."""

    occ: Occurrence
    period: str
    url: str
    reminded: datetime | None


@dataclass(frozen=True)
class Group:
    """The rows of one requirement or one unit."""

    title: str
    note: str
    url: str
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class LatePage:
    """All the page needs."""

    groups: list[Group]
    total: int
    units: int
    shown: int
    by: str
    towns: list[tuple[str, str]]
    requirements: list[tuple[str, str]]
    town: str
    requirement: str
    unit: tuple[str, str] | None


def page(ctx: Ctx, *, by: str, town: str, requirement: str, unit: str) -> LatePage:
    """Return those who have not answered, within what the actor may remind."""
    rows, chosen = _filtered(ctx, town, requirement, unit)
    counted = rows.order_by().values_list("unit_id", flat=True)
    total, bodies = distinct(rows), counted.distinct().count()
    found = _folded(rows.order_by("due", "unit__pinyin", "pk")[: 2 * SHOWN])[:SHOWN]
    by = by if by in GROUPS else "requirement"
    return LatePage(
        _grouped(_rows(ctx, found), by),
        total,
        bodies,
        len(found),
        by,
        list(towns(ctx)),
        list(asked_of(rows)),
        town,
        requirement,
        chosen,
    )


def _filtered(
    ctx: Ctx, town: str, requirement: str, unit: str
) -> tuple[QuerySet[Occurrence], tuple[str, str] | None]:
    rows, chosen = remindable(ctx), None
    if town:
        if town not in dict(towns(ctx)):
            raise NotFound("没有这个镇街道", remedy="从列表中选择")
        rows = rows.filter(unit_id__in=units.subtree(UUID(town), ctx.today))
    if requirement.isdecimal():
        rows = rows.filter(requirement_id=int(requirement[:18]))
    if unit:
        known = the_unit(ctx, unit)
        if not known:
            raise NotFound("没有这个单位", remedy="从单位列表进入")
        chosen = known[0]
        rows = rows.filter(unit_id__in=units.subtree(UUID(unit), ctx.today))
    return rows, chosen


def distinct(rows: QuerySet[Occurrence]) -> int:
    """Count what is the same duty in several packs once."""
    same = rows.order_by().values_list("requirement__group", "unit_id", "subject", "period")
    return same.distinct().count()


def _folded(found: Iterable[Occurrence]) -> list[Occurrence]:
    """Keep of each line the occurrence with the strictest deadline: one reminder is enough."""
    return [line.first for line in lines(found)]


def _rows(ctx: Ctx, found: Sequence[Occurrence]) -> list[Row]:
    names = when.names(when.terms(ctx))
    last = _last_reminded(ctx, found)
    return [
        Row(
            occ,
            describe.period(occ.requirement.every, occ.period, occ.start, names),
            links.duty(occ.pk),
            last.get((occ.unit_id, occ.subject, str(occ.requirement), occ.period)),
        )
        for occ in found
    ]


def _last_reminded(
    ctx: Ctx, found: Sequence[Occurrence]
) -> dict[tuple[UUID | None, str, str, str], datetime]:
    """Return when each was last reminded, within what Home remembers. One query."""
    rows = Entry.objects.filter(
        kind=kinds.REMINDED.name,
        unit_id__in={occ.unit_id for occ in found},
        recorded__gte=ctx.now - REMEMBERED,
    )
    last = {}
    for row in rows.order_by("recorded"):
        data = row.data
        last[row.unit_id, row.subject, data["requirement"], data["period"]] = row.recorded
    return last


def _grouped(rows: list[Row], by: str) -> list[Group]:
    groups: dict[object, Group] = {}
    for row in rows:
        occ = row.occ
        if by == "unit":
            key: object = occ.unit_id
            fresh = Group(occ.unit.name, "", links.unit(occ.unit_id))
        else:
            key = occ.requirement_id
            where = links.duties(requirement=occ.requirement_id, state="open")
            fresh = Group(occ.requirement.title, occ.requirement.pack.title, where)
        groups.setdefault(key, fresh).rows.append(row)
    return sorted(groups.values(), key=lambda one: -len(one.rows))
