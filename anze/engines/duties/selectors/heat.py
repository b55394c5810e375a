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
    home = _home_units(ctx)
    cells: dict[UUID, dict[date, Counts]] = {}
    rows = narrow(Occurrence.objects.filter(due__range=(weeks[0], end)), seen)
    counted = rows.exclude(state__in=SETTLED).values_list("unit_id", "due", "state")
    for unit, due, state, count in counted.annotate(Count("pk")).order_by():
        week = due - timedelta(days=due.weekday())
        row = cells.setdefault(home.get(unit, unit), {})
        row.setdefault(week, Counts()).add(state, count)
    units = narrow(Unit.objects.filter(level="unit"), seen, "pk").exclude(status="closed")
    if under is not None:
        units = units.filter(edges_up__parent_id=under, edges_up__valid_to=None)
    return Heat(weeks, list(units.order_by("pinyin", "pk")), cells)


def _home_units(ctx: Ctx) -> dict[UUID, UUID]:
    """Return campus → unit for every campus of today."""
    edges = Edge.objects.filter(relation=Edge.LINE, child__level="campus", valid_to=None)
    return dict(edges.values_list("child_id", "parent_id"))
