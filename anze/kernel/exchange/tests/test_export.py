"""What leaves as a workbook: to whom, with which phones, and that it is recorded."""

from __future__ import annotations

import io

import pytest

from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange import services
from anze.kernel.ledger.models import Entry
from anze.lib import sheets

pytestmark = pytest.mark.django_db
ACCOUNTS, ROSTER = "/exchange/export/accounts.xlsx", "/exchange/export/roster.xlsx"


def cells(answer) -> list[list[str]]:
    return [list(row.cells) for row in sheets.read_sheets(answer.content)[0].rows]


def said(answer) -> set[str]:
    return {cell for row in cells(answer) for cell in row}


@pytest.mark.parametrize("who", ["auditor", "clerk", "leader", "officer", "inspector", "teacher"])
def test_who_does_not_manage_people_gets_no_list_of_accounts(cast, client_for, who):
    assert client_for(cast.people[who]).get(ACCOUNTS).status_code == 403
    assert not Entry.objects.filter(kind="people.contacts_exported").exists()


@pytest.mark.parametrize(("who", "others"), [("desk", True), ("principal", False)])
def test_who_manages_people_gets_those_he_manages_and_it_is_recorded(cast, client_for, who, others):
    answer = client_for(cast.people[who]).get(ACCOUNTS)
    found = said(answer)
    assert cast.officer.phone in found
    assert (cast.junior_head.phone in found, cast.junior_head.username in found) == (others, others)
    note = Entry.objects.get(kind="people.contacts_exported")
    assert note.actor_id == cast.people[who].pk
    assert note.data == {"lines": len(cells(answer)) - 1, "phones": len(cells(answer)) - 1}


@pytest.mark.parametrize(
    ("who", "phones"),
    [("auditor", 0), ("clerk", 0), ("desk", 2), ("leader", 2), ("town_officer", 2), ("officer", 2)],
)
def test_a_roster_shows_phones_to_whom_the_address_book_shows_them(cast, client_for, who, phones):
    answer = client_for(cast.people[who]).get(ROSTER)
    found = said(answer)
    assert cast.principal.name in found
    assert len({cast.principal.phone, cast.officer.phone} & found) == phones
    counted = Entry.objects.get(kind="people.contacts_exported").data["phones"]
    assert bool(counted) == bool(phones)


def test_a_roster_without_phones_comes_back_and_asks_for_nothing(cast, client_for):
    out = client_for(cast.auditor).get(ROSTER).content
    top = cast.district.pk
    batch = services.upload(Ctx.system(), "roster", top, out, name="名册.xlsx")
    assert set(batch.count) == {"unchanged", "faults"}
    assert batch.count["faults"] == 0
    head, *rows = [list(row.cells) for row in sheets.read_sheets(out)[0].rows]
    name = head.index("主要负责人姓名")
    edited = next(row for row in rows if cast.principal.name in row)
    edited[name] = "新校长"
    target = io.BytesIO()
    sheets.write_xlsx(target, head, rows, sheet="名册")
    batch = services.upload(Ctx.system(), "roster", top, target.getvalue(), name="改.xlsx")
    assert batch.count["faulty"] == 1, "another name needs its phone"
