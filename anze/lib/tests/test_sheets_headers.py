"""The header is found where districts really put it."""

import pytest

from anze.lib.sheets import Merge, Row, find_header

FIELDS = {
    "school": ["学校名称", "单位名称"],
    "code": ["学校标识码", "标识码"],
    "name": ["姓名", "安全员姓名"],
    "phone": ["联系电话", "手机号"],
}


def rows_of(*lines: str) -> list[Row]:
    """Rows from lines with | between cells; empty lines are rows without content."""
    return [Row(n, tuple(line.split("|"))) for n, line in enumerate(lines, 1) if line]


def test_a_plain_header_is_found_in_the_first_row():
    header = find_header(rows_of("学校名称|标识码|姓名|联系电话", "甲|1|乙|2"), FIELDS)
    assert (header.first_row, header.last_row) == (1, 1)
    assert header.columns == {"school": 1, "code": 2, "name": 3, "phone": 4}
    assert not header.missing
    assert not header.unknown


def test_a_header_below_titles_and_notes_is_found():
    rows = rows_of(
        "武进区中小学安全员花名册", "", "填表单位：某镇||日期：", "序号|单位名称|姓名|手机号"
    )
    header = find_header(rows, FIELDS)
    assert header.first_row == 4
    assert header.columns == {"school": 2, "name": 3, "phone": 4}
    assert header.missing == ("code",)
    assert header.unknown == {1: "序号"}


@pytest.mark.parametrize(
    "title",
    [
        "姓名（必填）",
        "*姓名",
        "姓名 ＊",
        "姓　名",
        "姓\n名",
        "【姓名】",
        "姓名：",
        "姓名(如:张三)",
        "姓名（汉字）",
        "姓\u200b名",
    ],
)
def test_decorated_titles_are_recognised(title):
    rows = [Row(1, (title, "ＰＨＯＮＥ"))]
    header = find_header(rows, {"name": ["姓名"], "phone": ["Phone"]})
    assert header is not None
    assert header.columns == {"name": 1, "phone": 2}


def test_of_two_titles_that_differ_in_brackets_the_whole_one_wins():
    rows = rows_of("电话（办公）|电话（手机）|姓名")
    header = find_header(rows, {"phone": ["电话（手机）"], "name": ["姓名"]})
    assert header.columns == {"phone": 2, "name": 3}
    assert header.unknown == {1: "电话（办公）"}


def test_the_same_title_twice_is_reported():
    header = find_header(rows_of("姓名|手机号|姓名"), FIELDS)
    assert header.columns["name"] == 1
    assert header.repeated == {"name": [3]}


TWO_ROWS = {
    "school": ["学校名称"],
    "head": ["负责人姓名"],
    "head_phone": ["负责人电话"],
    "officer": ["安全员姓名"],
    "officer_phone": ["安全员电话"],
}
MERGED = [Merge(2, 1, 3, 1), Merge(2, 2, 2, 3), Merge(2, 4, 2, 5), Merge(1, 1, 1, 5)]


@pytest.mark.parametrize("merged", [MERGED, []], ids=["merged", "csv"])
def test_a_header_in_two_rows_is_joined(merged):
    rows = rows_of("花名册", "学校名称|负责人||安全员|", "|姓名|电话|姓名|电话", "甲|乙|1|丙|2")
    header = find_header(rows, TWO_ROWS, merged)
    assert (header.first_row, header.last_row) == (2, 3)
    assert header.columns == {
        "school": 1,
        "head": 2,
        "head_phone": 3,
        "officer": 4,
        "officer_phone": 5,
    }


def test_a_single_row_is_preferred_to_a_pair_that_finds_no_more():
    header = find_header(rows_of("花名册", "学校名称|姓名", "甲|乙"), FIELDS)
    assert (header.first_row, header.last_row) == (2, 2)


def test_a_hidden_row_is_no_header():
    rows = [Row(1, ("学校名称", "姓名", "手机号"), hidden=True), Row(2, ("单位名称", "姓名"))]
    assert find_header(rows, FIELDS).first_row == 2


def test_without_two_known_titles_there_is_no_header():
    assert find_header(rows_of("姓名|年龄", "甲|3"), FIELDS) is None
    assert find_header([], FIELDS) is None
    assert find_header(rows_of("姓名|年龄"), {"name": ["姓名"]}).columns == {"name": 1}


def test_rows_far_below_are_not_searched():
    rows = rows_of(*["说明"] * 30, "学校名称|姓名")
    assert find_header(rows, FIELDS) is None
