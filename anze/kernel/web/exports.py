"""Files made of a list: Excel, and CSV that Excel opens without broken characters."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

# A cell that starts like this is run as a formula by Excel when it comes from a CSV file.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Rows = Iterable[Sequence[object]]


def file_response(
    kind: str, title: str, heads: Sequence[str], rows: Rows, today: date
) -> HttpResponse:
    """Return ``<title>-<yyyymmdd>.<kind>`` as a download; ``kind`` is xlsx or csv.

    The file is made in memory: lists bound their exports, and a refusal while reading the rows
    must still become a page.
    """
    content_type, write = WRITERS[kind]
    file = io.BytesIO()
    write(file, title, heads, rows)
    name = content_disposition_header(True, f"{title}-{today:%Y%m%d}.{kind}") or ""
    headers = {"Content-Disposition": name}
    return HttpResponse(file.getvalue(), content_type=content_type, headers=headers)


def write_xlsx(file: IO[bytes], title: str, heads: Sequence[str], rows: Rows) -> None:
    """Write one sheet with a frozen head; text stays text, so no cell can become a formula."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(_sheet_name(title))
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.freeze_panes(1, 0)
    for column, head in enumerate(heads):
        sheet.set_column(column, column, max(10, 2 * len(head) + 4))
        sheet.write_string(0, column, head, bold)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write_cell(sheet, number, column, value)
    book.close()


def write_csv(file: IO[bytes], _title: str, heads: Sequence[str], rows: Rows) -> None:
    """Write UTF-8 with a byte order mark, the only sign by which Excel knows it."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(heads)
    for row in rows:
        writer.writerow([_harmless(plain(value)) for value in row])
    text.detach()


WRITERS: dict[str, tuple[str, Callable[[IO[Any], str, Sequence[str], Rows], None]]] = {
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "csv": ("text/csv; charset=utf-8", write_csv),
}


def plain(value: object) -> object:
    """Return a value as files show it: local times, 是/否, nothing for ``None``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return value if isinstance(value, int) else str(value)


def _write_cell(sheet: Any, row: int, column: int, value: object) -> None:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        sheet.write_datetime(row, column, value)
    else:
        sheet.write_string(row, column, str(plain(value)))


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _sheet_name(title: str) -> str:
    """Excel allows 31 characters and none of []:*?/\\ in the name of a sheet."""
    kept = "".join(character for character in title if character not in "[]:*?/\\'")
    return kept[:31] or "Sheet1"
