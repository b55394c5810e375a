"""Tables are read as a person sees them, whatever they were saved as."""

import codecs
import io
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anze.lib.sheets import (
    Merge,
    Row,
    Sheet,
    cell_name,
    column_name,
    read_sheets,
)
from anze.lib.tests.workbooks import make_xls, make_xlsx, xlsx_of


def cells_of(data: bytes) -> list[tuple[str, ...]]:
    return [tuple(row.cells) for row in read_sheets(data)[0].rows]


def fill_everything(book, page):
    page.merge_range("A1:D1", "二〇二六年花名册")
    page.write_row("A3", ["姓名", "身份证号", "日期", "是否"])
    page.write_row("A4", [" 王 ", 42.0, "", True])
    page.write_number("B5", 320412199001011234)
    page.write_datetime("C4", datetime(2026, 9, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    page.write_datetime("C5", datetime(2026, 9, 1, 8, 30), moment)
    page.write_datetime("C6", time(8, 30, 5), book.add_format({"num_format": "hh:mm:ss"}))
    page.write_row("A6", ["0012", 0.1 + 0.2])
    page.write_formula("D6", "=1/0", None, "#DIV/0!")
    page.write_row("A7", ["藏", 1e-7])
    page.set_row(6, None, None, {"hidden": True})
    page.write_row("A8", [-3, 1234567890123456])
    page.merge_range("C8:C9", "两行")
    page.write("A9", 12.5)
    other = book.add_worksheet("隐藏表")
    other.write("B2", "x")
    other.hide()


def test_a_workbook_is_read_as_a_person_sees_it():
    first, second = read_sheets(make_xlsx(fill_everything))
    assert first.name == "花名册"
    assert [(row.number, tuple(row.cells)) for row in first.rows] == [
        (1, ("二〇二六年花名册",)),
        (3, ("姓名", "身份证号", "日期", "是否")),
        (4, ("王", "42", "2026-09-01", "TRUE")),
        (5, ("", "320412199001011000", "2026-09-01 08:30")),
        (6, ("0012", "0.3", "08:30:05", "#DIV/0!")),
        (7, ("藏", "0.0000001")),
        (8, ("-3", "1234567890123460", "两行")),
        (9, ("12.5",)),
    ]
    assert [row.number for row in first.rows if row.hidden] == [7]
    assert {row.number: row.damaged for row in first.rows if row.damaged} == {5: {2}, 8: {2}}
    assert first.merged == (Merge(1, 1, 1, 4), Merge(8, 3, 9, 3))
    assert not first.hidden
    assert second == Sheet("隐藏表", (Row(2, ("", "x")),), (), hidden=True)


def test_merged_values_can_be_spread_over_their_cells():
    sheet = read_sheets(make_xlsx(fill_everything))[0].spread()
    by_number = {row.number: row for row in sheet.rows}
    assert by_number[1].cells == ("二〇二六年花名册",) * 4
    assert by_number[9].cells == ("12.5", "", "两行")


def test_spreading_a_merge_of_a_million_rows_touches_only_those_that_exist():
    sheet = Sheet("", (Row(5, ("a", "b")), Row(9, ("", "c"))), (Merge(5, 1, 10**9, 10**9),))
    spread = sheet.spread().rows
    assert spread[1].cell(1) == spread[1].cell(2) == "a"
    assert len(spread[1].cells) == 16_384


def test_an_old_xls_is_read_too():
    (sheet,) = read_sheets(make_xls([["学校", "人数"], ["实验小学", 1200.0]], [(0, 1, 2, 3)]))
    assert sheet.name == "旧表"
    assert [tuple(row.cells) for row in sheet.rows] == [("学校", "人数"), ("实验小学", "1200")]
    assert sheet.merged == (Merge(1, 3, 2, 4),)


CSV = '姓名,电话\r\n王,13800000000\r\n\r\n"李\n四", 2 ,\r\n'
CSV_CELLS = [("姓名", "电话"), ("王", "13800000000"), ("李\n四", "2")]


@pytest.mark.parametrize(
    "data",
    [
        CSV.encode(),
        codecs.BOM_UTF8 + CSV.encode(),
        CSV.encode("gb18030"),
        CSV.encode("utf-16"),
        CSV.replace(",", "\t").encode("utf-16"),
        CSV.replace(",", ";").encode(),
        CSV.replace("\r\n", "\n").encode(),
    ],
    ids=["utf-8", "utf-8 with mark", "gb18030", "utf-16", "tabs", "semicolons", "unix"],
)
def test_a_csv_is_read_in_whatever_way_it_was_saved(data):
    assert cells_of(data) == CSV_CELLS


def test_empty_lines_of_a_csv_count_in_row_numbers():
    assert [row.number for row in read_sheets(CSV.encode())[0].rows] == [1, 2, 4]


def test_ten_thousand_rows_of_twenty_columns_are_read_with_their_numbers():
    data = xlsx_of([[f"{r}-{c}" for c in range(20)] for r in range(10_000)])
    (sheet,) = read_sheets(data)
    assert len(sheet.rows) == 10_000
    assert sheet.rows[-1] == Row(10_000, tuple(f"9999-{c}" for c in range(20)))


def test_cells_beyond_a_row_are_empty():
    row = Row(1, ("a", "b"))
    assert [row.cell(column) for column in (0, 1, 2, 3)] == ["", "a", "b", ""]


@pytest.mark.parametrize(
    ("row", "column", "name"),
    [(12, 3, "C12"), (1, 26, "Z1"), (1, 27, "AA1"), (1_048_576, 16_384, "XFD1048576")],
)
def test_cells_are_called_as_on_screen(row, column, name):
    assert cell_name(row, column) == name


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_different_columns_have_different_names_in_screen_order(left, right):
    def order(column: int) -> tuple[int, str]:
        return len(column_name(column)), column_name(column)

    assert (order(left) < order(right)) == (left < right)


def test_there_is_no_column_zero():
    with pytest.raises(ValueError, match="from 1"):
        column_name(0)


def test_what_is_read_is_only_text():
    buffer = io.BytesIO(xlsx_of([[1, 2.5, "x", True]]))
    for row in read_sheets(buffer.getvalue())[0].rows:
        assert all(type(cell) is str for cell in row.cells)


def test_dates_before_1900_do_not_break_reading():
    def fill(book, page):
        page.write("A1", 0.5, book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write("B1", -5, book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write("C1", 1e300, book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write("D1", date(9999, 12, 31), book.add_format({"num_format": "yyyy-mm-dd"}))

    assert read_sheets(make_xlsx(fill))[0].rows[0].cell(4) == "9999-12-31"
