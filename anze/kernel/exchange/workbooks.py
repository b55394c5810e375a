"""Workbooks that go out: templates to fill in, the report of faults, the roster as it stands."""

from __future__ import annotations

import io
from collections.abc import Container, Iterable, Iterator
from typing import Any
from uuid import UUID

import xlsxwriter

from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange.columns import UNIT_POST_CODES, Column, Template
from anze.kernel.exchange.importers import Row
from anze.kernel.exchange.models import ImportBatch, ImportRow
from anze.kernel.people.models import Holding, active_on
from anze.kernel.units import known, rules
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Edge, Unit, UnitFact
from anze.lib import sheets

_FLAGS = {"yes": "是", "no": "否"}
ACCOUNTS_SEEN = "people.manage"
_FILLED = 2000  # how far down the drop-down lists of a template reach


def template(wanted: Template) -> bytes:
    """Return an empty template: header, a line of hints, an example, drop-down lists."""
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
            if column.listed:
                _choices(page, number, column.listed)
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
        said = [column.hint, f"可选：{'、'.join(column.listed)}" if column.listed else ""]
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


def export(wanted: Template, rows: Iterable[Row]) -> bytes:
    """Return rows in the columns of a template, ready to be edited and sent in again."""
    target = io.BytesIO()
    head = [sheets.Column(_head(column), column.width) for column in wanted.columns]
    lines = ([row.get(c.key, "") for c in wanted.columns] for row in rows)
    sheets.write_xlsx(target, head, lines, sheet=wanted.title)
    return target.getvalue()


def _head(column: Column) -> str:
    return f"{column.title}（自动计算）" if column.computed else column.title


def roster_rows(ctx: Ctx, scope: UUID | None = None) -> Iterator[Row]:
    """Yield the visible campuses as the roster's columns show them, each with its own number."""
    seen, whole = _seen(ctx, scope), ctx.access.visible("contacts.phones")
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
            **_holder(held, unit, campus, "principal", "principal", whole),
            **_holder(held, unit, campus, "safety_officer", "officer", whole),
            "row": str(campus.pk),
        }


def account_rows(ctx: Ctx, scope: UUID | None = None) -> Iterator[Row]:
    """Yield who holds which post where the actor manages people, one line a post."""
    seen, managed = _seen(ctx, scope), ctx.access.visible(ACCOUNTS_SEEN)
    holdings = Holding.objects.filter(
        active_on(ctx.today), post__code__in=UNIT_POST_CODES, user__is_active=True
    )
    for held in holdings.select_related("user", "unit", "post").order_by("unit__pinyin", "post"):
        if held.unit_id in seen and held.unit_id in managed:
            yield {
                "name": held.user.name,
                "phone": held.user.phone or "",
                "username": held.user.username,
                "unit": held.unit.name,
                "post": held.post.title,
                "since": held.valid_from.isoformat(),
                "row": str(held.pk),
            }


def _seen(ctx: Ctx, scope: UUID | None) -> Container[UUID]:
    """Return the units the actor may export, limited to a scope."""
    visible = ctx.access.visible("exchange.export")
    if scope is None:
        return visible
    return frozenset(pk for pk in units.subtree(scope, ctx.today) if pk in visible)


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
    held: dict[tuple[UUID, str], Holding],
    unit: Unit,
    campus: Unit,
    post: str,
    key: str,
    whole: Container[UUID],
) -> dict[str, str]:
    """Return who holds a post; his phone only to whom the address book shows it whole."""
    holding = held.get((campus.pk, post)) or held.get((unit.pk, post))
    if holding is None:
        return {}
    phone = holding.user.phone if holding.unit_id in whole else ""
    return {key: holding.user.name, f"{key}_phone": phone or ""}
