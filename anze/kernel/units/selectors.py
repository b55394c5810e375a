"""Reading units. Those that take a ``ctx`` show only what its actor may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.units import known, walk, world
from anze.kernel.units.known import in_force
from anze.kernel.units.models import (
    CalendarOverride,
    Edge,
    Place,
    Succession,
    Term,
    Unit,
    UnitFact,
)
from anze.lib import terms

VIEW = "units.view"


def get(ctx: Ctx, unit_id: UUID, action: str = VIEW) -> Unit:
    """Return a unit on which the actor may do ``action``; raise NotFound or Denied."""
    ctx.access.check(action, unit_id)
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise NotFound("没有这个单位", where=str(unit_id))
    return unit


def visible_to(ctx: Ctx, action: str = VIEW) -> QuerySet[Unit]:
    """Return the units on which the actor may do ``action``, sorted by pinyin."""
    return narrow(Unit.objects.all(), ctx.access.visible(action), "id")


def search(ctx: Ctx, text: str, action: str = VIEW) -> QuerySet[Unit]:
    """Return visible units whose name, pinyin, initials or code match ``text``."""
    wanted = text.strip()
    plain = "".join(letter for letter in wanted.lower() if letter.isalnum())
    match = Q(name__contains=wanted) | Q(short_name__contains=wanted) | Q(code__startswith=wanted)
    if plain.isascii() and plain:
        match |= Q(pinyin__startswith=plain) | Q(initials__startswith=plain)
    return visible_to(ctx, action).filter(match)


def subtree(unit_id: UUID, on_day: date) -> frozenset[UUID]:
    """Return the unit and everything under it by the line on a day (one query)."""
    return frozenset(walk.down([unit_id], on_day)[unit_id])


def ancestors(unit_id: UUID, on_day: date) -> tuple[UUID, ...]:
    """Return the ancestors by the line on a day, nearest first (one query)."""
    return tuple(found for found, _level in walk.up([unit_id], on_day)[unit_id])


def path(unit_id: UUID, on_day: date) -> list[Unit]:
    """Return the ancestors' rows from the top down, for a breadcrumb: their names are public."""
    ids = ancestors(unit_id, on_day)
    rows = Unit.objects.in_bulk(ids)
    return [rows[found] for found in reversed(ids)]


def district_of(unit_id: UUID, on_day: date) -> UUID | None:
    """Return the district a unit lies in on a day (itself if it is one), or None."""
    if Unit.objects.filter(pk=unit_id, level="district").exists():
        return unit_id
    found = walk.up([unit_id], on_day)[unit_id]
    return next((ancestor for ancestor, level in found if level == "district"), None)


def children(ctx: Ctx, unit_id: UUID, on_day: date | None = None) -> QuerySet[Unit]:
    """Return the visible units directly under a unit on a day (default: today)."""
    edges = Edge.objects.filter(
        in_force(on_day or ctx.today), parent_id=unit_id, relation=Edge.LINE
    )
    return visible_to(ctx).filter(pk__in=edges.values("child_id"))


def members(ctx: Ctx, group_id: UUID, on_day: date | None = None) -> QuerySet[Unit]:
    """Return the visible members of an education group on a day (default: today)."""
    edges = Edge.objects.filter(
        in_force(on_day or ctx.today), parent_id=group_id, relation=Edge.GROUP
    )
    return visible_to(ctx).filter(pk__in=edges.values("child_id"))


@dataclass(frozen=True)
class Node:
    """A unit with its place in the visible tree; ``depth`` 0 has no visible parent."""

    unit: Unit
    parent_id: UUID | None
    depth: int


_ORDER = {"section": 0, "town": 1, "group": 2, "unit": 3, "campus": 4}


def tree(ctx: Ctx, on_day: date | None = None, action: str = VIEW) -> list[Node]:
    """Return the visible units depth first, sections before towns before schools. Two queries."""
    rows = {unit.pk: unit for unit in visible_to(ctx, action)}
    edges = Edge.objects.filter(in_force(on_day or ctx.today), relation=Edge.LINE)
    parent = {child: up for child, up in edges.values_list("child_id", "parent_id") if up in rows}
    below: dict[UUID | None, list[Unit]] = defaultdict(list)
    for unit in rows.values():
        below[parent.get(unit.pk)].append(unit)
    return list(_depth_first(below, None, 0))


def _depth_first(
    below: dict[UUID | None, list[Unit]], parent: UUID | None, depth: int
) -> Iterable[Node]:
    for unit in sorted(below[parent], key=lambda u: (_ORDER.get(u.level, -1), u.pinyin, u.pk)):
        yield Node(unit, parent, depth)
        yield from _depth_first(below, unit.pk, depth + 1)


def facts(unit_id: UUID, on_day: date) -> dict[str, str]:
    """Return the facts of one unit in force on a day, as known now."""
    return known.facts_in_force(UnitFact.objects.filter(unit_id=unit_id), on_day).get(unit_id, {})


def place_by_token(ctx: Ctx, token: str, action: str = VIEW) -> Place:
    """Return the place a QR code names; NotFound if unknown, removed or out of scope.

    The code of a campus that closed is refused with who has taken over, if anybody has.
    """
    place = (
        Place.objects.select_related("campus__successor")
        .filter(token=token.strip().upper())
        .first()
    )
    if place is None or (place.valid_to is not None and place.valid_to <= ctx.today):
        raise NotFound("没有这个地点", remedy="请核对二维码，或联系学校安全管理人员")
    ctx.access.check(action, place.campus_id)
    _refuse_closed(place.campus, ctx.today)
    return place


def _refuse_closed(unit: Unit, today: date) -> None:
    if unit.closed_on is None or unit.closed_on > today:
        return
    after = Succession.objects.filter(predecessor=unit).values_list("successor__name", flat=True)
    names = [unit.successor.name] if unit.successor else sorted(set(after))
    remedy = f"由{'、'.join(names)}承接，请在那里登记" if names else "这张二维码可以撕下了"
    raise Refused(f"{unit.name}已于 {unit.closed_on} 撤销", where=unit.name, remedy=remedy)


def places(ctx: Ctx, campus_id: UUID) -> QuerySet[Place]:
    """Return the places in use on a campus."""
    get(ctx, campus_id)
    return Place.objects.filter(in_force(ctx.today), campus_id=campus_id)


def load_world(at_n: int | None, day: date) -> world.World:
    """Return all units on a day, as known at ledger number ``at_n`` (None: now). Three queries."""
    return world.build(
        at_n,
        day,
        known.unit_rows(at_n),
        *known.edges(at_n, day),
        known.facts_in_force(known.at(UnitFact.objects.all(), at_n), day),
    )


def terms_in_force(district_id: UUID, at_n: int | None = None) -> list[Term]:
    """Return the terms of a district by start; of each code the newest row known at ``at_n``."""
    rows = known.at(Term.objects.filter(district_id=district_id).order_by("pk"), at_n)
    return sorted({row.code: row for row in rows}.values(), key=lambda term: term.start)


def overrides_in_force(district_id: UUID, at_n: int | None = None) -> list[CalendarOverride]:
    """Return the overridden days of a district in order; of each day the newest row."""
    rows = known.at(CalendarOverride.objects.filter(district_id=district_id).order_by("pk"), at_n)
    newest = {row.day: row for row in rows}
    return [newest[day] for day in sorted(newest) if newest[day].kind != "clear"]


def calendar(district_id: UUID | None, at_n: int | None = None) -> terms.Calendar:
    """Return the calendar of a district as known at ``at_n`` (None: now). Two queries.

    Without a district: statutory holidays only, never in session.
    """
    if district_id is None:
        return terms.Calendar()
    days = {
        row.day: terms.Override(row.kind == "workday", str(row.entry_uid), row.name)
        for row in overrides_in_force(district_id, at_n)
    }
    spans = [terms.Term(row.code, row.start, row.end) for row in terms_in_force(district_id, at_n)]
    return terms.Calendar(overrides=days, terms=spans)
