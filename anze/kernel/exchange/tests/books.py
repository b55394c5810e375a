"""Workbooks as districts send them, made from a seed, with faults planted at known cells."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

from anze.lib.sheets import cell_name

KEYS = (
    "order", "name", "short_name", "kind", "town", "ownership", "code", "uscc", "campus",
    "pupils", "staff", "boarding", "canteen", "school_bus",
    "principal", "principal_phone", "officer", "officer_phone", "remark",
)  # fmt: skip
# Two header rows: a group over its columns, or one title over both rows.
HEAD = (
    ("序号", ""), ("学校名称", ""), ("简 称", ""), ("学校类别", ""), ("镇（街道）*", ""),
    ("办别", ""), ("学校标识码（10位）", ""), ("统一社会\n信用代码", ""), ("校区", ""),
    ("规模", "学生数"), ("规模", "教职工数"),
    ("是否寄宿", ""), ("有无食堂", ""), ("有无校车", ""),
    ("主要负责人", "姓名"), ("主要负责人", "手机号"),
    ("安全管理人员", "姓名"), ("安全管理人员", "手机号"),
    ("备注", ""),
)  # fmt: skip
TOWNS = ("青禾镇", "云溪镇", "南桥街道", "北塘街道", "石湾镇")
_KINDS = ("小学", "幼儿园", "初级中学", "普通高中", "九年一贯制", "校外培训机构")
_HEADS = "星河晨光启明青云东风文澜育才江南新桥明德致远弘毅博雅"
_FAMILY = "林周陈赵吴郑孙钱冯许何吕"
_GIVEN = "晓东明宇静怡建国文博雨桐志强慧敏海波欣然"
SHEET = "名册"
FIRST = 6  # the first line of data, as on screen


def uscc(number: int) -> str:
    """Return the n-th sound 统一社会信用代码 of a made-up series."""
    body = f"123204120{number:08d}"
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(letters.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + letters[(31 - total % 31) % 31]


def phone(number: int) -> str:
    """Return the n-th mobile number of a made-up series."""
    return f"139{number:08d}"


def full_width(text: str) -> str:
    """Return text with its digits in full width."""
    return text.translate({ord("0") + n: 0xFF10 + n for n in range(10)})


Line = dict[str, Any]


@dataclass
class Planted:
    """Lines by number on screen, and what must be found: (cell, code)."""

    lines: list[Line]
    expected: set[tuple[str, str]] = field(default_factory=set)

    def row(self, index: int) -> int:
        """Return the number on screen of a line."""
        return FIRST + index

    def where(self, index: int, key: str) -> str:
        """Return the cell of a field of a line: ``名册!C7``."""
        return f"{SHEET}!{cell_name(self.row(index), KEYS.index(key) + 1)}"

    def plant(self, index: int, key: str, value: Any, code: str, at: str = "") -> None:
        """Put a wrong value into a cell and expect its fault there (or at another field)."""
        self.lines[index][key] = value
        self.expected.add((self.where(index, at or key), code))


def lines(count: int, seed: int = 7) -> list[Line]:
    """Return sound lines; every tenth unit has two campuses."""
    dice, made, number = random.Random(seed), [], 0
    while len(made) < count:
        number += 1
        campuses = ("本部", "东校区") if number % 10 == 0 and len(made) + 2 <= count else ("",)
        one = _unit(number, dice)
        for place in campuses:
            made.append({**one, "campus": place, "order": len(made) + 1})
    return made


def _unit(number: int, dice: random.Random) -> Line:
    head = "".join(dice.choice(_HEADS) for _ in range(2))
    who = ["".join((dice.choice(_FAMILY), dice.choice(_GIVEN), dice.choice(_GIVEN))) for _ in "ab"]
    if who[0] == who[1]:
        who[1] += "文"
    code = f"2132{number:06d}"
    return {
        "name": f"{head}第{number}学校",
        "short_name": f"{head}{number}",
        "kind": dice.choice(_KINDS),
        "town": dice.choice(TOWNS),
        "ownership": dice.choice(("公办", "民办")),
        "code": full_width(code) if number % 7 == 0 else code,
        "uscc": uscc(number),
        "pupils": dice.randrange(100, 3000),
        "staff": dice.randrange(10, 200),
        "boarding": dice.choice(("是", "否", "")),
        "canteen": dice.choice(("有", "无")),
        "school_bus": dice.choice(("√", "×", "")),
        "principal": who[0],
        "principal_phone": phone(2 * number),
        "officer": who[1],
        "officer_phone": f"+86 {phone(2 * number + 1)}"
        if number % 5 == 0
        else phone(2 * number + 1),
        "remark": dice.choice(("", "", "已核对")),
    }


def workbook(
    rows: Sequence[Mapping[str, Any]],
    *,
    hidden: frozenset[int] = frozenset(),
    merge_towns: bool = True,
    formulas: Mapping[tuple[int, str], str] | None = None,
    extra: Callable[[Any], None] | None = None,
) -> bytes:
    """Return an .xlsx with title rows, a merged two-row header, notes below, and other sheets."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    page = book.add_worksheet(SHEET)
    middle = book.add_format({"align": "center"})
    page.merge_range(0, 0, 0, len(KEYS) - 1, "青禾区 2026 年学校（单位）安全基础信息汇总表", middle)
    page.write(1, 0, "填报单位：青禾区教育局　　　　填报日期：2026年9月")
    _head(page, middle)
    for index, line in enumerate(rows):
        for column, key in enumerate(KEYS):
            _write(page, FIRST - 1 + index, column, line.get(key, ""))
    for (index, key), text in (formulas or {}).items():
        page.write_formula(FIRST - 1 + index, KEYS.index(key), text, None, "#N/A")
    if merge_towns:
        _merge_towns(page, rows, middle)
    for index in hidden:
        page.set_row(FIRST - 1 + index, None, None, {"hidden": True})
    below = FIRST + len(rows)
    page.write(below, 0, "合计")
    page.write(
        below, KEYS.index("pupils"), sum(n for r in rows if isinstance(n := r["pupils"], int))
    )
    page.write(below + 1, 0, "注：1.本表由各校填报，教育局汇总；2.校区分行填写。")
    page.write(below + 2, 0, "填表人：林晓东")
    notes = book.add_worksheet("填表说明")
    notes.write(0, 0, "请勿改动表头。")
    book.add_worksheet("Sheet3")
    if extra:
        extra(book)
    book.close()
    return target.getvalue()


def _head(page: Any, middle: Any) -> None:
    column = 0
    while column < len(HEAD):
        group, below = HEAD[column]
        if not below:
            page.merge_range(2, column, 3, column, group, middle)
            column += 1
            continue
        width = sum(1 for title, _ in HEAD if title == group)
        page.merge_range(2, column, 2, column + width - 1, group, middle)
        for offset in range(width):
            page.write(3, column + offset, HEAD[column + offset][1])
        column += width
    page.set_row(4, 4)  # a thin empty line between header and data


def _write(page: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        page.write_number(row, column, value)
    elif value != "":
        page.write_string(row, column, str(value))


def _merge_towns(page: Any, rows: Sequence[Mapping[str, Any]], middle: Any) -> None:
    """Merge runs of the same town, as districts do."""
    start, column = 0, KEYS.index("town")
    for index in range(1, len(rows) + 1):
        if index == len(rows) or rows[index]["town"] != rows[start]["town"]:
            if index - start > 1 and rows[start]["town"] in TOWNS:
                first, last = FIRST - 1 + start, FIRST - 2 + index
                page.merge_range(first, column, last, column, rows[start]["town"], middle)
            start = index
