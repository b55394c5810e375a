"""The heat-map unit × week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.paginator import Page, Paginator

from anze.engines.duties import selectors as duties
from anze.engines.duties.selectors import Heat
from anze.engines.duties.selectors.board import Counts
from anze.interfaces.portal import links, when
from anze.interfaces.portal.listings.scoped import towns
from anze.interfaces.portal.pages.unit import week_cell, week_columns
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.units import rules
from anze.kernel.units.models import Unit
from anze.kernel.web.shapes import HeatMap, HeatRow

ROWS = 50


@dataclass(frozen=True)
class HeatPage:
    """All the page needs."""

    grid: HeatMap
    page: Page[Unit]
    span: when.Span
    spans: list[tuple[str, str, bool]]
    towns: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    town: str
    kind: str
    sort: str
    total: Counts
    first: date


def page(ctx: Ctx, *, term: str, town: str, kind: str, sort: str, number: str) -> HeatPage:
    """Return the weeks of a term for the units in sight, those that lack most first."""
    known = when.terms(ctx)
    span = _span(known, term, ctx.today)
    seen = list(towns(ctx))
    if town and town not in {pk for pk, _ in seen}:
        raise NotFound("没有这个镇街道", remedy="从列表中选择")
    found = duties.heat(ctx, span.start, span.end, UUID(town) if town else None)
    units = [one for one in found.units if not kind or one.kind == kind]
    sums = {one.pk: sum(found.cells.get(one.pk, {}).values(), Counts()) for one in units}
    if sort != "name":
        units.sort(key=lambda one: _rank(sums[one.pk]))
    shown = Paginator(units, ROWS).get_page(number)
    return HeatPage(
        _grid(found, shown, sums, ctx.today),
        shown,
        span,
        [(one.code, one.name or one.code, one.start == span.start) for one in known],
        seen,
        [pair for pair in rules.KINDS.items() if pair[0] in {one.kind for one in found.units}],
        town,
        kind,
        "name" if sort == "name" else "lack",
        sum(sums.values(), Counts()),
        found.weeks[0],
    )


def _span(known: list, term: str, today: date) -> when.Span:  # type: ignore[type-arg]
    for one in known:
        if one.code == term:
            return when.Span(one.name or one.code, one.start, one.end)
    return when.running(known, today)


def _rank(counts: Counts) -> tuple[int, int]:
    return (-counts.missed, -counts.met_late)


def _grid(found: Heat, shown: Page[Unit], sums: dict[UUID, Counts], today: date) -> HeatMap:
    rows = []
    for unit in shown:
        cells = found.cells.get(unit.pk, {})
        rows.append(
            HeatRow(
                unit.short_name or unit.name,
                [week_cell(cells.get(week), week, today, unit.pk) for week in found.weeks],
                url=links.unit(unit.pk),
                note=f"缺 {sums[unit.pk].missed}" if sums[unit.pk].missed else "",
            )
        )
    return HeatMap(
        week_columns(found.weeks, today), rows, caption="格中数字是该周到期而没有完成的项数"
    )
