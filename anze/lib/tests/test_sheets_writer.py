"""What is written opens everywhere, reads back the same and never runs."""

import io
import re
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anze.lib.sheets import Column, SheetError, child, read_sheets, write_csv, write_xlsx, writer
from anze.lib.tests.workbooks import part_of

PAYLOADS = [
    "=1+1",
    "+1+cmd",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM",
    " =1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    '=HYPERLINK("http://x.example","点我")',
    "=",
    "-",
]
HARMLESS = ["-5", "+3.25", "王", "1=1", "a@b.example", "0012", "'x", "13800000000"]


def xlsx(rows, columns=("甲", "乙"), **more) -> bytes:
    buffer = io.BytesIO()
    write_xlsx(buffer, columns, rows, **more)
    return buffer.getvalue()


def csv_text(rows, columns=("甲", "乙")) -> str:
    buffer = io.BytesIO()
    write_csv(buffer, columns, rows)
    return buffer.getvalue().decode("utf-8-sig")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_is_never_a_formula_in_a_workbook(payload):
    data = xlsx([[payload, payload]], [payload, "乙"])
    sheet = part_of(data, "xl/worksheets/sheet1.xml")
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert not re.search(r"<c [^>]*><v>", sheet)
    assert 'quotePrefix="1"' in part_of(data, "xl/styles.xml")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_is_never_a_formula_in_a_csv(payload):
    buffer = io.BytesIO()
    write_csv(buffer, [payload], [[payload]])
    for row in read_sheets(buffer.getvalue())[0].rows:
        assert row.cells[0].startswith("'")


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_text_and_numbers_are_not_altered(text):
    assert csv_text([[text, 1]]).splitlines()[1] == f"{text},1"
    assert read_sheets(xlsx([[text, 1]]))[0].rows[1].cells[0] == text


def test_values_are_written_by_their_type():
    row = [
        7,
        Decimal("12.50"),
        123456789012345678,
        Decimal("0.12345678901234567"),
        True,
        False,
        None,
        "",
        date(2026, 9, 1),
        datetime(2026, 9, 1, 8, 30),
        time(8, 30),
        date(1850, 1, 1),
    ]
    names = [f"c{n}" for n in range(len(row))]
    read = read_sheets(xlsx([row], names))[0].rows[1]
    assert list(read.cells) == [
        "7",
        "12.5",
        "123456789012345678",
        "0.12345678901234567",
        "是",
        "否",
        "",
        "",
        "2026-09-01",
        "2026-09-01 08:30",
        "08:30",
        "1850-01-01",
    ]
    assert not read.damaged
    assert csv_text([row], names).splitlines()[1] == (
        "7,12.50,123456789012345678,0.12345678901234567,是,否,,,2026-09-01,2026-09-01 08:30,08:30,"
        "1850-01-01"
    )


def test_numbers_are_numbers_in_a_workbook():
    sheet = part_of(xlsx([[7, Decimal("0.5")]]), "xl/worksheets/sheet1.xml")
    assert "<v>7</v>" in sheet
    assert "<v>0.5</v>" in sheet


def test_a_title_stands_above_the_header_which_filters_and_stays():
    data = xlsx([["a", "b"]], [Column("甲", 30), "乙"], title="花名册", sheet="一/二:[三]")
    (sheet,) = read_sheets(data)
    assert sheet.name == "一二三"
    assert [tuple(row.cells) for row in sheet.rows] == [("花名册",), ("甲", "乙"), ("a", "b")]
    xml = part_of(data, "xl/worksheets/sheet1.xml")
    assert '<autoFilter ref="A2:B3"/>' in xml
    assert 'topLeftCell="A3"' in xml


def test_no_rows_and_no_columns_are_written_too():
    assert len(read_sheets(xlsx([]))[0].rows) == 1
    assert xlsx([], [])
    assert csv_text([], ["甲"]) == "甲\r\n"


def test_the_rows_written_are_counted():
    assert write_xlsx(io.BytesIO(), ["甲"], ([str(n)] for n in range(25))) == 25
    assert write_csv(io.BytesIO(), ["甲"], ([str(n)] for n in range(25))) == 25


def test_files_are_written_by_path(tmp_path):
    write_xlsx(tmp_path / "a.xlsx", ["甲"], [["x"]])
    write_csv(tmp_path / "a.csv", ["甲"], [["x"]])
    for name in ("a.xlsx", "a.csv"):
        rows = read_sheets((tmp_path / name).read_bytes())[0].rows
        assert [tuple(row.cells) for row in rows] == [("甲",), ("x",)]


def test_a_callers_buffer_stays_open():
    buffer = io.BytesIO()
    write_csv(buffer, ["甲"], [])
    buffer.seek(0)
    assert buffer.read()


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(writer, "MAX_ROWS", 5)
    assert write_xlsx(io.BytesIO(), ["甲"], [["x"]] * 4) == 4
    with pytest.raises(SheetError, match="缩小筛选范围"):
        write_xlsx(io.BytesIO(), ["甲"], [["x"]] * 5)


def test_text_too_long_for_a_cell_is_cut_visibly():
    text = read_sheets(xlsx([["长" * 40_000, 1]]))[0].rows[1].cells[0]
    assert len(text) == 32_767
    assert text.endswith("…")


texts = st.text(max_size=30) | st.sampled_from(PAYLOADS)


@given(st.lists(st.tuples(texts, texts), max_size=5))
@settings(max_examples=150)
def test_any_text_can_be_written_and_no_text_becomes_a_formula(rows):
    data = xlsx(rows)
    assert "<f>" not in part_of(data, "xl/worksheets/sheet1.xml")
    for sheet in child.read(data, {"cells": 1000, "text": 100_000}):
        assert len(sheet["rows"]) <= len(rows) + 1
    assert csv_text(rows)


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30))
def test_text_reads_back_as_it_was_written(text):
    (sheet,) = child.read(xlsx([[text, "x"]]), {"cells": 1000, "text": 100_000})
    assert sheet["rows"][1][1][0] == text
