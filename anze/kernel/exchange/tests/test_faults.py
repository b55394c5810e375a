"""Ten thousand lines with planted faults: each is named at its cell, and nothing else is."""

from __future__ import annotations

import random
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anze.kernel.exchange import accounts, cells, reading, roster
from anze.kernel.exchange.checking import Checked
from anze.kernel.exchange.columns import ACCOUNTS, ROSTER
from anze.kernel.exchange.faults import CellError
from anze.kernel.exchange.known import Known, KnownPerson, KnownUnit
from anze.kernel.exchange.tables import Cell
from anze.kernel.exchange.tests import books
from anze.kernel.exchange.tests.books import Planted

ELSEWHERE, CLOSED, OLD = uuid4(), uuid4(), uuid4()
ME = uuid4()


def known() -> Known:
    """A district with five towns, a few registered units and people."""
    house = Known(uuid4(), "青禾区教育局", today=date(2026, 11, 23), actor_id=ME)
    for town in books.TOWNS:
        house.towns[town] = uuid4()
    house.add(_unit(ELSEWHERE, "远方小学", code="2132990001", inside=False))
    house.add(_unit(CLOSED, "旧桥小学", code="2132990002", closed=True))
    house.add(_unit(OLD, "老牌实验学校", code="2132990003", uscc=books.uscc(990003)))
    house.add(_unit(uuid4(), "同名学校", code="2132990004"))
    house.add_person(_person("许海波", "13800000001"))
    house.add_person(_person("何慧敏", "13800000002", active=False))
    house.add_person(_person("吕志强", "13800000003", administrator=True))
    house.add_person(KnownPerson(ME, "操作人", "me", "13800000004", True, False))
    return house


def _unit(unit_id: UUID, name: str, **more: object) -> KnownUnit:
    plain = {"code": "", "uscc": "", "closed": False, "inside": True, **more}
    return KnownUnit(
        id=unit_id, level="unit", name=name, short_name=name, kind="primary",
        ownership="public", parent=None, **plain,
    )  # fmt: skip


def _person(name: str, number: str, *, active: bool = True, administrator: bool = False):
    return KnownPerson(uuid4(), name, f"u{number}", number, active, administrator)


def check(data: bytes, house: Known | None = None, **options: bool) -> list[Checked]:
    book = reading.read(data, ROSTER)
    return roster.check(
        book.tables, house or known(), take_hidden=options.get("take_hidden", False)
    )


def found(rows: list[Checked]) -> set[tuple[str, str]]:
    return {(f.cell, f.code) for row in rows for f in row.faults if row.outcome == "faulty"}


# One planter per sort of fault: which field gets what, and the code expected there.
SINGLE = [
    ("name", "", "missing"),
    ("kind", "", "missing"),
    ("kind", "小 学 校", "unknown_kind"),
    ("kind", "大学", "unknown_kind"),
    ("town", "青河镇", "unknown_town"),
    ("ownership", "混合所有", "unknown_ownership"),
    ("code", "213200001", "bad_code"),
    ("code", "2132ABCDEF", "bad_code"),
    ("code", "9932000001", "bad_code"),
    ("code", "2132990001", "code_taken"),
    ("code", "2132990002", "code_taken"),
    ("code", 2.132e20, "digits_lost"),
    ("uscc", "12320412000000019", "bad_uscc"),
    ("uscc", "123204120000000015", "bad_uscc"),
    ("uscc", 123204120000000123, "digits_lost"),
    ("uscc", books.uscc(990003), "uscc_taken"),
    ("pupils", -3, "negative"),
    ("pupils", 5_000_000, "absurd"),
    ("pupils", 12.5, "not_whole"),
    ("pupils", "约三百", "not_a_number"),
    ("staff", 88_888, "absurd"),
    ("staff", "=SUM(A1:A3)", "formula"),
    ("boarding", "部分", "not_yes_no"),
    ("canteen", "2个", "not_yes_no"),
    ("campus", "2026-09-01", "date"),
    ("short_name", "＝HYPERLINK(1)", "formula"),
    ("name", "@cmd", "formula"),
    ("principal", "林晓东13900000000", "phone_in_name"),
    ("principal", "林晓东、周明", "two_people"),
    ("principal_phone", "1390000000", "bad_phone"),
    ("principal_phone", "23900000000", "bad_phone"),
    ("officer_phone", "0519-86551234", "bad_phone"),
    ("officer_phone", "", "no_phone"),
    ("principal", "", "no_name"),
    ("principal_phone", "13800000001", "phone_taken"),
    ("name", "长" * 121, "too_long"),
    ("name", "12345", "not_a_name"),
]


def plant_pairs(book: Planted, at: list[int]) -> None:
    """Plant the faults that take two lines, or a line and the house."""
    lines = book.lines

    def copy(source: int, target: int, *keys: str) -> None:
        for key in keys:
            lines[target][key] = lines[source][key]

    a = iter(at)
    one, two = next(a), next(a)
    copy(one, two, "code")
    book.expected.add((book.where(two, "code"), "duplicate_code"))
    one, two = next(a), next(a)
    copy(one, two, "uscc")
    book.expected.add((book.where(two, "uscc"), "duplicate_uscc"))
    one, two = next(a), next(a)
    lines[two] = dict(lines[one])
    book.expected.add((book.where(two, "name"), "duplicate_row"))
    one, two = next(a), next(a)
    lines[two] = {**lines[one], "campus": "西校区", "ownership": ""}
    lines[one]["ownership"], lines[two]["ownership"] = "公办", "民办"
    book.expected.add((book.where(two, "ownership"), "inconsistent"))
    one, two = next(a), next(a)
    lines[two] = {**lines[one], "campus": "西校区", "code": "2132777777"}
    book.expected.add((book.where(two, "code"), "inconsistent"))
    one, two = next(a), next(a)
    copy(one, two, "principal_phone")
    lines[two]["principal"] = "另有其人"
    book.expected.add((book.where(two, "principal_phone"), "phone_two_names"))
    one, two = next(a), next(a)
    lines[two] = {**lines[one], "campus": "西校区", "officer_phone": "13711112222"}
    book.expected.add((book.where(two, "officer_phone"), "person_two_phones"))
    one = next(a)
    lines[one] |= {"name": "老牌实验学校", "uscc": ""}
    book.expected.add((book.where(one, "code"), "code_differs"))
    one = next(a)
    lines[one] |= {"name": "同名学校", "code": "2132990003", "uscc": ""}
    book.expected.add((book.where(one, "name"), "name_taken"))
    for phone, name, code in (
        ("13800000002", "何慧敏", "account_closed"),
        ("13800000003", "吕志强", "administrator"),
        ("13800000004", "操作人", "oneself"),
    ):
        one = next(a)
        lines[one] |= {"principal": name, "principal_phone": phone}
        book.expected.add((book.where(one, "principal_phone"), code))


def planted(count: int, seed: int) -> tuple[Planted, bytes]:
    """Return a workbook of ``count`` lines with one fault of each sort at random lines."""
    book = Planted(books.lines(count, seed))
    alone = [i for i, line in enumerate(book.lines) if not line["campus"]]
    # Far enough apart that no merged town reaches from one fault to another.
    spots = random.Random(seed).sample(alone[::4], len(SINGLE) + 21)
    for spot, (key, value, code) in zip(spots, SINGLE, strict=False):
        if code == "missing" and key == "name":
            # Else the line would stand for another unit of the same code.
            book.lines[spot]["remark"] = "缺名称"
        book.plant(spot, key, value, code)
    formula_at, *rest = sorted(spots[len(SINGLE) :])
    book.expected.add((book.where(formula_at, "pupils"), "error"))
    plant_pairs(book, rest)
    formulas = {(formula_at, "pupils"): "=VLOOKUP(A1,B:C,2,0)"}
    return book, books.workbook(book.lines, formulas=formulas)


def test_every_planted_fault_of_ten_thousand_lines_is_named_at_its_cell():
    book, data = planted(10_000, seed=20261123)
    assert len({code for _, code in book.expected}) >= 25
    rows = check(data)
    assert found(rows) == book.expected
    assert len(rows) == 10_000


@pytest.mark.parametrize("seed", range(8))
def test_the_same_faults_at_other_places_are_named_there(seed):
    book, data = planted(400, seed)
    assert found(check(data)) == book.expected


def test_every_fault_says_what_to_do():
    book, data = planted(400, seed=99)
    for row in check(data):
        for fault in row.faults:
            assert fault.text
            assert "请" in fault.text + fault.remedy or "是否想填" in fault.remedy, fault


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6), st.integers(1, 60), st.booleans())
def test_a_sound_file_has_no_false_alarm(seed, count, merge):
    rows = check(books.workbook(books.lines(count, seed), merge_towns=merge))
    assert found(rows) == set()
    assert {row.outcome for row in rows} == {"new"}
    assert len(rows) == count


@settings(max_examples=600, deadline=None)
@given(st.text(max_size=40), st.sampled_from([*ROSTER.columns, *ACCOUNTS.columns]))
def test_no_cell_breaks_the_reader(text, column):
    try:
        value = cells.read(column, Cell(text))
    except CellError as error:
        value = error.code and error.text
        if not value:
            raise AssertionError("a refusal without words") from None
    assert isinstance(value, str)


def test_totals_notes_and_other_sheets_are_named_as_unread():
    book = reading.read(books.workbook(books.lines(5)), ROSTER)
    assert [(item.where, item.why) for item in book.unread] == [
        ("名册!12", "合计行，没有读取"),
        ("名册!13", "表下的说明，没有读取"),
        ("名册!14", "表下的说明，没有读取"),
        ("填表说明", "没有找到表头，这张工作表没有读取"),
    ]


def test_a_hidden_line_neither_counts_nor_collides():
    rows = books.lines(6)
    rows[4] = dict(rows[1])
    out = check(books.workbook(rows, hidden=frozenset({4}), merge_towns=False))
    assert [row.outcome for row in out].count("hidden") == 1
    assert found(out) == set()
    out = check(books.workbook(rows, hidden=frozenset({4}), merge_towns=False), take_hidden=True)
    assert {code for _, code in found(out)} == {"duplicate_row"}


def test_a_near_word_is_offered():
    rows = books.lines(2)
    rows[0]["kind"], rows[1]["town"] = "九年一贯", "青河镇"
    out = check(books.workbook(rows, merge_towns=False))
    assert "九年一贯制" in out[0].faults[0].remedy
    assert out[1].faults[0].remedy == "是否想填“青禾镇”？"


def test_a_count_merged_over_two_campuses_is_refused():
    rows = [r for r in books.lines(20) if r["campus"]][:2]

    def merge(book):
        column = books.KEYS.index("pupils")
        page = book.get_worksheet_by_name(books.SHEET)
        page.merge_range(books.FIRST - 1, column, books.FIRST, column, 300)

    out = check(books.workbook(rows, merge_towns=False, extra=merge))
    assert found(out) == {(f"名册!J{books.FIRST + 1}", "merged_count")}


HEAD = ("姓名", "手机号码", "登录名", "所在单位", "职务", "任职日期")


def accounts_of(*lines: tuple[object, ...]) -> list[Checked]:
    import io

    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet("账号")
        for row, line in enumerate((HEAD, *lines)):
            for column, value in enumerate(line):
                if value != "":
                    page.write(row, column, value)
    table = reading.read(target.getvalue(), ACCOUNTS).tables
    return accounts.check(table, known(), take_hidden=False)


def test_sound_accounts_are_new_or_known():
    rows = accounts_of(
        ("孙建国", "１３９００００００１１", "", "老牌实验学校", "班主任", "2026/9/1"),
        ("许海波", 13800000001, "", "2132990003", "安全员", ""),
    )
    assert [row.outcome for row in rows] == ["new", "changed"]
    assert rows[0].plan["posts"][0]["since"] == "2026-09-01"


def test_faulty_accounts_are_named_by_cell():
    rows = accounts_of(
        ("孙建国", "13900000011", "", "老牌试验学校", "班主任", ""),
        ("孙建国", "13900000012", "Abc", "老牌实验学校", "校董", ""),
        ("钱文博", "13900000013", "a!", "老牌实验学校", "局领导", "明天"),
        ("冯敏", "13900000014", "same", "老牌实验学校", "教师", "1890-01-01"),
        ("何静", "13900000015", "same", "", "教师", ""),
        ("", "13900000016", "", "老牌实验学校", "教师", ""),
        ("吴欣", "13900000017", "me", "老牌实验学校", "教师", ""),
        ("郑宇", "13900000018", "", "老牌实验学校", "教师", ""),
        ("郑宇", "13900000018", "", "老牌实验学校", "教师", ""),
    )
    assert found(rows) == {
        ("账号!D2", "unknown_unit"),
        ("账号!E3", "unknown_post"),
        ("账号!C4", "bad_username"),
        ("账号!E4", "bureau_post"),
        ("账号!F4", "bad_day"),
        ("账号!F5", "bad_day"),
        ("账号!C6", "duplicate_username"),
        ("账号!D6", "missing"),
        ("账号!A7", "missing"),
        ("账号!C8", "username_taken"),
        ("账号!B10", "duplicate_row"),
    }
