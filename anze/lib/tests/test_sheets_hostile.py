"""A hostile or broken file is refused with a sentence, and costs little."""

import contextlib
import io
import random
import time
import zipfile
from dataclasses import replace

import pytest

from anze.lib.sheets import LIMITS, SheetError, child, read_sheets
from anze.lib.tests.workbooks import make_xls, make_xlsx, part_of, with_part, xlsx_of

SHEET = "xl/worksheets/sheet1.xml"
GOOD = xlsx_of([["姓名", "电话"], ["王", "13800000000"]])
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet_with(rows: str, prologue: str = "") -> bytes:
    xml = f'{prologue}<worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>'
    return with_part(GOOD, SHEET, xml.encode())


def archive_of(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def refused(data: bytes, says: str, limits=LIMITS) -> None:
    started = time.monotonic()
    with pytest.raises(SheetError, match=says):
        read_sheets(data, limits)
    assert time.monotonic() - started < 40


def test_a_file_too_large_is_refused_before_it_is_looked_at():
    refused(bytes(LIMITS.file_bytes + 1), "超过 20 MB")


def test_an_empty_file_is_refused():
    for data in (b"", b"\r\n \n", bytes(100)):
        refused(data, "空的")


def test_a_part_that_unpacks_to_gigabytes_is_refused_without_unpacking():
    refused(with_part(GOOD, "xl/media/zeros.bin", bytes(150 * 2**20)), "展开后太大")


def test_many_parts_are_refused():
    parts = {f"xl/{n}.xml": b"x" for n in range(1_001)}
    refused(archive_of({"xl/workbook.xml": b"x"} | parts), "展开后太大")


def test_a_small_archive_may_shrink_a_hundredfold_in_one_small_part():
    data = with_part(GOOD, "xl/comments.xml", b"<x>" + b" " * 200_000 + b"</x>")
    assert read_sheets(data)[0].rows


def test_parts_that_lie_about_their_size_are_refused():
    data = bytearray(with_part(GOOD, SHEET, b"<worksheet>" + b" " * 10_000 + b"</worksheet>"))
    true_size = (10_023).to_bytes(4, "little")
    assert data.count(true_size) == 2
    refused(bytes(data).replace(true_size, (100).to_bytes(4, "little")), "损坏")


@pytest.mark.parametrize(
    "prologue",
    [
        "<!DOCTYPE worksheet>",
        '<!DOCTYPE worksheet [<!ENTITY a "aaaa">]>',
        '<!DOCTYPE worksheet SYSTEM "file:///etc/passwd">',
    ],
)
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_document_types_and_entities_are_refused(prologue, part):
    body = part_of(GOOD, part).split("?>", 1)[1]
    refused(with_part(GOOD, part, (prologue + body).encode()), "损坏")


def test_a_lone_cell_in_the_far_corner_is_named_instead_of_filling_memory():
    rows = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    refused(sheet_with(rows), "第 1048576 行、第 16384 列")


def test_formatted_but_empty_cells_do_not_count():
    cells = (
        '<row r="1"><c r="A1"><v>7</v></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>'
    )
    assert read_sheets(sheet_with(cells))[0].rows[0].cells == ("7",)


def test_more_cells_than_allowed_are_refused():
    limits = replace(LIMITS, cells=100)
    refused(xlsx_of([["x"] * 10] * 11), "超过 100 个单元格", limits)
    refused(make_xls([["x"] * 10] * 11), "超过 100 个单元格", limits)
    refused(b"x,y\n" * 51, "展开后太大", limits)
    refused(b"," * 5_000, "展开后太大", limits)


def test_cells_are_counted_over_all_sheets():
    def fill(book, page):
        for sheet in (page, book.add_worksheet("二")):
            for row in range(6):
                sheet.write_row(row, 0, ["x"] * 10)

    refused(make_xlsx(fill), "展开后太大", replace(LIMITS, cells=100))


def test_one_long_string_used_many_times_is_refused():
    long = "x" * 30_000
    data = xlsx_of([[long] * 20] * 100)
    refused(data, "展开后太大", replace(LIMITS, text=1_000_000))


def test_a_workbook_that_needs_too_much_memory_is_refused():
    long = "x" * 32_000
    refused(xlsx_of([[long] * 20] * 300), "展开后太大", replace(LIMITS, memory_bytes=150 * 2**20))


def test_a_workbook_that_takes_too_long_is_refused():
    refused(GOOD, "展开后太大", replace(LIMITS, wall_seconds=0))
    limits = replace(LIMITS, cpu_seconds=1, ratio=10_000)
    refused(sheet_with("<row/>" * 4_000_000), "展开后太大", limits)


@pytest.mark.parametrize(
    "data",
    [
        b"<html><table><tr><td>1</td></tr></table></html>",
        b"\n <TABLE border=1>",
        b'<?xml version="1.0"?><Workbook/>',
        b"{\\rtf1 hello}",
    ],
)
def test_a_web_page_called_a_table_is_refused_with_what_to_do(data):
    refused(data, "另存为 .xlsx")


def test_other_office_files_are_refused():
    refused(archive_of({"word/document.xml": b"x"}), "不是可以读取的表格")
    refused(archive_of({"xl/workbook.bin": b"x"}), "不是可以读取的表格")
    refused(b"%PDF-1.7\n\x00\xff\xfe\xff", "不是可以读取的表格")
    refused(b"\x89PNG\r\n\x1a\n" + bytes(50), "不是可以读取的表格")


def test_a_locked_workbook_is_refused_with_what_to_do():
    refused(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "打开密码"
    )
    flagged = bytearray(GOOD)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = flagged.find(mark)
        while at >= 0:
            flagged[at + place] |= 1
            at = flagged.find(mark, at + 4)
    refused(bytes(flagged), "打开密码")


def test_truncated_files_are_refused():
    for data in (GOOD[:-30], GOOD[: len(GOOD) // 2], b"PK\x03\x04", make_xls([["a"]])[:600]):
        refused(data, "损坏")


def test_a_missing_sheet_part_is_refused():
    parts = {"xl/workbook.xml": b"<workbook/>", "[Content_Types].xml": b"<Types/>"}
    refused(archive_of(parts), "损坏")


def test_a_csv_with_an_endless_field_is_refused():
    refused(b'"' + b"x" * 200_000, "损坏")


def test_damaged_workbooks_raise_nothing_but_the_declared_error():
    rng = random.Random(20_261_123)
    for number in range(24):
        base = bytearray(GOOD if number % 2 else make_xls([["学校", 1.0]], [(0, 1, 0, 1)]))
        for _ in range(rng.randint(1, 12)):
            base[rng.randrange(8, len(base))] = rng.randrange(256)
        with contextlib.suppress(SheetError):
            read_sheets(bytes(base))


def test_damaged_worksheet_xml_raises_nothing_but_a_refusal():
    rng = random.Random(7)
    xml = part_of(GOOD, SHEET).encode()
    limits = {"cells": 1000, "text": 100_000}
    for _ in range(300):
        changed = bytearray(xml)
        for _ in range(rng.randint(1, 5)):
            at = rng.randrange(len(changed))
            changed[at : at + rng.randint(0, 3)] = rng.choice(
                [b"<", b'"', b"-1", b"&a;", b"\xff", b""]
            )
        with contextlib.suppress(child.Refused):
            child.read(with_part(GOOD, SHEET, bytes(changed)), limits)


def test_random_bytes_raise_nothing_but_the_declared_error():
    rng = random.Random(1)
    for _ in range(300):
        with contextlib.suppress(SheetError):
            read_sheets(rng.randbytes(rng.randint(1, 200)))


def test_the_child_sees_no_environment_of_its_parent(monkeypatch, tmp_path):
    seen = tmp_path / "seen"
    script = tmp_path / "child.py"
    script.write_text(
        "import os, json, sys\n"
        f"open({str(seen)!r}, 'w').write(repr(dict(os.environ)))\n"
        "sys.stdin.buffer.read()\n"
        "print(json.dumps({'sheets': []}))\n"
    )
    monkeypatch.setenv("ANZE_SECRET_KEY", "very-secret")
    monkeypatch.setattr("anze.lib.sheets.reader._CHILD", str(script))
    assert read_sheets(GOOD) == []
    assert "very-secret" not in seen.read_text()
