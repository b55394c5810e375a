"""Things on a register: added, changed by several hands, ended, and never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from anze.domains.facilities.models import FireEquipment
from anze.domains.facilities.registers import FIRE, SPECIAL
from anze.domains.facilities.tests.world import POWDER, TODAY, morning
from anze.engines.registers import expiry, kinds, selectors, services
from anze.engines.registers.models import ENDED
from anze.engines.registers.reading import WrongFields
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.ledger import reconcile
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.tests.support import together
from anze.kernel.work.models import Notice


def drifts():
    return [str(one) for _name, one in reconcile.run(Ctx.system(), "registers")]


def test_a_thing_gets_a_number_a_label_and_its_computed_days(school):
    first, second = school.add(), school.add()
    assert (first.code, second.code) == ("XF-0001", "XF-0002")
    assert first.token[0] == "F"
    assert len(first.token) == 12
    assert first.service_due == date(2029, 5, 10)
    assert first.due_on == date(2029, 5, 10)
    assert drifts() == []


def test_the_entry_holds_codes_and_days_and_no_words(school):
    thing = school.add(remark="王师傅保管")
    entry = Entry.objects.get(uid=thing.entry_uid)
    assert entry.kind == kinds.ADDED.name
    assert {"field": "made_on", "value": "2024-05-10"} in entry.data["values"]
    assert "王师傅" not in entry.facts
    assert "一楼" not in entry.facts


def test_the_same_client_id_makes_one_thing(school):
    ctx, east, client = school.cast.ctx("officer"), school.cast.primary_east.pk, uuid4()
    first = services.add(ctx, FIRE, east, POWDER, client_id=client)
    again = services.add(ctx, FIRE, east, POWDER, client_id=client)
    assert first.pk == again.pk
    assert FireEquipment.objects.count() == 1


def test_a_number_is_used_once_even_after_the_end(school):
    thing = school.add(code="A-1")
    services.end(school.cast.ctx("officer"), FIRE, thing.pk, "scrapped")
    with pytest.raises(Conflict, match="已停用"):
        school.add(code="A-1")


def test_every_wrong_field_is_named_at_once(school):
    with pytest.raises(WrongFields) as wrong:
        school.add(kind="泡沫", made_on="2026-13-01", inspected_on="2030-01-01")
    assert set(wrong.value.faults) == {"kind", "made_on", "inspected_on"}


def test_a_place_of_another_campus_is_refused(school):
    from anze.kernel.units import services as units

    west = school.cast.primary_west
    there = units.add_place(school.cast.ctx("officer"), west.pk, name="后门", category="gate")
    with pytest.raises(WrongFields):
        school.add(place=there)


def test_who_may_not_edit_is_refused_and_who_may_not_see_finds_nothing(school):
    thing, east = school.add(), school.cast.primary_east.pk
    for person in ("teacher", "guard", "leader"):
        with pytest.raises(Denied):
            services.add(school.cast.ctx(person), FIRE, east, POWDER)
    for person in ("junior_officer", "outsider", "nobody"):
        with pytest.raises(NotFound):
            selectors.thing(school.cast.ctx(person), FIRE, thing.pk)
        with pytest.raises(NotFound):
            services.end(school.cast.ctx(person), FIRE, thing.pk, "lost")
        assert not selectors.things(school.cast.ctx(person), FIRE).exists()
    assert selectors.thing(school.cast.ctx("guard"), FIRE, thing.pk)
    assert selectors.things(school.cast.ctx("leader"), FIRE).count() == 1


def test_a_change_is_recorded_with_what_it_changed_and_nothing_else(school):
    thing = school.add(remark="旧")
    school.change(thing, serviced_on="2026-11-01", remark="")
    entry = Entry.objects.filter(kind=kinds.CHANGED.name).get()
    assert {one["field"] for one in entry.data["values"]} == {"serviced_on", "service_due"}
    assert entry.data["worded"] == ["remark"]
    thing.refresh_from_db()
    assert thing.due_on == date(2028, 11, 1)
    assert drifts() == []


def test_the_same_values_again_record_nothing(school):
    thing = school.add()
    school.change(thing)
    assert not Entry.objects.filter(kind=kinds.CHANGED.name).exists()


def test_a_stale_change_is_refused_with_how_it_stands(school):
    thing = school.add()
    school.change(thing, position="二楼")
    with pytest.raises(services.Stale) as stale:
        services.change(
            school.cast.ctx("principal"), FIRE, thing.pk, POWDER | {"position": "三楼"}, version=1
        )
    assert stale.value.thing.position == "二楼"
    assert Entry.objects.filter(kind=kinds.CHANGED.name).count() == 1


def test_what_has_ended_stays_and_changes_no_more(school):
    thing, ctx = school.add(), school.cast.ctx("officer")
    services.end(ctx, FIRE, thing.pk, "scrapped", on=TODAY - timedelta(days=2), note="压力不足")
    services.end(ctx, FIRE, thing.pk, "lost")
    thing.refresh_from_db()
    assert (thing.state, thing.end_reason) == (ENDED, "scrapped")
    assert Entry.objects.filter(kind=kinds.ENDED.name).count() == 1
    with pytest.raises(Refused):
        school.change(thing, position="二楼")
    with pytest.raises(Refused):
        services.end(ctx, FIRE, school.add().pk, "掉了")
    with pytest.raises(Refused):
        services.end(ctx, FIRE, school.add().pk, "lost", on=TODAY + timedelta(days=1))
    assert drifts() == []


def test_history_says_who_changed_what_from_what_to_what(school):
    thing = school.add(place=school.gate, remark="旧")
    school.change(thing, serviced_on="2026-11-01", remark="新")
    services.end(school.cast.ctx("officer"), FIRE, thing.pk, "scrapped", note="压力不足")
    added, changed, ended = selectors.history(FIRE, thing)
    assert added.who == "程全"
    assert ("地点", "", "校门") in [(s.label, s.before, s.after) for s in added.steps]
    steps = {(s.label, s.before, s.after) for s in changed.steps}
    assert ("应维修日期", "2029-05-10", "2028-11-01") in steps
    assert ("备注", "旧", "新") in steps
    assert [s.after for s in ended.steps] == ["报废", str(TODAY), "压力不足"]


def test_a_row_changed_behind_the_ledgers_back_is_found(school):
    thing = school.add()
    FireEquipment.objects.filter(pk=thing.pk).update(made_on=date(2026, 1, 1))
    assert any("XF-0001" in one for one in drifts())
    FireEquipment.objects.filter(pk=thing.pk).delete()
    assert any("there is no row" in one for one in drifts())


def test_one_notice_per_body_and_day_tells_of_all_that_ends(school):
    for made in ("2021-11-30", "2021-12-23", "2021-11-23"):  # in 7, 30 and 0 days
        school.add(made_on=made)
    school.add(made_on="2021-12-01")  # in 8: no step today
    assert expiry.tell(Ctx.system()) == 1
    notice = Notice.objects.get()
    assert notice.user_id == school.cast.officer.pk
    assert "3 件" in notice.title
    assert expiry.tell(Ctx.system()) == 0
    with clock.travel(morning(TODAY + timedelta(days=1))):
        expiry.tell(Ctx.system())
    assert Notice.objects.count() == 2


def test_each_post_is_told_of_the_registers_it_keeps(school, monkeypatch):
    school.add(made_on="2021-11-30")
    other = replace(SPECIAL, tell=("principal",))
    monkeypatch.setattr(expiry, "all_specs", lambda: [FIRE, other])
    monkeypatch.setattr(
        expiry, "_ending", lambda spec, *_days: [(school.cast.primary_east.pk, spec.label)]
    )
    assert expiry.tell(Ctx.system()) == 2
    told = {notice.user_id: notice.body for notice in Notice.objects.all()}
    assert told == {school.cast.officer.pk: FIRE.label, school.cast.principal.pk: SPECIAL.label}


def test_a_day_on_which_nobody_looked_is_made_up_for(school):
    school.add(made_on="2021-12-25")
    expiry.tell(Ctx.system())
    with clock.travel(morning(TODAY + timedelta(days=3))):
        expiry.tell(Ctx.system())
    assert Notice.objects.count() == 1


def test_special_equipment_needs_its_next_inspection(school):
    east = school.cast.primary_east.pk
    with pytest.raises(WrongFields) as wrong:
        services.add(school.cast.ctx("officer"), SPECIAL, east, {"kind": "lift"})
    assert set(wrong.value.faults) == {"inspect_by"}


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Threads have connections of their own."""

    def at_once(self, count, deed):
        def there(i):
            with clock.travel(morning()):
                return deed(i)

        return together(count, there)

    def test_eight_people_get_eight_numbers(self, school):
        made = self.at_once(8, lambda _i: school.add())
        assert sorted(one.code for one in made) == [f"XF-{n:04d}" for n in range(1, 9)]

    def test_of_six_changes_of_one_version_one_is_written(self, school):
        thing = school.add()

        def change(i):
            typed = POWDER | {"position": f"{i} 楼"}
            return services.change(school.cast.ctx("officer"), FIRE, thing.pk, typed, version=1)

        made = self.at_once(6, change)
        assert sum(isinstance(one, FireEquipment) for one in made) == 1
        assert sum(isinstance(one, services.Stale) for one in made) == 5
        assert Entry.objects.filter(kind=kinds.CHANGED.name).count() == 1
        assert drifts() == []

    def test_eight_retries_of_one_form_make_one_thing(self, school):
        client = uuid4()
        ctx, east = school.cast.ctx("officer"), school.cast.primary_east.pk
        made = self.at_once(8, lambda _i: services.add(ctx, FIRE, east, POWDER, client_id=client))
        assert len({one.pk for one in made}) == 1
        assert FireEquipment.objects.count() == 1
