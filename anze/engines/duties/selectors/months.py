"""Unit × month: how what fell due in a span was met, for reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count

from anze.engines.duties.models import SETTLED, Occurrence
from anze.engines.duties.selectors.board import Counts
from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.units import bodies
from anze.kernel.units.models import Unit


@dataclass(frozen=True)
class Months:
    """Rows are units (their campuses folded in), columns the first days of months."""

    months: list[date]
    units: list[Unit]
    cells: Mapping[UUID, Mapping[date, Counts]]

    def of_unit(self, unit: UUID) -> Counts:
        """Return the sum over the months of one unit."""
        return sum(self.cells.get(unit, {}).values(), Counts())

    def of_month(self, month: date) -> Counts:
        """Return the sum over the units of one month."""
        found = (self.cells.get(unit.pk, {}).get(month, Counts()) for unit in self.units)
        return sum(found, Counts())


def months(ctx: Ctx, start: date, end: date) -> Months:
    """Return what fell due from ``start`` to ``end`` (inclusive) where the actor sees the board.

    Units that closed within the span are among them when something of theirs fell due. Four
    queries.
    """
    seen = ctx.access.visible("board.view")
    home = bodies.all_homes(ctx.today)
    cells: dict[UUID, dict[date, Counts]] = {}
    rows = narrow(Occurrence.objects.filter(due__range=(start, end)), seen)
    counted = rows.exclude(state__in=SETTLED).values_list("unit_id", "due", "state")
    for unit, due, state, count in counted.annotate(Count("pk")).order_by():
        month = cells.setdefault(home.get(unit, unit), {})
        month.setdefault(due.replace(day=1), Counts()).add(state, count)
    units = narrow(Unit.objects.filter(level="unit", pk__in=list(cells)), seen, "pk")
    spanned = sorted({month for found in cells.values() for month in found})
    return Months(spanned, list(units.order_by("pinyin", "pk")), cells)
