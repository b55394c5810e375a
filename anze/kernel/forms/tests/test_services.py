"""One submission is one entry, however often it arrives; corrections are entries too."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection

from anze.kernel.bus import clock
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.files import services as files
from anze.kernel.files.models import State as FileState
from anze.kernel.files.tests import corpus
from anze.kernel.forms import definitions, receipts, selectors, services
from anze.kernel.forms.models import State, Submission
from anze.kernel.forms.tests import testpack
from anze.kernel.ledger import kinds, sequencer
from anze.kernel.ledger import selectors as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.services import private_part
from anze.kernel.packs import services as packs
from anze.kernel.people.access import ctx_for
from anze.lib.ids import uuid7

DRILL = {
    "drill_type": "fire",
    "expected": 1000,
    "participants": 935,
    "duration_seconds": 90,
    "evaluated": True,
    "lessons": "三楼拐角拥挤\n需要疏导",
}
DRILLS = "trial/drill"


@pytest.fixture
def ctx(cast, trial):
    return ctx_for(cast.officer)


def drill(ctx, cast, client_id=None, happened="2026-11-20", **changes):
    answers = {**DRILL, **changes}
    campus = cast.primary_east.pk
    client_id = client_id or uuid7()
    return services.submit(ctx, DRILLS, campus, client_id, answers, happened=happened)


def drills() -> int:
    return Entry.objects.filter(kind="drill.held").count()


def photo(ctx, unit, data: bytes | None = None):
    return files.receive(ctx, unit, io.BytesIO(data or corpus.photo_with_gps()))[0]


class TestSubmitting:
    def test_what_was_answered_becomes_one_entry_with_computed_facts(self, ctx, cast):
        done = drill(ctx, cast)
        entry = selectors.entry_of(done)
        assert entry.kind == "drill.held"
        assert entry.data["participants_permille"] == 935
        assert entry.actor_id == cast.officer.pk
        assert clock.day_of(entry.happened) == date(2026, 11, 20)

    def test_free_words_go_to_the_private_side_only(self, ctx, cast):
        entry = selectors.entry_of(drill(ctx, cast))
        assert "拥挤" not in entry.facts
        assert private_part(entry)["answers"]["lessons"] == DRILL["lessons"]

    def test_the_same_client_id_twice_makes_one_entry(self, ctx, cast):
        client_id = uuid7()
        first, again = drill(ctx, cast, client_id), drill(ctx, cast, client_id)
        assert (first.pk, first.entry_uid) == (again.pk, again.entry_uid)
        assert drills() == 1

    def test_the_same_answers_written_otherwise_are_the_same(self, ctx, cast):
        client_id = uuid7()
        drill(ctx, cast, client_id)
        drill(ctx, cast, client_id, expected="１，０００".replace("，", ","), evaluated="true")
        assert drills() == 1

    def test_a_retry_minutes_later_is_still_the_same(self, ctx, cast):
        client_id = uuid7()
        today = ctx.today.isoformat()
        drill(ctx, cast, client_id, happened=today)
        later = replace(ctx, now=ctx.now + timedelta(minutes=4))
        drill(later, cast, client_id, happened=today)
        assert drills() == 1

    @pytest.mark.parametrize("change", [{"participants": 900}, {"lessons": "没有"}])
    def test_the_same_client_id_with_other_content_is_a_conflict(self, ctx, cast, change):
        client_id = uuid7()
        drill(ctx, cast, client_id)
        with pytest.raises(Conflict):
            drill(ctx, cast, client_id, **change)
        assert drills() == 1

    def test_another_persons_client_id_is_a_conflict_that_shows_nothing(self, ctx, cast):
        client_id = uuid7()
        drill(ctx, cast, client_id)
        with pytest.raises(Conflict):
            drill(ctx_for(cast.principal), cast, client_id)

    def test_a_pack_replaced_between_two_tries_changes_nothing(self, ctx, cast, tmp_path):
        client_id = uuid7()
        first = drill(ctx, cast, client_id)
        forms = testpack.FORMS.replace("应急演练", "演练登记")
        newer = testpack.load(tmp_path / "packs", {"forms/all.yaml": forms}, "2026.2")
        packs.activate(ctx.system(), newer, cast.district.pk, date(2026, 1, 1))
        assert drill(ctx, cast, client_id).pk == first.pk

    def test_wrong_answers_are_all_named_and_nothing_is_recorded(self, ctx, cast):
        with pytest.raises(services.Unanswered) as refusal:
            drill(ctx, cast, participants="很多", evaluated=None)
        assert set(refusal.value.faults) == {"participants", "evaluated"}
        assert refusal.value.as_dict()["fields"] == refusal.value.faults
        assert drills() == 0

    def test_the_future_cannot_be_recorded(self, ctx, cast):
        with pytest.raises(services.Unanswered, match="不能晚于今天"):
            drill(ctx, cast, happened=(ctx.today + timedelta(days=1)).isoformat())

    def test_a_campus_form_is_not_filled_for_the_whole_school(self, ctx, cast):
        with pytest.raises(Refused, match="不是这一级"):
            services.submit(ctx, DRILLS, cast.primary.pk, uuid7(), DRILL)

    def test_outside_the_scope_there_is_no_unit(self, ctx, cast):
        with pytest.raises(NotFound):
            services.submit(ctx, DRILLS, cast.junior_campus.pk, uuid7(), DRILL)

    def test_who_may_only_look_may_not_record(self, cast, trial):
        with pytest.raises(Denied):
            services.submit(ctx_for(cast.leader), DRILLS, cast.primary_east.pk, uuid7(), DRILL)

    def test_a_form_not_in_force_is_not_there(self, ctx, cast):
        with pytest.raises(NotFound):
            services.submit(ctx, "trial/none", cast.primary_east.pk, uuid7(), {})

    def test_an_own_kind_of_the_pack_is_known_to_the_ledger(self, ctx, cast):
        answers = {"count": 3, "topics": ["b", "a"], "who": "张三", "fine": False}
        done = services.submit(ctx, "trial/everything", cast.primary.pk, uuid7(), answers)
        entry = selectors.entry_of(done)
        assert entry.data == {"count": 3, "edition": "first", "fine": False, "topics": ["a", "b"]}
        assert kinds.label("trial.everything") == "什么都问"
        assert "张三" not in entry.facts

    def test_a_form_about_a_thing_records_which(self, ctx, cast):
        done = services.submit(
            ctx, "trial/bus", cast.primary.pk, uuid7(), {"passed": True}, subject="vehicle:D12345"
        )
        assert selectors.entry_of(done).subject == "vehicle:D12345"


class TestFiles:
    def test_files_are_proofs_by_the_bytes_as_received(self, ctx, cast):
        row = photo(ctx, cast.primary_east.pk)
        done = drill(ctx, cast, photos=[str(row.id)])
        assert selectors.entry_of(done).proof_list == [row.sha256]
        row.refresh_from_db()
        assert row.state == FileState.USED
        assert selectors.attachments(done) == {"photos": [row]}

    def test_a_file_of_another_unit_is_refused_and_nothing_recorded(self, ctx, cast):
        row = photo(ctx_for(cast.junior_head), cast.junior_campus.pk)
        with pytest.raises(Refused, match="找不到"):
            drill(ctx, cast, photos=[row.id])
        assert drills() == 0
        assert not Submission.objects.exists()


class TestCorrecting:
    def test_a_correction_supersedes_and_keeps_the_hour(self, ctx, cast):
        done = drill(ctx, cast)
        before = selectors.entry_of(done)
        services.correct(ctx, done, {**DRILL, "participants": 950})
        after = selectors.entry_of(done)
        assert after.target == before.uid
        assert after.data["participants_permille"] == 950
        assert (after.happened, done.corrections) == (before.happened, 1)
        sequencer.advance()
        assert [e.uid for e in ledger.live(kind="drill.held")] == [after.uid]

    def test_words_taken_back_do_not_come_along(self, ctx, cast):
        done = drill(ctx, cast)
        services.correct(ctx, done, {k: v for k, v in DRILL.items() if k != "lessons"})
        assert "lessons" not in selectors.answers_of(done)

    def test_two_corrections_of_the_same_state_are_a_conflict(self, ctx, cast):
        done = drill(ctx, cast)
        seen = done.entry_uid
        services.correct(ctx, done, {**DRILL, "participants": 950}, expected=seen)
        with pytest.raises(Conflict):
            services.correct(ctx, done, {**DRILL, "participants": 940}, expected=seen)

    def test_the_same_correction_sent_twice_is_one(self, ctx, cast):
        done, client_id = drill(ctx, cast), uuid7()
        seen = done.entry_uid
        answers = {**DRILL, "participants": 950}
        for _ in range(2):
            services.correct(ctx, done, answers, expected=seen, client_id=client_id)
        assert drills() == 2
        assert done.corrections == 1

    def test_ones_own_may_be_corrected_others_only_by_who_answers_for_all(self, cast, trial):
        done = drill(ctx_for(cast.teacher), cast)
        assert services.may_change(ctx_for(cast.teacher), done)
        assert services.may_change(ctx_for(cast.officer), done)
        assert not services.may_change(ctx_for(cast.guard), done)
        with pytest.raises(Denied):
            services.withdraw(ctx_for(cast.guard), done, "mistake")

    def test_a_correction_may_change_the_photos(self, ctx, cast):
        unit = cast.primary_east.pk
        first, second = photo(ctx, unit), photo(ctx, unit, corpus.picture())
        done = drill(ctx, cast, photos=[first.id])
        services.correct(ctx, done, {**DRILL, "photos": [second.id]})
        assert selectors.entry_of(done).proof_list == [second.sha256]
        assert selectors.attachments(done) == {"photos": [second]}


class TestWithdrawing:
    def test_a_withdrawn_submission_no_longer_counts(self, ctx, cast):
        done = drill(ctx, cast)
        services.withdraw(ctx, done, "not_held")
        sequencer.advance()
        assert done.state == State.WITHDRAWN
        assert not ledger.live(kind="drill.held").exists()
        assert selectors.answers_of(done)["participants"] == 935

    def test_it_cannot_be_withdrawn_or_corrected_again(self, ctx, cast):
        done = drill(ctx, cast)
        services.withdraw(ctx, done, "mistake")
        with pytest.raises(Conflict):
            services.withdraw(ctx, done, "mistake")
        with pytest.raises(Conflict):
            services.correct(ctx, done, DRILL)

    def test_a_reason_that_is_not_on_the_list_is_refused(self, ctx, cast):
        with pytest.raises(Refused):
            services.withdraw(ctx, drill(ctx, cast), "因为")


class TestLastTime:
    def start(self, ctx, cast, trial, ref="drill", **more):
        return selectors.last_answers(ctx, trial[ref], cast.primary_east.pk, **more)

    def test_only_fields_that_say_so_start_from_last_time(self, ctx, cast, trial):
        drill(ctx, cast, happened="2026-11-01", expected=800, participants=700)
        drill(ctx, cast, happened="2026-10-01", expected=600, participants=500)
        assert self.start(ctx, cast, trial) == {"drill_type": "fire", "expected": 800}

    def test_what_was_withdrawn_is_not_last_time(self, ctx, cast, trial):
        services.withdraw(ctx, drill(ctx, cast), "mistake")
        assert self.start(ctx, cast, trial) == {}

    def test_a_check_list_is_filled_in_only_on_request_and_without_old_promises(
        self, ctx, cast, trial
    ):
        items = {"exits": {"answer": "no", "note": "堵", "by": "2026-11-25"}, "fire_kit": "yes"}
        services.submit(
            ctx, "trial/weekly", cast.primary_east.pk, uuid7(), {"items": {**items, "food": "na"}}
        )
        assert self.start(ctx, cast, trial, "weekly") == {}
        same = self.start(ctx, cast, trial, "weekly", whole=True)["items"]
        assert {code: check.answer for code, check in same.items()} == {
            "exits": "no",
            "fire_kit": "yes",
            "food": "na",
        }
        assert (same["exits"].note, same["exits"].by) == ("堵", None)

    def test_an_item_new_in_this_version_is_not_taken_for_a_yes(self, ctx, cast, trial, tmp_path):
        items = dict.fromkeys(("exits", "fire_kit", "food"), "yes")
        services.submit(ctx, "trial/weekly", cast.primary_east.pk, uuid7(), {"items": items})
        more = "        - {code: bus, text: 校车正常, basis: [LAW1]}\n- ref: everything"
        forms = testpack.FORMS.replace("- ref: everything", more.lstrip("\n"))
        newer = testpack.load(tmp_path / "packs", {"forms/all.yaml": forms}, "2026.2")
        packs.activate(ctx.system(), newer, cast.district.pk, date(2026, 1, 1))
        definition = definitions.find("trial/weekly", cast.primary_east.pk, ctx.today)
        assert len(definition.form.fields[0].items) == 4
        same = selectors.last_answers(ctx, definition, cast.primary_east.pk, whole=True)
        assert set(same["items"]) == {"exits", "fire_kit", "food"}


def test_forms_a_duty_asks_for_stand_apart_from_the_others(ctx, cast):
    groups = selectors.body(ctx, cast.primary_east).groups
    assert {title: [one.ref for one in forms] for title, forms in groups.items()} == {
        "每月": ["trial/drill"],
        "其他": ["trial/weekly"],
    }


def test_forms_are_found_by_their_words(ctx, cast):
    found = selectors.body(ctx, cast.primary_east, text="自查").groups
    assert [one.ref for one in found["其他"]] == ["trial/weekly"]
    assert len(found) == 1


def test_only_places_one_records_for_are_offered(ctx, cast):
    offered = [unit.pk for unit in selectors.recorded_for(ctx)]
    assert set(offered) == {cast.primary.pk, cast.primary_east.pk, cast.primary_west.pk}
    assert offered[-1] == cast.primary.pk


def test_a_receipt_section_that_fails_does_not_hide_the_others(ctx, cast):
    done = drill(ctx, cast)

    def broken(*_all):
        raise RuntimeError("no")

    receipts.add_section("a", broken)
    receipts.add_section("b", lambda *_all: receipts.Section("完成了", [receipts.Line("每月演练")]))
    try:
        told = receipts.receipt_sections(ctx, done, selectors.entry_of(done))
    finally:
        receipts.remove_section("a")
        receipts.remove_section("b")
    assert "完成了" in {section.title for section in told}


def test_the_schema_of_a_form_says_what_the_api_takes(trial):
    schema = selectors.form_schema(trial["drill"])
    assert schema["required"] == [
        "drill_type", "expected", "participants", "duration_seconds", "evaluated",
    ]  # fmt: skip
    assert schema["properties"]["drill_type"]["enum"] == ["fire", "evacuation"]
    assert schema["additionalProperties"] is False


@pytest.mark.django_db(transaction=True)
def test_the_same_submission_from_four_threads_is_one_entry(cast, trial):
    client_id, officer = uuid7(), cast.officer

    def send(_number: int):
        try:
            return drill(ctx_for(officer), cast, client_id).entry_uid
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(4)))) == 1
    assert drills() == 1
    assert Submission.objects.count() == 1
