"""From the bytes of a file to tables: the header found, notes and totals set apart by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from anze.kernel.bus.errors import Refused
from anze.kernel.exchange.columns import Template
from anze.kernel.exchange.tables import Book, Cell, Line, Table, Unread
from anze.lib import sheets
from anze.lib.codes import tidy

# ``sheet!line`` → field key → text: what a person corrected on the page.
Edits = Mapping[str, Mapping[str, str]]


class Chooser(Protocol):
    """Knows which columns a person chose for a sheet."""

    def columns(self, sheet: str, headers: Mapping[int, str]) -> Mapping[str, int] | None:
        """Return field key → column number, None to take the columns as they were found."""


_ERRORS = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!)")
_TOTALS = re.compile(r"(合计|总计|小计|共计|总数)[:：]?")
_NOTES = re.compile(
    r"(注|备注|说明|填表说明|填表人|填报人|制表|制表人|审核|审核人|填报单位|填报日期|联系人|联系电话"
    r"|单位负责人|单位（盖章）|盖章|日期|第\d+页)[:：（(\s]?|[（(]?(注|说明)[:：]|[1-9][.、．]\s*\D"
)


def read(
    data: bytes, template: Template, chosen: Chooser | None = None, edits: Edits | None = None
) -> Book:
    """Return the tables of a workbook; raise Refused for what cannot or must not be read."""
    try:
        found = sheets.read_sheets(data)
    except sheets.SheetError as error:
        raise Refused(str(error), field="file") from None
    tables, unread = [], []
    for sheet in found:
        table, rest = _table(sheet, template, chosen)
        unread += rest
        if table is not None:
            tables.append(_corrected(table, edits) if edits else table)
    if not tables:
        raise Refused(
            "没有找到表头，整个文件都没有读取",
            field="file",
            where="、".join(f"工作表“{item.where}”" for item in unread[:5]),
            remedy=f"请确认表头里有{'、'.join(c.title for c in template.required)}等列，"
            "或下载模板填写。",
        )
    return Book(tables, unread)


def _table(
    sheet: sheets.Sheet, template: Template, chosen: Chooser | None
) -> tuple[Table | None, list[Unread]]:
    if not sheet.rows:
        return None, []
    titles = {column.key: template.titles(column) for column in template.columns}
    header = sheets.find_header(sheet.rows, titles, sheet.merged)
    if header is None or len(header.columns) < template.least:
        return None, [Unread(sheet.name, "", "没有找到表头，这张工作表没有读取")]
    if sheet.hidden:
        return None, [
            Unread(sheet.name, "", "是隐藏的工作表，没有读取；需要时请取消隐藏后重新上传")
        ]
    # Only below the header: a merged title above must not run into the data.
    below = [merge for merge in sheet.merged if merge.top > header.last_row]
    body = [row for row in sheet.rows if row.number > header.last_row]
    spread = sheets.Sheet(sheet.name, body, below).spread().rows
    lines, unread = _lines(sheet.name, spread, _covered(below), dict(header.columns))
    headers = _headers(sheet, header)
    picked = chosen.columns(sheet.name, headers) if chosen else None
    table = Table(
        sheet.name,
        header.last_row,
        headers,
        dict(picked) if picked is not None else dict(header.columns),
        lines,
        dict(header.repeated),
    )
    return table, unread


def _corrected(table: Table, edits: Edits) -> Table:
    """Return the table with the cells a person corrected; the file's own stay in the file."""
    lines = []
    for line in table.lines:
        typed = edits.get(f"{line.sheet[:60]}!{line.number}", {})
        cells = dict(line.cells)
        for key, text in typed.items():
            if number := table.columns.get(key):
                cells[number] = Cell(tidy(text))
        lines.append(replace(line, cells=cells) if typed else line)
    return replace(table, lines=lines)


def _headers(sheet: sheets.Sheet, header: sheets.Header) -> dict[int, str]:
    """Return column number → the words above it, group and title, for the page of columns."""
    near = [m for m in sheet.merged if header.first_row <= m.top <= header.last_row]
    rows = [r for r in sheet.rows if header.first_row <= r.number <= header.last_row]
    found: dict[int, list[str]] = {}
    for row in sheets.Sheet(sheet.name, rows, near).spread().rows:
        for number, text in enumerate(row.cells, 1):
            if text and tidy(text) not in found.setdefault(number, []):
                found[number].append(tidy(text))
    return {number: " / ".join(words) for number, words in found.items() if words}


def _covered(merged: Sequence[sheets.Merge]) -> frozenset[tuple[int, int]]:
    """Return the cells that only show a value merged into them."""
    return frozenset(
        (row, column)
        for merge in merged
        for row in range(merge.top, min(merge.bottom, merge.top + 2000) + 1)
        for column in range(merge.left, min(merge.right, merge.left + 200) + 1)
        if (row, column) != (merge.top, merge.left)
    )


def _lines(
    sheet: str,
    rows: Sequence[sheets.Row],
    covered: frozenset[tuple[int, int]],
    columns: Mapping[str, int],
) -> tuple[list[Line], list[Unread]]:
    lines: list[Line] = []
    unread: list[Unread] = []
    for row in rows:
        cells = {
            number: _cell(text, number in row.damaged, (row.number, number) in covered)
            for number, text in enumerate(row.cells, 1)
            if text
        }
        cells = {number: cell for number, cell in cells.items() if cell.text}
        if not cells:
            continue
        if why := _not_data(cells, columns):
            said = "　".join(dict.fromkeys(cell.text for cell in cells.values()))[:60]
            unread.append(Unread(f"{sheet}!{row.number}", said, why))
        else:
            lines.append(Line(sheet, row.number, cells, row.hidden))
    return lines, unread


def _cell(text: str, damaged: bool, merged: bool) -> Cell:
    if _ERRORS.fullmatch(text):
        return Cell(text, "error", merged)
    return Cell(tidy(text), "damaged" if damaged else "text", merged)


def _not_data(cells: Mapping[int, Cell], columns: Mapping[str, int]) -> str:
    """Return why a line is no data, or an empty string: totals, notes, a header repeated."""
    texts = list(dict.fromkeys(cell.text for cell in cells.values()))
    mine = {number for number in columns.values() if number in cells}
    if any(_TOTALS.fullmatch(text.replace(" ", "")) for text in texts[:2]):
        return "合计行，没有读取"
    if len(texts) <= 2 and _NOTES.match(texts[0]) and len(mine) <= 3:
        return "表下的说明，没有读取"
    if len(texts) == 1 and (not mine or len(texts[0]) > 40):
        return "表下的说明，没有读取"
    return ""
