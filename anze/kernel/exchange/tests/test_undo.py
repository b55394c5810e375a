"""A written batch taken back as a whole: what it would do, what stays, and on after a stop."""

from __future__ import annotations

import pytest

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.exchange import importers, services, standing, undo
from anze.kernel.exchange.models import ImportBatch, ImportRow
from anze.kernel.exchange.tests import books, test_specs
from anze.kernel.exchange.tests.districts import district
from anze.kernel.exchange.tests.lists import PLACES
from anze.kernel.exchange.tests.test_commit import take_in, write
from anze.kernel.ledger import reconcile
from anze.kernel.ledger.models import Entry
from anze.kernel.people.models import Holding, User, active_on
from anze.kernel.units import services as units
from anze.kernel.units.models import Place, Unit
from anze.kernel.work import jobs

pytestmark = pytest.mark.django_db
campus = test_specs.campus


@pytest.fixture
def bureau() -> Unit:
    return district()


def take_back(batch: ImportBatch, **options) -> ImportBatch:
    undo.begin(Ctx.system(), batch.pk, **options)
    jobs.run_waiting()
    batch.refresh_from_db()
    return batch


def open_units() -> int:
    return Unit.objects.filter(level__in=("unit", "campus"), closed_on=None).count()


def test_the_effect_is_shown_before_anything_is_taken_back(bureau):
    batch = write(take_in(bureau, books.lines(3)))
    entries = Entry.objects.count()
    effect = undo.preview(Ctx.system(), batch.pk)
    assert (effect.total, effect.undone, effect.kept) == (3, 3, [])
    where, words = effect.lines[-1]
    assert where == f"名册!{books.FIRST}"
    assert words == [
        "撤销登记校区",
        "撤销登记单位，释放其代码",
        "收回账号，释放其手机号 2 个",
        "结束任职 2 个",
    ]
    assert Entry.objects.count() == entries


def test_a_roster_taken_back_leaves_nothing_open_and_can_be_sent_in_again(bureau):
    rows = books.lines(22)
    batch = take_back(write(take_in(bureau, rows)))
    assert (batch.state, batch.message) == (
        "undone",
        "已撤销 22 行，0 行因后来已使用或更改而保留。",
    )
    assert open_units() == 0
    assert not Holding.objects.filter(active_on(clock.today())).exists()
    assert not User.objects.filter(is_active=True).exists()
    entry = Entry.objects.get(kind="exchange.undone")
    assert (entry.data["undone"], entry.data["kept"]) == (22, 0)
    assert not list(reconcile.run(Ctx.system()))
    again = write(take_in(bureau, rows))
    assert (again.state, again.done) == ("done", 22)
    assert Unit.objects.get(code="2132000001", closed_on=None).name == rows[0]["name"]


def test_what_was_changed_gets_its_old_values_back(bureau):
    rows = books.lines(4)
    write(take_in(bureau, rows))
    before = Holding.objects.get(unit__name=rows[1]["name"], post="principal").user_id
    rows[1] = {
        **rows[1],
        "pupils": 4321,
        "short_name": "新简称",
        "town": "石湾镇" if rows[1]["town"] != "石湾镇" else "青禾镇",
        "principal": "许新任",
        "principal_phone": "13700000001",
    }
    batch = take_back(write(take_in(bureau, rows, merge_towns=False)))
    assert batch.message.startswith("已撤销 1 行")
    again = take_in(bureau, books.lines(4))
    assert again.count == {"unchanged": 4, "faults": 0}
    held = Holding.objects.get(
        active_on(clock.today()), unit__name=rows[1]["name"], post="principal"
    )
    assert held.user_id == before
    assert not list(reconcile.run(Ctx.system()))


def test_what_was_used_or_changed_since_is_named_at_its_cell_and_stays(bureau):
    rows = books.lines(6)
    batch = write(take_in(bureau, rows))
    User.objects.filter(phone=books.phone(2)).update(last_seen=clock.now())
    unit = Unit.objects.get(level="unit", code="2132000003")
    units.rename(Ctx.system(), unit.pk, name="改了名的学校")
    with pytest.raises(Refused, match="有 2 行后来已被使用或更改"):
        undo.begin(Ctx.system(), batch.pk)
    kept = dict(undo.preview(Ctx.system(), batch.pk).kept)
    at = books.Planted(rows)
    said = [(f.cell, f.code) for f in (*kept[f"名册!{at.row(0)}"], *kept[f"名册!{at.row(2)}"])]
    assert said == [(at.where(0, "principal_phone"), "used"), (at.where(2, "name"), "used")]
    batch = take_back(batch, leave_out=True)
    assert batch.message == "已撤销 4 行，2 行因后来已使用或更改而保留。"
    assert open_units() == 4
    rows = ImportRow.objects.filter(batch=batch, written="kept")
    assert [row.loads("faults")[0]["code"] for row in rows] == ["used", "used"]


def test_one_campus_in_use_keeps_the_whole_unit(bureau):
    rows = [r for r in books.lines(20) if r["campus"]][:2]
    batch = write(take_in(bureau, rows, merge_towns=False))
    east = Unit.objects.get(level="campus", name__endswith="东校区")
    units.add_place(Ctx.system(), east.pk, name="操场", category="playground")
    effect = undo.preview(Ctx.system(), batch.pk)
    assert (effect.undone, effect.blocked) == (0, 2)
    with pytest.raises(Refused, match="没有可以撤销的行"):
        undo.begin(Ctx.system(), batch.pk, leave_out=True)


def test_an_undoing_that_lost_its_process_goes_on_and_takes_nothing_back_twice(bureau):
    batch = write(take_in(bureau, books.lines(30)))
    undo.begin(Ctx.system(), batch.pk)
    batch.refresh_from_db()

    def dies(done: int, *_rest: object) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        undo.run(batch, dies)
    assert open_units() > 0
    closed = Entry.objects.filter(kind="units.closed").count()
    assert closed > 0
    jobs.run_waiting()
    batch.refresh_from_db()
    assert (batch.state, batch.undone, open_units()) == ("undone", 30, 0)
    assert (
        Entry.objects.filter(kind="units.closed").count()
        == Unit.objects.exclude(closed_on=None).count()
    )
    assert not list(reconcile.run(Ctx.system()))


def test_what_was_not_written_or_is_taken_back_cannot_be_undone(bureau):
    batch = take_in(bureau, books.lines(2))
    with pytest.raises(Conflict):
        undo.preview(Ctx.system(), batch.pk)
    batch = take_back(write(batch))
    with pytest.raises(Conflict):
        undo.begin(Ctx.system(), batch.pk)


def test_a_list_of_a_spec_is_taken_back_by_its_own_functions(campus, monkeypatch):
    known = {**importers._known, PLACES.kind: standing.importer(PLACES)}
    monkeypatch.setattr(importers, "_known", known)
    first = test_specs.write(test_specs.take_in(campus, ["一号楼", "教室"]))
    second = test_specs.write(test_specs.take_in(campus, ["一号楼", "食堂"], ["操场", "操场"]))
    with pytest.raises(Refused, match="有 1 行"):
        undo.begin(Ctx.system(), first.pk)
    take_back(second)
    here = Place.objects.filter(valid_to=None).values_list("name", "category")
    assert list(here) == [("一号楼", "classroom")]
    assert second.state == "undone"


def test_another_district_finds_nothing_to_take_back(bureau):
    from anze.kernel.exchange.tests.test_pages import officer
    from anze.kernel.people.access import ctx_for

    batch = write(take_in(bureau, books.lines(2)))
    other = officer(district("白沙区教育局"), "other")
    with pytest.raises(NotFound):
        undo.preview(ctx_for(other), batch.pk)
    with pytest.raises(NotFound):
        services.get(ctx_for(other), batch.pk)
