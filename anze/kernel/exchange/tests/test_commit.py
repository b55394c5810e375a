"""From file to units and people: everything once, nothing halfway, and on again after a stop."""

from __future__ import annotations

import pytest

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.exchange import commit, placing, services
from anze.kernel.exchange.models import ImportBatch, ImportRow
from anze.kernel.exchange.tests import books
from anze.kernel.exchange.tests.districts import district
from anze.kernel.ledger.models import Entry
from anze.kernel.people.models import Holding, User
from anze.kernel.units import services as units
from anze.kernel.units.models import Edge, Unit, UnitFact
from anze.kernel.work import jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau() -> Unit:
    return district()


def take_in(bureau: Unit, rows: list[books.Line], **options) -> ImportBatch:
    data = books.workbook(rows, **options)
    return services.upload(Ctx.system(), "roster", bureau.pk, data, name="名册.xlsx")


def write(batch: ImportBatch, **options) -> ImportBatch:
    services.begin(Ctx.system(), batch.pk, **options)
    jobs.run_waiting()
    batch.refresh_from_db()
    return batch


def schools() -> int:
    return Unit.objects.filter(level="unit").count()


def test_checking_a_file_writes_no_unit_and_no_entry(bureau):
    before = Entry.objects.count()
    batch = take_in(bureau, books.lines(12))
    assert batch.count == {"new": 12, "faults": 0}
    assert (schools(), Entry.objects.count(), User.objects.count()) == (0, before, 0)


def test_a_sound_file_becomes_units_campuses_facts_accounts_and_posts(bureau):
    rows = books.lines(12)
    batch = write(take_in(bureau, rows))
    assert (batch.state, batch.done, batch.message) == (
        "done",
        12,
        "已写入 12 行，0 行没有变化，跳过 0 行。",
    )
    names = {row["name"] for row in rows}
    assert schools() == len(names) == 11
    assert Unit.objects.filter(level="campus").count() == 12
    one = Unit.objects.get(level="unit", name=rows[0]["name"])
    campus = Unit.objects.get(edges_up__parent=one, level="campus")
    assert (one.code, one.uscc, one.short_name) == (
        "2132000001",
        books.uscc(1),
        rows[0]["short_name"],
    )
    assert campus.name == one.name
    facts = dict(UnitFact.objects.filter(unit=campus).values_list("key", "value"))
    assert facts["pupils"] == str(rows[0]["pupils"])
    assert facts["canteen"] == ("yes" if rows[0]["canteen"] == "有" else "no")
    assert Edge.objects.get(child=one).parent.name == rows[0]["town"]
    head = Holding.objects.get(unit=one, post="principal").user
    assert (head.name, head.phone) == (rows[0]["principal"], books.phone(2))
    assert not head.has_usable_password()
    assert Entry.objects.filter(via="import", kind="units.registered").count() == 23


def test_several_lines_of_one_name_are_one_unit_with_several_campuses(bureau):
    rows = [r for r in books.lines(20) if r["campus"]][:2]
    write(take_in(bureau, rows, merge_towns=False))
    unit = Unit.objects.get(level="unit")
    campuses = Unit.objects.filter(edges_up__parent=unit).values_list("name", flat=True)
    assert set(campuses) == {f"{unit.name}本部", f"{unit.name}东校区"}
    assert Holding.objects.filter(unit=unit, post="safety_officer").count() == 1


def test_safety_officers_of_two_campuses_stand_in_their_own_campus(bureau):
    rows = [dict(r) for r in books.lines(20) if r["campus"]][:2]
    rows[1] |= {"officer": "许静文", "officer_phone": "13700000009"}
    write(take_in(bureau, rows, merge_towns=False))
    posts = Holding.objects.filter(post="safety_officer").select_related("unit")
    assert {held.unit.level for held in posts} == {"campus"}
    assert Holding.objects.get(post="principal").unit.level == "unit"


def test_the_same_file_again_changes_nothing(bureau):
    rows = books.lines(8)
    write(take_in(bureau, rows))
    entries = Entry.objects.count()
    again = take_in(bureau, rows)
    assert again.count == {"unchanged": 8, "faults": 0}
    with pytest.raises(Refused, match="没有需要写入的行"):
        services.begin(Ctx.system(), again.pk)
    assert Entry.objects.count() == entries


def test_what_differs_is_shown_and_only_that_is_written(bureau):
    rows = books.lines(5)
    write(take_in(bureau, rows))
    entries = Entry.objects.count()
    rows[2] = {**rows[2], "pupils": 4321, "principal": "许新任", "principal_phone": "13700000001"}
    batch = take_in(bureau, rows)
    assert batch.count == {"unchanged": 4, "changed": 1, "faults": 0}
    row = ImportRow.objects.get(batch=batch, outcome="changed")
    old = books.lines(5)[2]
    assert row.loads("changes") == [
        ["学生数", str(old["pupils"]), "4321"],
        ["主要负责人", old["principal"], "许新任"],
    ]
    write(batch)
    unit = Unit.objects.get(level="unit", name=old["name"])
    now = Holding.objects.filter(unit=unit, post="principal", valid_to=None)
    assert [held.user.name for held in now] == ["许新任"]
    kinds = Entry.objects.order_by("id")[entries:].values_list("kind", flat=True)
    assert sorted(kinds) == [
        "exchange.imported",
        "people.account_made",
        "people.post_ended",
        "people.post_given",
        "units.fact_set",
    ]


def test_nothing_is_written_while_a_fault_stands(bureau):
    rows = books.lines(6)
    rows[3]["pupils"] = -5
    batch = take_in(bureau, rows)
    with pytest.raises(Refused, match="还有 1 行有错，没有写入任何内容"):
        services.begin(Ctx.system(), batch.pk)
    assert (schools(), jobs.run_waiting()) == (0, 0)


def test_faulty_lines_are_left_out_only_when_asked(bureau):
    rows = books.lines(6)
    rows[3]["pupils"] = -5
    batch = write(take_in(bureau, rows), leave_out=True)
    assert batch.message == "已写入 5 行，0 行没有变化，跳过 1 行。"
    assert not Unit.objects.filter(name=rows[3]["name"]).exists()


def test_a_hidden_line_is_named_and_not_written_unless_taken(bureau):
    rows = books.lines(6)
    batch = take_in(bureau, rows, hidden=frozenset({2}))
    assert batch.count == {"new": 5, "hidden": 1, "faults": 0}
    assert ImportRow.objects.get(outcome="hidden").line == books.FIRST + 2
    batch = services.recheck(Ctx.system(), batch.pk, take_hidden=True)
    assert batch.count == {"new": 6, "faults": 0}
    write(batch)
    assert Unit.objects.filter(level="unit", name=rows[2]["name"]).exists()


def test_who_was_quicker_stops_the_batch_at_the_line_and_it_can_go_on(bureau):
    rows = books.lines(9)
    batch = take_in(bureau, rows)
    ctx = Ctx.system()
    quick = units.register_unit(
        ctx,
        level="unit",
        kind="primary",
        name="抢先一步学校",
        code="2132000005",
        parent_id=bureau.pk,
    )
    batch = write(batch)
    assert batch.state == "failed"
    assert batch.message.startswith(f"名册!{books.FIRST + 4} 没有写入：学校标识码已登记")
    written = batch.done
    assert schools() == written + 1
    units.rename(ctx, quick.pk, name=rows[4]["name"], short_name=rows[4]["short_name"])
    batch = write(services.recheck(ctx, batch.pk))
    assert batch.state == "done"
    assert schools() == len({row["name"] for row in rows})
    assert User.objects.count() == 2 * schools()


def test_a_commit_that_lost_its_process_goes_on_and_makes_nothing_twice(bureau, monkeypatch):
    rows = books.lines(30)
    batch = take_in(bureau, rows)
    services.begin(Ctx.system(), batch.pk)
    batch.refresh_from_db()
    told = []

    def dies(done: int, *_rest: object) -> None:
        told.append(done)
        if len(told) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(commit, "_READ", 7)
    with pytest.raises(KeyboardInterrupt):
        commit.run(batch, dies)
    half = schools()
    assert 0 < half < 30
    jobs.run_waiting()
    batch.refresh_from_db()
    assert (batch.state, batch.done) == ("done", 30)
    assert schools() == len({row["name"] for row in rows})
    assert Unit.objects.filter(level="campus").count() == 30


def test_trouble_in_the_middle_stops_the_batch_with_words_and_it_goes_on(bureau, monkeypatch):
    batch = take_in(bureau, books.lines(6))

    def breaks(*_args, **_rest):
        raise OSError("disk")

    with monkeypatch.context() as patch:
        patch.setattr(placing.people, "create_account", breaks)
        batch = write(batch)
    assert batch.state == "failed"
    assert "系统出了问题" in batch.message
    assert schools() == 0
    assert write(batch).state == "done"


def test_a_batch_whose_job_was_given_up_can_be_gone_on_with(bureau):
    batch = take_in(bureau, books.lines(3))
    services.begin(Ctx.system(), batch.pk)
    assert services.give_back_lost(Ctx.system()) == 0
    jobs.cancel(jobs.Job.objects.get().pk)
    assert services.give_back_lost(Ctx.system()) == 1
    batch.refresh_from_db()
    assert batch.state == "failed"
    assert write(batch).state == "done"


def test_a_second_click_on_commit_is_a_conflict(bureau):
    batch = take_in(bureau, books.lines(3))
    services.begin(Ctx.system(), batch.pk)
    with pytest.raises(Conflict):
        services.begin(Ctx.system(), batch.pk)
    assert jobs.run_waiting() == 1


def test_a_batch_that_is_given_up_writes_nothing(bureau):
    batch = services.cancel(Ctx.system(), take_in(bureau, books.lines(3)).pk)
    assert batch.state == "cancelled"
    with pytest.raises(Conflict):
        services.begin(Ctx.system(), batch.pk)


def test_the_ledger_says_which_file_was_written(bureau):
    batch = write(take_in(bureau, books.lines(3)))
    entry = Entry.objects.get(kind="exchange.imported")
    assert entry.proof_list == [batch.sha256]
    assert entry.data == {
        "batch": str(batch.pk),
        "template": "roster",
        "written": 3,
        "unchanged": 0,
        "left_out": 0,
    }


def test_old_files_and_their_lines_are_forgotten(bureau):
    from anze.kernel.bus import clock

    batch, given_up = with_traces(bureau), services.cancel(Ctx.system(), with_traces(bureau).pk)
    for one in (batch, given_up):
        with clock.travel(clock.now() + services.KEEP_FILE * 2):
            services.forget_old(Ctx.system())
        one.refresh_from_db()
        assert (one.content, one.state, one.rows.count()) == (None, "cancelled", 0)
        assert (one.edits, one.absent, one.unread) == ("{}", "[]", "[]")


def test_a_batch_given_up_keeps_nothing_that_was_typed(bureau):
    batch = services.cancel(Ctx.system(), with_traces(bureau).pk)
    batch.refresh_from_db()
    assert (batch.content, batch.edits, batch.absent, batch.unread) == (None, "{}", "[]", "[]")


def with_traces(bureau: Unit) -> ImportBatch:
    """A batch that holds people's names and numbers beside its file."""
    batch = take_in(bureau, books.lines(3))
    services.fix(Ctx.system(), batch.pk, f"名册!{books.FIRST}", {"principal": "某人"})
    traces = {"absent": '["某园"]', "unread": '[{"where": "名册!9", "why": "合计"}]'}
    ImportBatch.objects.filter(pk=batch.pk).update(**traces)
    batch.refresh_from_db()
    assert "某人" in batch.edits
    return batch


def test_another_district_does_not_exist_for_an_importer(bureau):
    class Nobody:
        def visible(self, _action):
            return frozenset()

        def check(self, _action, _unit):
            raise NotFound("没有")

    from dataclasses import replace

    batch = take_in(bureau, books.lines(2))
    stranger = replace(Ctx.system(), access=Nobody())
    with pytest.raises(NotFound):
        services.get(stranger, batch.pk)
    with pytest.raises(NotFound):
        services.upload(stranger, "roster", bureau.pk, b"x", name="a.xlsx")
