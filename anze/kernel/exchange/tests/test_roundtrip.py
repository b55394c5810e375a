"""Roster and accounts go out, are edited, and come in again: only the edited cells change."""

from __future__ import annotations

import io

import pytest

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange import importers, services, undo, workbooks
from anze.kernel.exchange.models import ImportBatch, ImportRow
from anze.kernel.exchange.tests import books
from anze.kernel.exchange.tests.districts import district
from anze.kernel.exchange.tests.test_commit import take_in, write
from anze.kernel.people.models import Holding, User, active_on
from anze.kernel.units.models import Unit
from anze.kernel.work import jobs
from anze.lib import sheets

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau() -> Unit:
    top = district()
    rows = [r for r in books.lines(20) if r["campus"]][:2] + books.lines(4)
    write(take_in(top, rows, merge_towns=False))
    return top


def out(kind: str) -> tuple[list[str], list[list[str]]]:
    importer = importers.get(kind)
    data = workbooks.export(importer.template, importer.rows(Ctx.system(), None))
    head, *rows = [list(row.cells) for row in sheets.read_sheets(data)[0].rows]
    width = len(head)
    return head, [row + [""] * (width - len(row)) for row in rows]


def back(bureau: Unit, kind: str, head: list[str], rows: list[list[str]]) -> ImportBatch:
    target = io.BytesIO()
    sheets.write_xlsx(target, head, rows, sheet="表")
    return services.upload(Ctx.system(), kind, bureau.pk, target.getvalue(), name="改.xlsx")


def changes(batch: ImportBatch) -> list[list[str]]:
    rows = ImportRow.objects.filter(batch=batch, revision=batch.revision, outcome="changed")
    return [change for row in rows for change in row.loads("changes")]


@pytest.mark.parametrize(("kind", "count"), [("roster", 6), ("accounts", 10)])
def test_what_comes_back_untouched_changes_nothing(bureau, kind, count):
    batch = back(bureau, kind, *out(kind))
    assert batch.count == {"unchanged": count, "faults": 0}


def test_a_school_without_a_code_is_renamed_by_its_number(bureau):
    Unit.objects.filter(level="unit").update(code=None)
    head, rows = out("roster")
    name = head.index("单位名称")
    edited = next(row for row in rows if not row[head.index("校区名称")])
    old = edited[name]
    edited[name] = "改名后的学校"
    batch = back(bureau, "roster", head, rows)
    assert batch.count == {"unchanged": 5, "changed": 1, "faults": 0}
    assert ["单位名称", old, "改名后的学校"] in changes(batch)
    write(batch)
    assert Unit.objects.filter(name="改名后的学校", closed_on=None).count() == 2
    assert not Unit.objects.filter(name=old).exists()
    undo.begin(Ctx.system(), batch.pk)
    jobs.run_waiting()
    assert Unit.objects.filter(name=old).count() == 2


def test_one_campus_renamed_alone_is_a_fault(bureau):
    Unit.objects.filter(level="unit").update(code=None, uscc="")
    head, rows = out("roster")
    edited = next(row for row in rows if row[head.index("校区名称")])
    edited[head.index("单位名称")] = "只改了一行的学校"
    batch = back(bureau, "roster", head, rows)
    codes = [
        f["code"] for row in ImportRow.objects.filter(batch=batch) for f in row.loads("faults")
    ]
    assert codes == ["inconsistent"]


def test_rows_no_longer_in_the_sheet_are_named_and_left_alone(bureau):
    head, rows = out("roster")
    batch = back(bureau, "roster", head, rows[1:])
    assert (batch.count["unchanged"], batch.count["absent"]) == (5, 1)
    gone = Unit.objects.get(pk=rows[0][head.index("平台编号")])
    assert batch.absent_list == [gone.name]
    assert gone.closed_on is None


def test_a_copied_number_and_an_unknown_one_are_faults(bureau):
    head, rows = out("roster")
    number = head.index("平台编号")
    rows[1][number] = rows[0][number]
    rows[2][number] = str(bureau.pk)
    batch = back(bureau, "roster", head, rows)
    found = {
        f["code"] for row in ImportRow.objects.filter(batch=batch) for f in row.loads("faults")
    }
    assert {"duplicate_row", "unknown_row"} <= found


def test_a_persons_phone_and_post_are_changed_by_the_number_of_the_post(bureau):
    head, rows = out("accounts")
    edited = rows[0]
    user = User.objects.get(phone=edited[head.index("手机")])
    old = edited[head.index("手机")]
    edited[head.index("手机")] = "13700000555"
    edited[head.index("岗位")] = "教师"
    batch = back(bureau, "accounts", head, rows)
    assert (batch.count["changed"], batch.count["unchanged"]) == (1, 9)
    assert changes(batch)[0] == ["手机", old, "13700000555"]
    write(batch)
    user.refresh_from_db()
    assert user.phone == "13700000555"
    held = Holding.objects.get(active_on(clock.today()), user=user)
    assert held.post_id == "teacher"
    undo.begin(Ctx.system(), batch.pk)
    jobs.run_waiting()
    user.refresh_from_db()
    assert user.phone == old
    assert Holding.objects.get(active_on(clock.today()), user=user).post_id != "teacher"
