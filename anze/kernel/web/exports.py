"""Files made of a list: Excel, and CSV that Excel opens without broken characters."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from anze.lib.sheets import Column, write_csv, write_xlsx

Rows = Iterable[Sequence[object]]
Plain = str | int | Decimal | date | None

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def file_response(
    kind: str, title: str, heads: Sequence[str], rows: Rows, today: date
) -> HttpResponse:
    """Return ``<title>-<yyyymmdd>.<kind>`` as a download; ``kind`` is xlsx or csv.

    The file is made in memory: lists bound their exports, and a refusal while reading the rows
    must still become a page.
    """
    file = io.BytesIO()
    columns = [Column(head, max(12, 2 * len(head) + 4)) for head in heads]
    if kind == "xlsx":
        write_xlsx(file, columns, _plain_rows(rows), sheet=title)
    else:
        write_csv(file, columns, _plain_rows(rows))
    name = content_disposition_header(True, f"{title}-{today:%Y%m%d}.{kind}") or ""
    headers = {"Content-Disposition": name}
    return HttpResponse(file.getvalue(), content_type=TYPES[kind], headers=headers)


def plain(value: object) -> Plain:
    """Return a value as files hold it: moments in local time, other objects by their name."""
    if isinstance(value, datetime):
        return timezone.localtime(value)
    if value is None or isinstance(value, str | int | Decimal | date):
        return value
    return str(value)


def _plain_rows(rows: Rows) -> Iterator[list[Plain]]:
    for row in rows:
        yield [plain(value) for value in row]
