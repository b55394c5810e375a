"""Recording, correcting and withdrawing one entry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.ledger import kinds, selectors, sequencer, services
from anze.kernel.ledger.models import Entry, EntryPrivate, Waiting
from anze.kernel.ledger.tests.support import DRILL, NOTICE, UNIT

pytestmark = pytest.mark.django_db


def test_an_entry_keeps_what_was_recorded_and_waits_for_its_number(ctx, drill):
    entry = drill(35, private={"leader": "王五\n副校长"}, subject="campus/1", numbered=False)
    stored = Entry.objects.get(uid=entry.uid)
    assert stored.data == {"participants": 35, "shape": "fire"}
    assert stored.recorded == stored.happened == ctx.now
    assert (stored.unit_id, stored.via, stored.subject) == (UNIT, "web", "campus/1")
    assert services.private_part(stored) == {"leader": "王五\n副校长"}
    assert Waiting.objects.filter(entry_id=entry.pk).exists()
    assert selectors.receipt(entry) is None


def test_recording_costs_one_insert_and_a_private_part_one_more(ctx, django_assert_num_queries):
    with django_assert_num_queries(1):
        services.record(ctx, DRILL.name, unit_id=UNIT, facts={"participants": 1})
    with django_assert_num_queries(2):
        services.record(
            ctx, DRILL.name, unit_id=UNIT, facts={"participants": 1}, private={"leader": "王"}
        )


def test_private_text_lies_sealed_in_the_database(drill):
    entry = drill(1, private={"leader": "欧阳修"})
    row = EntryPrivate.objects.get(entry=entry)
    stored = bytes(row.ciphertext) + bytes(row.wrapped_key) + entry.facts.encode()
    assert "欧阳修".encode() not in stored
    assert len(entry.commitment) == 64


def test_the_same_client_id_with_the_same_content_is_one_entry(drill):
    first = drill(1, client_id="phone/1", private={"leader": "王"})
    again = drill(1, client_id="phone/1", private={"leader": "王"})
    assert again.pk == first.pk
    assert Entry.objects.count() == 1


def test_a_retry_later_is_still_the_same_entry(drill):
    first = drill(1, client_id="phone/1")
    later = Ctx.system(now=first.recorded + timedelta(hours=1), via="web")
    assert drill(1, client_id="phone/1", ctx=later).pk == first.pk


@pytest.mark.parametrize(
    "change",
    [
        {"participants": 2},
        {"private": {"leader": "李"}},
        {"private": None},
        {"subject": "x"},
        {"proofs": ["0" * 64]},
        {"unit_id": UUID(int=8)},
        {"happened": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
)
def test_the_same_client_id_with_other_content_conflicts(drill, change):
    base = {"participants": 1, "client_id": "phone/1", "private": {"leader": "王"}}
    drill(**base)
    with pytest.raises(Conflict):
        drill(**{**base, **change})
    assert Entry.objects.count() == 1


def test_another_person_cannot_fetch_an_entry_by_guessing_its_client_id(ctx, drill):
    drill(1, client_id="phone/1")
    stranger = Ctx(actor_id=uuid4(), now=ctx.now, via="web", access=ctx.access)
    with pytest.raises(Conflict):
        drill(1, client_id="phone/1", ctx=stranger)


def test_a_client_id_counts_per_kind(drill):
    assert drill(1, client_id="a").pk != drill(1, client_id="a", kind=NOTICE.name).pk


def test_happened_may_run_five_minutes_ahead_but_not_more(ctx, drill):
    drill(1, happened=ctx.now + timedelta(minutes=5))
    with pytest.raises(Refused, match="晚于现在"):
        drill(1, happened=ctx.now + timedelta(minutes=5, seconds=1))


def test_a_naive_time_is_a_fault_in_the_program(drill):
    with pytest.raises(ValueError, match="aware"):
        drill(1, happened=datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"participants": "many"}, "participants"),
        ({}, "participants"),
        ({"participants": 1, "remark": "free text"}, "remark"),
        ({"participants": 1, "shape": "flood"}, "shape"),
    ],
)
def test_content_that_breaks_the_schema_is_refused_by_field(ctx, facts, field):
    with pytest.raises(Refused) as refusal:
        services.record(ctx, DRILL.name, unit_id=UNIT, facts=facts)
    assert refusal.value.field == field


@pytest.mark.parametrize("wrong", [{"subject": "张三家"}, {"client_id": "a b"}, {"proofs": ["AB"]}])
def test_prose_cannot_hide_in_subject_client_id_or_proofs(drill, wrong):
    with pytest.raises(Refused):
        drill(1, **wrong)


def test_an_integer_beyond_the_canonical_range_is_refused(drill):
    with pytest.raises(ValueError, match="2\\^53"):
        drill(2**53)


def test_an_unknown_kind_is_a_loud_error(ctx):
    with pytest.raises(kinds.UnknownKindError):
        services.record(ctx, "no.such", unit_id=None, facts={})


def test_a_correction_keeps_what_is_not_given(drill, ctx):
    proof = "ab" * 32
    first = drill(1, private={"leader": "王"}, subject="s", proofs=[proof],
                  happened=ctx.now - timedelta(days=3))  # fmt: skip
    second = services.supersede(ctx, first, facts={"participants": 2})
    assert second.happened == first.happened
    assert (second.subject, second.proof_list) == ("s", [proof])
    assert services.private_part(second) == {"leader": "王"}
    assert (second.op, second.target) == ("supersede", first.uid)


def test_a_retracted_entry_no_longer_counts(ctx, drill):
    entry = drill(1)
    assert selectors.live(unit_id=UNIT).count() == 1
    services.retract(ctx, entry, "mistake")
    sequencer.advance()
    assert selectors.live(unit_id=UNIT).count() == 0
    assert selectors.live(unit_id=UNIT, at_n=1).count() == 1


def test_only_a_live_entry_can_be_corrected(ctx, drill):
    first = drill(1)
    second = services.supersede(ctx, first, facts={"participants": 2})
    with pytest.raises(Conflict, match="已被更正"):
        services.supersede(ctx, first, facts={"participants": 3})
    gone = services.retract(ctx, second, "mistake")
    for dead in (second, gone):
        with pytest.raises(Conflict):
            services.retract(ctx, dead, "mistake")


def test_a_correction_stays_in_its_kind_and_unit(ctx, drill):
    entry = drill(1)
    for other in ({"unit_id": UUID(int=9)}, {"kind": NOTICE.name}):
        with pytest.raises(Refused, match="同类、同单位"):
            drill(2, supersedes=entry.uid, **other)
    with pytest.raises(NotFound):
        drill(2, supersedes=uuid4())


def test_a_repeated_correction_with_its_client_id_is_the_same_entry(ctx, drill):
    first = drill(1)
    a = services.supersede(ctx, first, facts={"participants": 2}, client_id="c")
    b = services.supersede(ctx, first, facts={"participants": 2}, client_id="c")
    assert a.pk == b.pk
    r1 = services.retract(ctx, a, "mistake", client_id="r")
    assert services.retract(ctx, a, "mistake", client_id="r").pk == r1.pk


def test_a_refused_record_takes_the_callers_decision_down_with_it(ctx, drill):
    @transaction.atomic
    def decide():
        drill(1, numbered=False)
        drill(2, facts={"shape": "flood"}, numbered=False)

    with pytest.raises(Refused):
        decide()
    assert Entry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_numbered_by_the_time_the_commit_returns(drill):
    with transaction.atomic():
        entry = drill(1, numbered=False)
        assert selectors.receipt(entry) is None
    assert selectors.receipt(entry).n == 1


@pytest.mark.django_db(transaction=True)
def test_a_broken_sequencer_never_breaks_the_caller(drill, monkeypatch):
    def broken():
        raise RuntimeError("no numbers today")

    with monkeypatch.context() as patch:
        patch.setattr(sequencer, "_batch", broken)
        entry = drill(1, numbered=False)
    assert selectors.receipt(entry) is None
    services.sweep()
    assert selectors.receipt(entry).n == 1


@pytest.mark.django_db(transaction=True)
def test_many_entries_of_one_transaction_are_sequenced_once(drill, monkeypatch):
    calls = []
    monkeypatch.setattr(sequencer, "advance", lambda: calls.append(1))
    with transaction.atomic():
        for i in range(5):
            with transaction.atomic():
                drill(i, numbered=False)
    assert calls == [1]


@pytest.mark.django_db(transaction=True)
def test_an_inner_rollback_does_not_lose_the_sequencing_of_the_rest(drill):
    @transaction.atomic
    def fail():
        drill(1, numbered=False)
        raise ZeroDivisionError

    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            fail()
        kept = drill(2, numbered=False)
    assert selectors.receipt(kept).n == 1
