"""Workbooks that go out: templates to fill in, the report of faults, the roster as it stands."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import xlsxwriter

from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange.columns import TEMPLATES, Template
from anze.kernel.exchange.models import ImportBatch, ImportRow
from anze.kernel.people.models import Holding, active_on
from anze.kernel.units import known, rules
from anze.kernel.units.models import Edge, Unit, UnitFact
from anze.lib import sheets

_FLAGS = {"yes": "是", "no": "否"}
_FILLED = 2000  # how far down the drop-down lists of a template reach


def template(kind: str) -> bytes:
    """Return an empty template: header, a line of hints, an example, drop-down lists."""
    wanted = TEMPLATES[kind]
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet(wanted.title)
        head = book.add_format({"bold": True, "bg_color": "#EEF2F7", "text_wrap": True})
        hint = book.add_format({"font_color": "#666666", "text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@"})
        for number, column in enumerate(wanted.columns):
            page.set_column(number, number, column.width, text)
            page.write_string(
                0, number, column.title + ("（必填）" if column.required else ""), head
            )
            if column.hint:
                page.write_comment(0, number, column.hint)
            if column.choices:
                _choices(page, number, column.choices)
        page.freeze_panes(1, 1)
        _explain(book.add_worksheet("填写说明"), wanted, head, hint, text)
    return target.getvalue()


def _choices(page: Any, column: int, choices: tuple[str, ...]) -> None:
    page.data_validation(
        1,
        column,
        _FILLED,
        column,
        {
            "validate": "list",
            "source": list(choices),
            "error_title": "请从列表中选择",
            "error_message": "这一格只能填列表里的内容。",
        },
    )


def _explain(page: Any, wanted: Template, head: Any, hint: Any, text: Any) -> None:
    """Write what each column asks on a sheet of its own, so that the data sheet stays data."""
    page.set_column(0, 0, 20)
    page.set_column(1, 1, 60)
    page.set_column(2, 2, 24, text)
    for number, title in enumerate(("列", "怎么填", "例")):
        page.write_string(0, number, title, head)
    for number, column in enumerate(wanted.columns, 1):
        said = [column.hint, f"可选：{'、'.join(column.choices)}" if column.choices else ""]
        page.write_string(number, 0, column.title)
        page.write_string(number, 1, "；".join(filter(None, said)) or "可不填", hint)
        page.write_string(number, 2, column.example, text)


def faults(batch: ImportBatch) -> bytes:
    """Return the faulty lines as they came, with their faults in the first columns."""
    target = io.BytesIO()
    titles = {int(n): t for table in batch.table_list for n, t in table["headers"].items()}
    numbers = sorted(titles)
    head = [
        sheets.Column("位置", 14),
        sheets.Column("问题与办法", 60),
        *(sheets.Column(titles[number]) for number in numbers),
    ]
    rows = ImportRow.objects.filter(batch=batch, revision=batch.revision, outcome="faulty")
    sheets.write_xlsx(target, head, _faulty(rows.iterator(500), numbers), sheet="有错的行")
    return target.getvalue()


def _faulty(rows: Iterator[ImportRow], numbers: list[int]) -> Iterator[list[str]]:
    for row in rows:
        shown = row.loads("shown")
        said = "\n".join(f"{f['cell']}：{f['text']}。{f['remedy']}" for f in row.loads("faults"))
        yield [f"{row.sheet}!{row.line}", said, *(shown.get(str(n), "") for n in numbers)]


def roster(ctx: Ctx) -> bytes:
    """Return the visible campuses in the columns of the template, ready to be sent in again."""
    wanted = TEMPLATES["roster"]
    target = io.BytesIO()
    head = [sheets.Column(column.title, column.width) for column in wanted.columns]
    rows = _roster_rows(ctx)
    sheets.write_xlsx(
        target,
        head,
        ([row.get(c.key, "") for c in wanted.columns] for row in rows),
        sheet="单位名册",
    )
    return target.getvalue()


def _roster_rows(ctx: Ctx) -> Iterator[dict[str, str]]:
    seen = ctx.access.visible("exchange.export")
    rows = {unit.pk: unit for unit in Unit.objects.filter(closed_on=None) if unit.pk in seen}
    line = Edge.objects.filter(known.in_force(ctx.today), relation=Edge.LINE)
    parents = dict(line.values_list("child_id", "parent_id"))
    named = dict(Unit.objects.filter(level="town").values_list("pk", "name"))
    facts = known.facts_in_force(UnitFact.objects.all(), ctx.today)
    held: dict[tuple[UUID, str], Holding] = {}
    for holding in Holding.objects.filter(active_on(ctx.today)).select_related("user"):
        held.setdefault((holding.unit_id, holding.post_id), holding)
    for campus in rows.values():
        unit = rows.get(parents.get(campus.pk, campus.pk))
        if campus.level != "campus" or unit is None:
            continue
        town = named.get(parents.get(unit.pk, unit.pk), "区直属")
        yield {
            **_names(unit, campus, town),
            **{key: _FLAGS.get(v, v) for key, v in facts.get(campus.pk, {}).items()},
            "kind": rules.KINDS.get(campus.kind, ""),
            "ownership": rules.OWNERSHIPS[unit.ownership] if unit.ownership else "",
            **_holder(held, unit, campus, "principal", "principal"),
            **_holder(held, unit, campus, "safety_officer", "officer"),
        }


def _names(unit: Unit, campus: Unit, town: str) -> dict[str, str]:
    own = campus.name.removeprefix(unit.name)
    return {
        "name": unit.name,
        "short_name": unit.short_name,
        "town": town,
        "code": unit.code or "",
        "uscc": unit.uscc,
        "campus": own if campus.name != unit.name else "",
    }


def _holder(
    held: dict[tuple[UUID, str], Holding], unit: Unit, campus: Unit, post: str, key: str
) -> dict[str, str]:
    holding = held.get((campus.pk, post)) or held.get((unit.pk, post))
    if holding is None:
        return {}
    return {key: holding.user.name, f"{key}_phone": holding.user.phone or ""}
