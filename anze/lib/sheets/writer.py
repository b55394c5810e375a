"""Writing tables that stay harmless when opened: no cell of text is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from os import PathLike
from typing import IO, Any

import xlsxwriter

from anze.lib.sheets.model import SheetError

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767

_DANGEROUS = frozenset("=+-@\t\r\n＝＋－＠﹦﹢﹣﹫")
_PLAIN_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?\Z")

Value = str | int | bool | Decimal | date | datetime | time | None
Target = str | PathLike[str] | IO[bytes]


@dataclass(frozen=True)
class Column:
    """A column: its title and its width in characters."""

    title: str
    width: int = 16


def write_xlsx(
    target: Target,
    columns: Sequence[Column | str],
    rows: Iterable[Sequence[Value]],
    *,
    sheet: str = "Sheet1",
    title: str = "",
    above: Sequence[str] = (),
) -> int:
    """Write one sheet to a path or binary buffer in constant memory; return the rows written.

    ``title`` gives a line above the header, ``above`` several. Text is written as text with the
    text format, so that it stays text when edited; integers and decimals of at most 15 digits are
    numbers, longer ones text; dates are dates; True and False are 是 and 否. The header row is
    frozen and filters.
    Raises SheetError for more rows than a sheet holds.
    """
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(target, options) as book:
        page = book.add_worksheet(_sheet_name(sheet))
        head = [item if isinstance(item, Column) else Column(item) for item in columns]
        pen = _Pen(book, page)
        over = [title] if title else list(above)
        top, bold = len(over), book.add_format({"bold": True, "font_size": 14})
        for line, text in enumerate(over):
            page.write_string(line, 0, _clean(text), bold if line == 0 else pen.text)
        for index, column in enumerate(head):
            page.set_column(index, index, column.width)
            page.write_string(top, index, _clean(column.title), pen.header)
        page.freeze_panes(top + 1, 0)
        number = top
        for row in rows:
            number += 1
            if number >= MAX_ROWS:
                raise SheetError(f"超过 {MAX_ROWS} 行，一张表放不下。请缩小筛选范围后再导出。")
            for index, value in enumerate(row):
                pen.write(number, index, value)
        if head:
            page.autofilter(top, 0, number, len(head) - 1)
        return number - top


def write_csv(
    target: Target, columns: Sequence[Column | str], rows: Iterable[Sequence[Value]]
) -> int:
    """Write UTF-8 with mark and CRLF, as spreadsheets expect; return the rows written.

    Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers do not.
    """
    if isinstance(target, (str, PathLike)):
        with open(target, "wb") as stream:
            return write_csv(stream, columns, rows)
    text = io.TextIOWrapper(target, "utf-8-sig", newline="", write_through=True)
    try:
        pen = csv.writer(text)
        pen.writerow(
            [_harmless(item.title if isinstance(item, Column) else item) for item in columns]
        )
        count = 0
        for row in rows:
            pen.writerow([_harmless(_plain(value)) for value in row])
            count += 1
        return count
    finally:
        text.detach()  # the buffer stays open: it is the caller's


class _Pen:
    """Writes one value into a cell, by its type and never by its looks."""

    def __init__(self, book: Any, page: Any) -> None:
        self.page = page
        self.header = book.add_format({"bold": True, "bg_color": "#EEF2F7", "text_wrap": True})
        self.text = book.add_format({"num_format": "@"})
        # quotePrefix: the text stays text even if the cell is edited and its format is lost.
        self.quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        self.date = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})

    def write(self, row: int, column: int, value: Value) -> None:
        if value is None or value == "":
            return
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and _fits(value):
            self.page.write_number(row, column, value)
        elif isinstance(value, datetime) and value.year >= 1900:
            local = value.replace(tzinfo=None, microsecond=0)
            self.page.write_datetime(row, column, local, self.moment)
        elif isinstance(value, date) and not isinstance(value, datetime) and value.year >= 1900:
            self.page.write_datetime(row, column, value, self.date)
        else:
            text = _plain(value)
            style = self.quoted if _is_dangerous(text) else self.text
            self.page.write_string(row, column, text, style)


def _fits(value: int | Decimal) -> bool:
    """Tell whether a spreadsheet keeps all digits of a number."""
    if isinstance(value, int):
        return abs(value) < 10**15
    return value.is_finite() and len(value.as_tuple().digits) <= 15 and abs(value) < 10**15


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return _clean(str(value))


def _clean(text: str) -> str:
    """Drop what no cell can hold (controls but line breaks, half characters) and cut to length."""
    if not text.isprintable():
        text = "".join(
            c for c in text if c in "\n\t\r" or unicodedata.category(c) not in ("Cc", "Cs")
        )
        text = text.replace("\ufffe", "").replace("\uffff", "")
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _is_dangerous(text: str) -> bool:
    # Programs trim differently: look at the first character and at the first visible one.
    visible = text.lstrip().lstrip("\u200b\u200c\u200d\ufeff\u00ad")
    starts = text[:1] in _DANGEROUS or visible[:1] in _DANGEROUS
    return starts and not _PLAIN_NUMBER.match(text)


def _harmless(text: str) -> str:
    return f"'{text}" if text and _is_dangerous(text) else text


def _sheet_name(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", "", _clean(name)).strip("' \t\r\n")[:31] or "Sheet1"
