"""Occurrences open, are met, fall late and are missed as days and entries pass."""

from __future__ import annotations

from datetime import date

import pytest

from anze.engines.duties import advance, replay, selectors, services
from anze.engines.duties.engine import Engine
from anze.engines.duties.models import Cursor, Occurrence, StateChange, Trouble
from anze.engines.duties.tests.trial import make_pack, requirement
from anze.kernel.bus.errors import Conflict, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.selectors import live as ledger_live
from anze.kernel.packs import services as packs
from anze.kernel.units import services as units

SEPTEMBER = date(2026, 9, 1)


def drift(trial) -> list:
    n = trial.settle()
    return list(replay.drift(replay.replay(n), n))


def test_activation_opens_the_running_period_of_every_campus(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    states = Occurrence.objects.values_list("unit_id", "period", "state")
    assert set(states) == {(campus, "2026-09", "owed") for campus in trial.campuses}


def test_an_entry_meets_the_duty_of_its_campus_and_of_no_other(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    trial.walk(trial.campuses[0], date(2026, 9, 3))
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "met"
    assert trial.state("WALK", trial.campuses[1], "2026-09") == "owed"


def test_an_entry_of_a_campus_counts_for_the_unit_over_it(trial):
    trial.adopt(requirement("UNIT-WALK", level="unit", form=None), since=SEPTEMBER)
    trial.walk(trial.campuses[1], date(2026, 9, 3))
    assert trial.state("UNIT-WALK", trial.schools[1], "2026-09") == "met"
    assert trial.state("UNIT-WALK", trial.schools[0], "2026-09") == "owed"


def test_what_is_not_met_is_missed_after_its_days_of_grace(trial):
    trial.adopt(requirement("WALK", due={"day": "last", "grace_days": 3}), since=SEPTEMBER)
    trial.days(date(2026, 9, 2), date(2026, 10, 3))
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "owed"
    trial.day(date(2026, 10, 4))
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "missed"


def test_recorded_after_the_deadline_is_late_whenever_it_happened(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    trial.days(date(2026, 9, 2), date(2026, 10, 2))
    trial.walk(trial.campuses[0], date(2026, 9, 10), recorded=date(2026, 10, 2))
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "met_late"


def test_a_retracted_entry_no_longer_counts(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    entry = trial.walk(trial.campuses[0], date(2026, 9, 3))
    ledger.retract(trial.ctx(date(2026, 9, 4)), entry, "mistake")
    trial.settle()
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "owed"


def test_a_correction_that_moves_the_day_moves_what_it_meets(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    trial.days(date(2026, 9, 2), date(2026, 10, 2))
    entry = trial.walk(trial.campuses[0], date(2026, 10, 2))
    assert trial.state("WALK", trial.campuses[0], "2026-10") == "met"
    ledger.supersede(
        trial.ctx(date(2026, 10, 2), 11), entry, facts={"rounds": 1, "ok": True},
        happened=trial.ctx(date(2026, 9, 30)).now,
    )  # fmt: skip
    trial.settle()
    assert trial.state("WALK", trial.campuses[0], "2026-10") == "owed"
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "met_late"


def test_no_red_schools_in_the_holidays(trial):
    trial.adopt(
        requirement("WEEKLY", every="week", **{"in": "session"}, due={"day": 5}),
        since=date(2026, 8, 31),
    )
    trial.days(date(2026, 9, 1), date(2026, 10, 12))
    weeks = set(Occurrence.objects.values_list("period", flat=True))
    assert "2026-W39" in weeks
    assert "2026-W41" not in weeks or not any(
        trial_day.month == 10 and trial_day.day < 8
        for trial_day in Occurrence.objects.filter(period="2026-W41").values_list("due", flat=True)
    )


def test_what_is_asked_each_term_is_not_asked_between_terms(trial):
    trial.adopt(requirement("TERMLY", every="term"), since=date(2026, 8, 1))
    assert not Occurrence.objects.exists()
    trial.days(date(2026, 8, 31), SEPTEMBER)
    periods = Occurrence.objects.values_list("period", flat=True).distinct()
    assert list(periods) == ["2026-autumn"]


def test_nobody_is_late_before_the_duty_began_to_bind(trial):
    pack = make_pack(trial.root, "2026.1", [requirement("EARLY", due={"day": 5})])
    packs.activate(trial.ctx(date(2026, 9, 20)), pack, trial.district, SEPTEMBER)
    trial.settle()
    occ = Occurrence.objects.get(unit_id=trial.campuses[0])
    assert (occ.state, occ.due) == ("owed", date(2026, 9, 24))
    trial.day(date(2026, 9, 25))
    assert trial.state("EARLY", trial.campuses[0], "2026-09") == "missed"


def test_the_version_in_force_at_the_start_of_a_period_judges_it(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    trial.adopt(
        requirement("WALK", met_by={"entry": "trial.walk", "at_least": 2}),
        version="2026.2", since=date(2026, 10, 1),
    )  # fmt: skip
    trial.days(date(2026, 9, 30), date(2026, 10, 1))
    trial.walk(trial.campuses[0], date(2026, 9, 20), recorded=date(2026, 10, 1))
    trial.walk(trial.campuses[0], date(2026, 10, 1))
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "met_late"
    october = Occurrence.objects.get(unit_id=trial.campuses[0], period="2026-10")
    assert (october.state, october.count, october.needed) == ("owed", 1, 2)


def test_a_unit_registered_later_begins_with_the_next_period(trial):
    trial.adopt(
        requirement("WALK"), requirement("ONCE", every="once", due={"within_days": 10}),
        since=SEPTEMBER,
    )  # fmt: skip
    late = units.register_unit(
        trial.ctx(date(2026, 9, 15)), level="unit", kind="primary", name="丙小学",
        parent_id=trial.district, main_campus=True, opened=date(2026, 9, 15),
    )  # fmt: skip
    trial.day(date(2026, 9, 15))
    campus = late.edges_down.get().child_id
    periods = Occurrence.objects.filter(unit_id=campus).values_list("period", flat=True)
    assert list(periods) == ["once"]
    trial.day(date(2026, 10, 1))
    assert trial.state("WALK", campus, "2026-10") == "owed"


def test_a_closed_unit_owes_nothing_more(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    campus = trial.campuses[0]
    units.close(trial.ctx(date(2026, 9, 10)), campus, on=date(2026, 9, 10))
    trial.day(date(2026, 9, 11))
    assert trial.state("WALK", campus, "2026-09") == "lapsed"
    trial.day(date(2026, 10, 1))
    assert trial.state("WALK", campus, "2026-10") == ""


def test_what_must_hold_is_owed_again_when_it_no_longer_does(trial):
    trial.adopt(
        requirement(
            "FRESH", every="term",
            met_by={"fact": "entry.latest", "with": {"kind": "trial.walk"}, "fresh_days": 20},
        ),
        since=SEPTEMBER,
    )  # fmt: skip
    trial.walk(trial.campuses[0], date(2026, 9, 3))
    assert trial.state("FRESH", trial.campuses[0], "2026-autumn") == "met"
    trial.days(date(2026, 9, 23), date(2026, 9, 24))
    assert trial.state("FRESH", trial.campuses[0], "2026-autumn") == "owed"


def test_what_held_before_the_day_was_recorded_still_holds(trial):
    latest = {"fact": "entry.latest", "with": {"kind": "trial.walk"}}
    pack = make_pack(trial.root, "2026.1", [requirement("HOLDS", met_by=latest)])
    early = trial.ctx(SEPTEMBER, 0, 2)
    facts = {"rounds": 1, "ok": True}
    packs.activate(early, pack, trial.district, SEPTEMBER)
    ledger.record(early, "trial.walk", unit_id=trial.campuses[0], facts=facts)
    trial.settle()
    trial.day(SEPTEMBER)
    occ = Occurrence.objects.get(unit_id=trial.campuses[0])
    assert list(occ.changes.order_by("n").values_list("state", flat=True)) == ["owed", "met"]
    assert drift(trial) == []


def test_an_event_opens_a_duty_with_a_deadline_counted_from_it(trial):
    trial.adopt(
        requirement(
            "FOLLOW", every="event", on="trial.walk", on_where={"ok": False},
            due={"within_days": 2}, met_by={"entry": "trial.walk", "where": {"ok": True}},
        ),
        since=SEPTEMBER,
    )  # fmt: skip
    trial.walk(trial.campuses[0], date(2026, 9, 3), ok=False)
    [occ] = Occurrence.objects.all()
    assert (occ.state, occ.due) == ("owed", date(2026, 9, 5))
    trial.walk(trial.campuses[0], date(2026, 9, 4), ok=True)
    occ.refresh_from_db()
    assert occ.state == "met"


def test_a_waiver_before_the_deadline_takes_one_person_and_can_be_lifted(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    occ = Occurrence.objects.get(unit_id=trial.campuses[0])
    waiver = services.propose_waiver(trial.ctx(date(2026, 9, 5)), occ.pk, "rebuilding", "校舍重建")
    trial.settle()
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "waived"
    services.lift_waiver(trial.ctx(date(2026, 9, 6)), waiver.uid)
    trial.settle()
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "owed"


def test_asking_twice_for_a_waiver_makes_one(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    occ = Occurrence.objects.get(unit_id=trial.campuses[0])
    ctx = trial.ctx(date(2026, 9, 5))
    first = services.propose_waiver(ctx, occ.pk, "rebuilding", "校舍重建")
    assert services.propose_waiver(ctx, occ.pk, "rebuilding", "校舍重建").uid == first.uid
    with pytest.raises(Conflict):
        services.propose_waiver(ctx, occ.pk, "other", "另有原因")
    with pytest.raises(Refused, match="原因"):
        services.propose_waiver(ctx, occ.pk, "because", "就是不想做")


def test_a_waiver_after_the_deadline_takes_two_people(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    trial.days(date(2026, 9, 30), date(2026, 10, 1))
    occ = Occurrence.objects.get(unit_id=trial.campuses[0], period="2026-09")
    ctx = trial.ctx(date(2026, 10, 2))
    proposal = services.propose_waiver(ctx, occ.pk, "rebuilding", "校舍重建")
    trial.settle()
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "missed"
    with pytest.raises(Refused, match="两个人"):
        services.confirm_waiver(ctx, proposal.uid, "同意")


def test_what_is_already_met_cannot_be_waived(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    trial.walk(trial.campuses[0], date(2026, 9, 3))
    occ = Occurrence.objects.get(unit_id=trial.campuses[0])
    with pytest.raises(Conflict, match="已完成"):
        services.propose_waiver(trial.ctx(date(2026, 9, 5)), occ.pk, "rebuilding", "校舍重建")


def test_after_a_merge_and_a_split_duties_follow_the_units_and_replay_agrees(trial):
    by_unit = requirement("UNIT-WALK", level="unit", form=None)
    trial.adopt(requirement("WALK"), by_unit, since=SEPTEMBER)
    primary, junior = trial.schools
    trial.days(date(2026, 9, 9), date(2026, 9, 10))
    units.merge(trial.ctx(date(2026, 9, 10)), [primary], into=junior, on=date(2026, 9, 10))
    trial.settle()
    assert trial.state("UNIT-WALK", primary, "2026-09") == "lapsed"
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "owed"
    part = units.Part("丙小学", (trial.campuses[0],))
    (made,) = units.split(
        trial.ctx(date(2026, 9, 20)), junior, [part], on=date(2026, 9, 20), keep=True
    )
    trial.days(date(2026, 9, 20), date(2026, 10, 1))
    assert trial.state("UNIT-WALK", made.pk, "2026-10") == "owed"
    assert trial.state("UNIT-WALK", primary, "2026-10") == ""
    trial.walk(trial.campuses[0], date(2026, 10, 2))
    assert trial.state("UNIT-WALK", made.pk, "2026-10") == "met"
    assert trial.state("UNIT-WALK", junior, "2026-10") == "owed"
    assert drift(trial) == []


def test_what_closes_later_owes_until_its_day_and_its_campuses_go_on(trial):
    by_unit = requirement("UNIT-WALK", level="unit", form=None)
    trial.adopt(requirement("WALK"), by_unit, since=SEPTEMBER)
    primary, junior = trial.schools
    trial.day(date(2026, 9, 9))
    units.merge(trial.ctx(date(2026, 9, 9)), [primary], into=junior, on=date(2026, 9, 20))
    trial.settle()
    for day in (date(2026, 9, 10), date(2026, 9, 19)):
        trial.days(day, day)
        assert trial.state("UNIT-WALK", primary, "2026-09") == "owed"
    trial.day(date(2026, 9, 20))
    assert trial.state("UNIT-WALK", primary, "2026-09") == "lapsed"
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "owed"
    assert drift(trial) == []


def test_ending_a_pack_withdraws_what_begins_later_and_leaves_what_runs(trial):
    trial.adopt(requirement("WALK"), requirement("TERM", every="term"), since=SEPTEMBER)
    trial.days(date(2026, 9, 30), date(2026, 10, 9))
    packs.end(trial.ctx(date(2026, 10, 9)), "trial", trial.district, date(2026, 10, 1))
    trial.settle()
    campus = trial.campuses[0]
    assert trial.state("WALK", campus, "2026-09") == "missed"
    assert trial.state("WALK", campus, "2026-10") == "withdrawn"
    assert trial.state("TERM", campus, "2026-autumn") == "owed"
    trial.days(date(2026, 10, 31), date(2026, 11, 2))
    assert trial.state("WALK", campus, "2026-11") == ""
    assert drift(trial) == []


def test_a_failing_rule_never_refuses_the_fact(trial, monkeypatch):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)

    def broken(*_args):
        raise ZeroDivisionError("rule")

    with monkeypatch.context() as patch:
        patch.setattr("anze.engines.duties.rules.judge", broken)
        entry = trial.walk(trial.campuses[0], date(2026, 9, 3))
    assert Trouble.objects.filter(n=entry.leaf.n).exists()
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "owed"
    assert services.retry_troubles() == 1
    assert trial.state("WALK", trial.campuses[0], "2026-09") == "met"


def test_a_replay_leaves_out_what_living_could_not_apply(trial, monkeypatch):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    apply = Engine.apply

    def stumbles(engine, news, bodies):
        apply(engine, news, bodies)
        if news.fact.kind == "trial.walk" and news.fact.day == date(2026, 9, 3):
            raise ZeroDivisionError("half done")
        if news.fact.facts.get("day") == "2026-10-01" and any(
            body.id == trial.campuses[0] for body in bodies
        ):
            raise ZeroDivisionError("one slice of a day")

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "apply", stumbles)
        patch.setattr(advance, "SLICE", 2)
        patch.setattr(replay, "SLICE", 2)
        trial.walk(trial.campuses[0], date(2026, 9, 3))
        trial.walk(trial.campuses[1], date(2026, 9, 4))
        assert trial.state("WALK", trial.campuses[0], "2026-09") == "owed"
        assert trial.state("WALK", trial.campuses[1], "2026-09") == "met"
        assert drift(trial) == []
        trial.days(date(2026, 9, 30), date(2026, 10, 2))
        assert trial.state("WALK", trial.campuses[0], "2026-10") == ""
        assert trial.state("WALK", trial.campuses[1], "2026-10") == "owed"
        assert Trouble.objects.count() == 2
        assert drift(trial) == []


def test_as_of_is_as_known_then(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    before = trial.settle()
    trial.walk(trial.campuses[0], date(2026, 9, 3))
    occ = Occurrence.objects.get(unit_id=trial.campuses[0])
    states = StateChange.objects.filter(occurrence=occ, n__lte=before).values_list(
        "state", flat=True
    )
    assert list(states) == ["owed"]
    assert selectors.why(trial.ctx(date(2026, 9, 4)), occ, n=before).verdict.count == 0
    assert selectors.why(trial.ctx(date(2026, 9, 4)), occ).verdict.count == 1


def test_replay_gives_the_living_result(trial):
    trial.adopt(
        requirement("WALK", due={"day": "last-workday", "grace_days": 2}),
        requirement(
            "UNIT-WALK", level="unit", form=None,
            met_by={"entry": "trial.walk", "at_least": 3},
        ),
        requirement(
            "FRESH", every="term",
            met_by={"fact": "entry.latest", "with": {"kind": "trial.walk"}, "fresh_days": 20},
        ),
        requirement("WEEKLY", every="week", due={"day": 5}, **{"in": "session"}),
        since=SEPTEMBER,
    )  # fmt: skip
    for day in range(2, 31):
        trial.day(date(2026, 9, day))
        entry = trial.walk(trial.campuses[day % 3], date(2026, 9, max(1, day - day % 4)))
        if day % 5 == 0:
            ledger.retract(trial.ctx(date(2026, 9, day), 12), entry, "mistake")
    trial.days(date(2026, 10, 1), date(2026, 10, 12))
    assert Occurrence.objects.filter(state="missed").exists()
    assert drift(trial) == []


def test_drift_is_found_and_rebuild_mends_it(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    trial.walk(trial.campuses[0], date(2026, 9, 3))
    Occurrence.objects.filter(unit_id=trial.campuses[1]).update(state="met")
    [found] = drift(trial)
    assert found.key[1] == trial.campuses[1]
    replay.rebuild(Cursor.objects.get().n)
    assert drift(trial) == []


def test_days_between_founding_and_the_first_sweep_have_passed_too(trial):
    """The server may first start days after ``anze found``."""
    trial.adopt(requirement("DAILY", every="day"), since=SEPTEMBER)
    trial.day(date(2026, 9, 4))
    days = [one.data["day"] for one in ledger_live(kind="duties.day").order_by("n")]
    assert days == ["2026-09-01", "2026-09-02", "2026-09-03", "2026-09-04"]
    assert trial.state("DAILY", trial.campuses[0], "2026-09-03") == "missed"
    assert trial.state("DAILY", trial.campuses[0], "2026-09-04") == "owed"


def test_a_district_no_pack_binds_has_no_days_to_catch_up_with(trial):
    trial.day(date(2026, 9, 4))
    assert [one.data["day"] for one in ledger_live(kind="duties.day")] == ["2026-09-04"]


def test_after_days_caught_up_in_one_breath_the_next_day_is_the_next(trial):
    trial.adopt(requirement("WALK"), since=SEPTEMBER)
    for day in (1, 8, 9, 9, 12):
        trial.day(date(2026, 9, day))
    days = [one.data["day"] for one in ledger_live(kind="duties.day").order_by("n")]
    assert days == [f"2026-09-{day:02}" for day in range(1, 13)]


class TestBroughtInLater:
    """Captured without network, received later: the pack says how much later is still in time."""

    def september(self, trial):
        trial.adopt(requirement("FIELD", capture_hours=72), since=date(2026, 9, 1))
        trial.days(date(2026, 9, 1), date(2026, 10, 1))
        assert trial.state("FIELD", trial.campuses[0], "2026-09") == "missed"

    def state_after(self, trial, *when, **more):
        self.september(trial)
        trial.brought(trial.campuses[0], *when, **more)
        return trial.state("FIELD", trial.campuses[0], "2026-09")

    def test_what_was_missed_is_met_by_a_capture_of_before_the_deadline(self, trial):
        assert self.state_after(trial, date(2026, 9, 30), date(2026, 10, 2)) == "met"

    def test_but_late_when_it_arrives_beyond_the_hours(self, trial):
        assert self.state_after(trial, date(2026, 9, 30), date(2026, 10, 4)) == "met_late"

    def test_and_late_when_it_did_not_come_out_of_a_packet(self, trial):
        when = (date(2026, 9, 30), date(2026, 10, 2))
        assert self.state_after(trial, *when, via="api") == "met_late"

    def test_a_correction_of_it_counts_when_it_was_made(self, trial):
        self.september(trial)
        entry = trial.brought(trial.campuses[0], date(2026, 9, 30), date(2026, 10, 2))
        ledger.supersede(trial.ctx(date(2026, 10, 3)), entry, facts={"rounds": 2, "ok": True})
        trial.settle()
        assert trial.state("FIELD", trial.campuses[0], "2026-09") == "met_late"
