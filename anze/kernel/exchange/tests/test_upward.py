"""Reports upward: our lists in a superior authority's columns, what is missing said by cell."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound, Refused
from anze.kernel.exchange import importers, upward
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import kinds, loader
from anze.kernel.packs import services as packs
from anze.kernel.packs.schema import Sheet
from anze.kernel.units.models import Unit
from anze.lib import sheets

CONTACTS = "superior/SCHOOL-CONTACTS"
DAY = dt.date(2026, 11, 3)
SHEET = Sheet.model_validate(
    {
        "ref": "TRIAL", "title": "试报表", "authority": "上级", "source": "S", "rows": "roster",
        "above": ["试报表", "{unit} {day}"],
        "columns": [
            {"title": "序号", "number": True},
            {"title": "全称", "take": "name", "required": True},
            {"title": "学段", "take": "kind", "words": [{"ours": "小学", "theirs": "小教"}]},
            {"title": "人数", "take": "pupils", "form": "number"},
            {"title": "上报人", "fixed": "安全科"},
        ],
    }
)  # fmt: skip


def rows_of(data: bytes) -> list[list[str]]:
    return [list(row.cells) for row in sheets.read_sheets(data)[0].rows]


def test_our_words_become_theirs_and_numbers_are_numbers():
    laid = upward.fill(SHEET, [{"name": "星河小学", "kind": "小学", "pupils": "1260"}], "青禾", DAY)
    assert laid.above == ("试报表", "青禾 2026-11-03")
    assert laid.header == ("序号", "全称", "学段", "人数", "上报人")
    assert laid.rows == ((1, "星河小学", "小教", Decimal(1260), "安全科"),)
    assert laid.gaps == ()


def test_what_cannot_be_filled_is_said_at_its_cell():
    rows = [{"name": "甲", "kind": "小学"}, {"code": "21", "kind": "幼儿园", "pupils": "很多"}]
    gaps = upward.fill(SHEET, rows, "青禾", DAY).gaps
    assert [(gap.cell, gap.line, gap.column) for gap in gaps] == [
        ("B5", "21", "全称"), ("C5", "21", "学段"), ("D5", "21", "人数"),
    ]  # fmt: skip
    assert all(gap.text and gap.remedy for gap in gaps)


@given(
    st.lists(st.dictionaries(st.sampled_from(["name", "kind", "pupils"]), st.text()), max_size=5)
)
def test_whatever_stands_in_our_list_makes_a_full_table(rows):
    laid = upward.fill(SHEET, rows, "青禾", DAY)
    assert [len(row) for row in laid.rows] == [len(SHEET.columns)] * len(rows)
    filled = {
        place for place, row in enumerate(rows) if row.get("name", "").strip()
    }  # a required cell is full or said
    said = {int(gap.cell[1:]) - 4 for gap in laid.gaps if gap.column == "全称"}
    assert filled | said == set(range(len(rows)))
    assert not filled & said


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ({"title": "x"}, "只能有一个来处"),
        ({"title": "x", "take": "name", "fixed": "y"}, "只能有一个来处"),
        ({"title": "x", "fixed": "y", "required": True}, "只用于"),
    ],
)
def test_a_column_of_two_minds_is_refused(column, word):
    with pytest.raises(ValueError, match=word):
        Sheet.model_validate({**SHEET.model_dump(), "columns": [column]})


def test_two_columns_of_one_name_are_refused():
    twice = [{"title": "x", "take": "name"}, {"title": "x", "take": "kind"}]
    with pytest.raises(ValueError, match="列名重复：x"):
        Sheet.model_validate({**SHEET.model_dump(), "columns": twice})


def test_every_shipped_sheet_takes_columns_its_list_has():
    for folder in Path(settings.ANZE_PACKS).glob("*/*/sheets"):
        for sheet in loader.load(folder.parent, kinds=kinds.core()).pack.sheets:
            known = {one.key for one in importers.get(sheet.rows).template.columns}
            assert {one.take for one in sheet.columns if one.take} <= known, sheet.ref


@pytest.fixture
def in_force(cast):
    row = packs.load_pack(Ctx.system(), Path(settings.ANZE_PACKS) / "superior" / "2026.1")
    packs.activate(Ctx.system(), row, cast.district.pk, dt.date(2026, 1, 1))
    return cast


def test_the_desk_exports_a_sheet_and_that_is_an_entry(in_force):
    ctx = in_force.ctx("desk")
    assert CONTACTS in [offer.key for offer in upward.offers(ctx)]
    scope = in_force.district.pk
    with pytest.raises(Refused, match="格填不上"):
        upward.export(ctx, CONTACTS, scope, "xlsx", with_gaps=False)
    assert not Entry.objects.filter(kind="exchange.reported").exists()
    name, data = upward.export(ctx, CONTACTS, scope, "xlsx", with_gaps=True)
    assert name.startswith("校园安全工作联络表-")
    above, who, header, *lines = rows_of(data)
    assert above[0] == "校园安全工作联络表"
    assert in_force.district.name in who[0]
    assert header[1] == "学校（单位）全称"
    assert len(lines) == Unit.objects.filter(level="campus", closed_on=None).count()
    entry = Entry.objects.get(kind="exchange.reported")
    assert entry.data["rows"] == len(lines)
    assert entry.data["missing"] > 0
    assert entry.data["sha256"] == hashlib.sha256(data).hexdigest()
    assert Entry.objects.filter(kind="people.contacts_exported").count() == 1


def test_a_sheet_is_for_the_reach_of_its_pack_and_its_reader(in_force):
    officer = in_force.ctx("officer")
    with pytest.raises(Denied):
        upward.find(officer, CONTACTS, in_force.district.pk)
    with pytest.raises(NotFound):
        upward.find(officer, CONTACTS, in_force.junior.pk)
    own = upward.scopes(officer, upward.offers(officer)[0])
    assert in_force.district.pk not in [one.pk for one in own]
    laid = upward.lay_out(officer, upward.find(officer, CONTACTS, own[0].pk), own[0].pk)
    assert {row[1] for row in laid.rows} == {own[0].name}
    with pytest.raises(NotFound):
        upward.find(in_force.ctx("desk"), "superior/NOBODY", in_force.district.pk)
    with pytest.raises(Denied):
        upward.find(in_force.ctx("teacher"), CONTACTS, own[0].pk)


def test_the_page_says_what_is_missing_and_gives_the_file(in_force, client_for):
    client = client_for(in_force.desk)
    page = client.get("/exchange/upward/").content.decode()
    assert "校园安全工作联络表" in page
    assert "自拟" in page
    at = f"/exchange/upward/{CONTACTS}/"
    page = client.get(at).content.decode()
    assert "填不上的格" in page
    sent = {"scope": str(in_force.district.pk), "form": "csv"}
    refused = client.post(at, sent)
    assert refused.status_code == 422
    assert "格填不上" in refused.content.decode()
    answer = client.post(at, {**sent, "with_gaps": "1"})
    assert answer["Content-Type"].startswith("text/csv")
    assert answer.content.decode("utf-8-sig").startswith("序号,学校（单位）全称")
    assert client.post(at, {**sent, "with_gaps": "1", "form": "exe"}).status_code == 422


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("superior/NOBODY/", 404),
        ("superior/SCHOOL-CONTACTS/?scope=x", 422),
        ("superior/SCHOOL-CONTACTS/?scope=00000000-0000-0000-0000-000000000007", 404),
    ],
)
def test_a_wrong_address_is_told_so(in_force, client_for, address, status):
    assert client_for(in_force.desk).get(f"/exchange/upward/{address}").status_code == status
