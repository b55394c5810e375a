"""Reading batches for their pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Case, IntegerField, QuerySet, Value, When

from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.exchange import importers
from anze.kernel.exchange.columns import Template
from anze.kernel.exchange.models import ImportBatch, ImportRow
from anze.kernel.exchange.services import IMPORT
from anze.kernel.people.models import User
from anze.kernel.units.models import Unit

PAGE = 50
MOST_SCOPES = 500
OUTCOMES = {
    "faulty": "有错",
    "hidden": "隐藏的行",
    "new": "新增",
    "changed": "有变化",
    "unchanged": "无变化",
}
_ORDER = {outcome: place for place, outcome in enumerate(OUTCOMES)}


@dataclass(frozen=True)
class GridRow:
    """One line of the preview: fields in order with their faults, changes and notes."""

    where: str
    outcome: str
    written: str
    cells: list[tuple[str, str, str, str]]
    faults: list[dict[str, str]]
    changes: list[list[str]]
    notes: list[str]


def batches(ctx: Ctx) -> QuerySet[ImportBatch]:
    """Return the batches the actor may see, newest first, without their files."""
    rows = narrow(ImportBatch.objects.all(), ctx.access.visible(IMPORT), "scope_id")
    return rows.select_related("scope").defer("content", "tables", "unread")


def scopes(ctx: Ctx, kind: str) -> list[Unit]:
    """Return what the actor may import files of a kind into, districts first."""
    importer = importers.find(kind)
    if importer is None:
        return []
    rows = Unit.objects.filter(level__in=importer.levels, closed_on=None)
    for needed in (IMPORT, *importer.needed):
        rows = narrow(rows, ctx.access.visible(needed), "id")
    below = Case(When(level="district", then=0), default=1, output_field=IntegerField())
    return list(rows.order_by(below, "pinyin", "pk")[:MOST_SCOPES])


def _allowed(ctx: Ctx) -> list[importers.Importer]:
    return [
        importer
        for importer in importers.everything()
        if all(ctx.access.visible(needed) for needed in importer.needed)
    ]


def templates(ctx: Ctx) -> list[Template]:
    """Return the templates of the files the actor may import somewhere."""
    return [importer.template for importer in _allowed(ctx)]


def actor_names(rows: list[ImportBatch]) -> dict[UUID, str]:
    """Return who uploaded what."""
    ids = {row.actor_id for row in rows if row.actor_id}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))


def grid(batch: ImportBatch, outcome: str, page: object) -> tuple[Page[Any], list[GridRow]]:
    """Return a page of lines, the faulty ones first, or only those of one outcome."""
    rows = ImportRow.objects.filter(batch=batch, revision=batch.revision)
    if outcome in OUTCOMES:
        rows = rows.filter(outcome=outcome)
    place = [When(outcome=name, then=Value(number)) for name, number in _ORDER.items()]
    rows = rows.annotate(place=Case(*place, default=Value(9), output_field=IntegerField()))
    found = Paginator(rows.order_by("place", "number"), PAGE).get_page(page)  # type: ignore[arg-type]
    return found, [_grid_row(batch, row) for row in found]


def hidden_lines(batch: ImportBatch) -> list[str]:
    """Return where the hidden lines are, for naming them."""
    rows = ImportRow.objects.filter(batch=batch, revision=batch.revision, outcome="hidden")
    return [f"{sheet}!{line}" for sheet, line in rows.values_list("sheet", "line")[:50]]


def computed(batch: ImportBatch) -> list[str]:
    """Return the titles of columns the file has and nobody reads."""
    taken = {key for table in batch.table_list for key in table["columns"]}
    columns = importers.get(batch.kind).template.columns
    return [column.title for column in columns if column.computed and column.key in taken]


def columns(batch: ImportBatch) -> list[dict[str, Any]]:
    """Return per sheet each field with the columns to choose from and the one taken."""
    template = importers.get(batch.kind).template
    return [
        {
            "sheet": table["sheet"],
            "number": number,
            "lines": table["lines"],
            "options": [(int(n), title) for n, title in table["headers"].items()],
            "fields": [
                {
                    "column": column,
                    "name": f"{number}:{column.key}",
                    "taken": table["columns"].get(column.key),
                    "repeated": table["repeated"].get(column.key, []),
                }
                for column in template.columns
            ],
            "unused": [
                title
                for n, title in table["headers"].items()
                if int(n) not in table["columns"].values()
            ],
        }
        for number, table in enumerate(batch.table_list)
    ]


def _grid_row(batch: ImportBatch, row: ImportRow) -> GridRow:
    table = next(t for t in batch.table_list if t["sheet"] == row.sheet)
    shown, faults = row.loads("shown"), row.loads("faults")
    wrong = {fault["column"] for fault in faults}
    cells = [
        (column.title, shown.get(str(table["columns"].get(column.key)), ""), column.key)
        for column in importers.get(batch.kind).template.columns
        if column.key in table["columns"]
    ]
    marked = [(title, text, "wrong" if key in wrong else "", key) for title, text, key in cells]
    return GridRow(
        f"{row.sheet}!{row.line}",
        row.outcome,
        row.written,
        marked,
        faults,
        row.loads("changes"),
        row.loads("notes"),
    )
