"""Workbooks made by hand for the tests, hostile ones included."""

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter


def make_xlsx(fill: Callable[[Any, Any], None], sheet: str = "花名册") -> bytes:
    """Return an .xlsx whose one sheet is filled by ``fill(workbook, worksheet)``."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        fill(book, book.add_worksheet(sheet))
    return buffer.getvalue()


def xlsx_of(rows: Sequence[Sequence[object]]) -> bytes:
    """Return an .xlsx with these values from A1."""

    def fill(_: Any, page: Any) -> None:
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)

    return make_xlsx(fill)


def with_part(data: bytes, part: str, content: bytes) -> bytes:
    """Return the archive with one part replaced or added."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            if entry.filename != part:
                new.writestr(entry.filename, old.read(entry))
        new.writestr(part, content)
    return buffer.getvalue()


def part_of(data: bytes, part: str) -> str:
    """Return one part of an archive as text."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(part).decode()


def make_xls(
    rows: Sequence[Sequence[str | float]], merges: Sequence[tuple[int, ...]] = ()
) -> bytes:
    """Return a minimal BIFF8 .xls; merges are (first row, last row, first column, last column)."""
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    width = max(map(len, rows), default=0)
    sheet += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                sheet += _record(0x0204, struct.pack("<HHH", r, c, 0) + text)
            else:
                sheet += _record(0x0203, struct.pack("<HHHd", r, c, 0, value))
    if merges:
        packed = b"".join(struct.pack("<HHHH", *merge) for merge in merges)
        sheet += _record(0x00E5, struct.pack("<H", len(merges)) + packed)
    sheet += _record(0x000A, b"")
    name = "旧表"
    head = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    head += _record(0x0042, struct.pack("<H", 1200))
    label = struct.pack("<BBBB", 0, 0, len(name), 1) + name.encode("utf-16-le")
    offset = len(head) + 4 + 4 + len(label) + 4
    head += _record(0x0085, struct.pack("<I", offset) + label) + _record(0x000A, b"")
    return _compound("Workbook", head + sheet)


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _compound(name: str, stream: bytes) -> bytes:
    """Return a compound file (OLE) with one stream, stored in full sectors of 512 bytes."""
    stream = stream.ljust(4096, b"\0")
    stream = stream.ljust(-(-len(stream) // 512) * 512, b"\0")
    count = len(stream) // 512
    assert count + 2 <= 128
    # Sector 0: the table, sector 1: the directory, then the stream.
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, count + 2), 0xFFFFFFFE]
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    entries = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry(
        name, 2, 0xFFFFFFFF, 2, len(stream)
    )
    return header + table + entries.ljust(512, b"\0") + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    none = 0xFFFFFFFF
    body = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1)
    body += struct.pack("<III", none, none, child) + bytes(36)
    return body + struct.pack("<IQ", start, size)
