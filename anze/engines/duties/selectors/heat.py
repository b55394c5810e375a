"""Unit × week: how much of what fell due was done in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count

from anze.engines.duties.models import SETTLED, Occurrence
from anze.engines.duties.selectors.board import Counts
from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.units import bodies
from anze.kernel.units.known import in_force
from anze.kernel.units.models import Edge, Unit

WEEK = timedelta(days=7)
MOST_WEEKS = 30


@dataclass(frozen=True)
class Heat:
    """Rows are units (their campuses folded in), columns the Mondays of weeks."""

    weeks: list[date]
    units: list[Unit]
    cells: Mapping[UUID, Mapping[date, Counts]]


def heat(ctx: Ctx, start: date, end: date, under: UUID | None = None) -> Heat:
    """Return the heat-map of the weeks from ``start`` to ``end`` (at most 30). Four queries."""
    first = start - timedelta(days=start.weekday())
    first = max(first, end - WEEK * MOST_WEEKS)
    weeks = [first + WEEK * step for step in range((end - first).days // 7 + 1)]
    seen = ctx.access.visible("board.view")
    home = bodies.all_homes(ctx.today)
    cells: dict[UUID, dict[date, Counts]] = {}
    rows = narrow(Occurrence.objects.filter(due__range=(weeks[0], end)), seen)
    counted = rows.exclude(state__in=SETTLED).values_list("unit_id", "due", "state")
    for unit, due, state, count in counted.annotate(Count("pk")).order_by():
        week = due - timedelta(days=due.weekday())
        row = cells.setdefault(home.get(unit, unit), {})
        row.setdefault(week, Counts()).add(state, count)
    units = narrow(Unit.objects.filter(level="unit"), seen, "pk").exclude(status="closed")
    if under is not None:
        below = Edge.objects.filter(in_force(ctx.today), relation=Edge.LINE, parent_id=under)
        units = units.filter(pk__in=below.values("child_id"))
    return Heat(weeks, list(units.order_by("pinyin", "pk")), cells)
