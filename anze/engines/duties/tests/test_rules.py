"""The pure rule: counts, where, distinct, punctuality by recorded, any and all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from anze.engines.duties.rules import Fact, Held, Span, judge
from anze.kernel.packs.schema import Requirement

DEADLINE = datetime(2026, 9, 30, 16, tzinfo=UTC)
SPAN = Span(date(2026, 9, 1), date(2026, 9, 30), DEADLINE)


def met_by(rule: dict):
    """Parse a ``met_by`` through the schema of a requirement."""
    return Requirement.model_validate(
        {
            "ref": "X", "title": "x", "basis": ["S"], "why": "x", "reader": "x", "level": "campus",
            "who": "safety_officer", "every": "month", "due": {"day": "last"}, "met_by": rule,
        }
    ).met_by  # fmt: skip


def fact(n: int, day: int = 10, recorded: datetime | None = None, **facts) -> Fact:
    at = recorded or datetime(2026, 9, day, 8, tzinfo=UTC)
    return Fact(n, UUID(int=n), "drill.held", date(2026, 9, day), at, facts)


def nothing(_condition) -> Held:
    return Held(False, text="不成立")


def test_one_entry_inside_the_period_meets_it():
    verdict = judge(met_by({"entry": "drill.held"}), [fact(1)], nothing, SPAN)
    assert verdict.state(DEADLINE, DEADLINE) == "met"
    assert verdict.made_by == (UUID(int=1),)


def test_an_entry_that_happened_in_another_month_does_not_count():
    outside = Fact(1, UUID(int=1), "drill.held", date(2026, 8, 31), DEADLINE, {})
    verdict = judge(met_by({"entry": "drill.held"}), [outside], nothing, SPAN)
    assert verdict.count == 0
    assert verdict.missing == ("还差 1 次（已计 0，应有 1）",)


def test_it_is_owed_until_the_deadline_and_missed_from_it_on():
    verdict = judge(met_by({"entry": "drill.held"}), [], nothing, SPAN)
    assert verdict.state(DEADLINE, DEADLINE - timedelta(seconds=1)) == "owed"
    assert verdict.state(DEADLINE, DEADLINE) == "missed"


def test_punctuality_goes_by_recorded_not_by_happened():
    late = fact(1, day=10, recorded=DEADLINE + timedelta(seconds=1))
    verdict = judge(met_by({"entry": "drill.held"}), [late], nothing, SPAN)
    assert verdict.state(DEADLINE, DEADLINE + timedelta(days=1)) == "met_late"


def test_where_decides_which_entries_count():
    rule = met_by({"entry": "drill.held", "where": {"participants_permille": {"at_least": 900}}})
    verdict = judge(
        rule,
        [fact(1, participants_permille=899), fact(2, participants_permille=900)],
        nothing,
        SPAN,
    )
    assert verdict.made_by == (UUID(int=2),)


def test_distinct_counts_values_not_entries():
    rule = met_by({"entry": "drill.held", "at_least": 2, "distinct": "drill_type"})
    same = [fact(1, drill_type="fire"), fact(2, drill_type="fire")]
    assert judge(rule, same, nothing, SPAN).count == 1
    assert judge(rule, [*same, fact(3, drill_type="bus")], nothing, SPAN).on is not None


def test_all_of_is_complete_when_the_last_part_is():
    rule = met_by(
        {"all_of": [{"entry": "drill.held"}, {"fact": "post.held", "with": {"post": "x"}}]}
    )
    since = DEADLINE + timedelta(hours=1)
    verdict = judge(rule, [fact(1)], lambda _: Held(True, since=since), SPAN)
    assert verdict.on == since
    assert judge(rule, [fact(1)], nothing, SPAN).missing == ("不成立",)


def test_any_of_takes_the_part_that_was_first():
    rule = met_by(
        {"any_of": [{"entry": "drill.held"}, {"fact": "post.held", "with": {"post": "x"}}]}
    )
    early = datetime(2026, 9, 1, tzinfo=UTC)
    assert judge(rule, [fact(1)], lambda _: Held(True, since=early), SPAN).on == early


entries = st.lists(
    st.builds(
        lambda n, day, minutes, ok: Fact(
            n, UUID(int=n), "drill.held", date(2026, 9, 1) + timedelta(days=day),
            DEADLINE + timedelta(minutes=minutes), {"ok": ok},
        ),
        st.integers(1, 10**6), st.integers(-20, 50), st.integers(-9000, 9000), st.booleans(),
    ),
    unique_by=lambda fact: fact.n,
)  # fmt: skip


@given(entries, st.integers(1, 4), st.randoms())
def test_the_order_in_which_entries_are_read_changes_nothing(facts, needed, random):
    rule = met_by({"entry": "drill.held", "at_least": needed, "where": {"ok": True}})
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert judge(rule, facts, nothing, SPAN) == judge(rule, shuffled, nothing, SPAN)


@given(entries, st.integers(1, 4))
def test_one_more_good_entry_never_makes_it_worse(facts, needed):
    rule = met_by({"entry": "drill.held", "at_least": needed, "where": {"ok": True}})
    before = judge(rule, facts, nothing, SPAN).state(DEADLINE, DEADLINE)
    more = [*facts, fact(2_000_000, ok=True)]
    after = judge(rule, more, nothing, SPAN).state(DEADLINE, DEADLINE)
    worth = {"missed": 0, "owed": 0, "met_late": 1, "met": 2}
    assert worth[after] >= worth[before]


def brought(captured: datetime, recorded: datetime, n: int = 1) -> Fact:
    return Fact(n, UUID(int=n), "drill.held", captured.date(), recorded, {}, "", captured)


GRANTED = Span(SPAN.start, SPAN.end, DEADLINE, 72)


def test_a_capture_received_within_the_granted_hours_counts_at_capture():
    one = brought(DEADLINE - timedelta(hours=1), DEADLINE + timedelta(hours=71))
    verdict = judge(met_by({"entry": "drill.held"}), [one], nothing, GRANTED)
    assert verdict.on == one.captured
    assert verdict.state(DEADLINE, DEADLINE + timedelta(days=9)) == "met"


def test_a_capture_received_a_second_beyond_them_counts_when_recorded():
    one = brought(DEADLINE - timedelta(hours=1), DEADLINE + timedelta(hours=71, seconds=1))
    verdict = judge(met_by({"entry": "drill.held"}), [one], nothing, GRANTED)
    assert verdict.on == one.recorded
    assert verdict.state(DEADLINE, DEADLINE + timedelta(days=9)) == "met_late"


def test_without_granted_hours_a_capture_counts_when_recorded():
    one = brought(DEADLINE - timedelta(hours=1), DEADLINE + timedelta(hours=1))
    verdict = judge(met_by({"entry": "drill.held"}), [one], nothing, SPAN)
    assert verdict.state(DEADLINE, DEADLINE + timedelta(days=9)) == "met_late"


def test_what_was_captured_first_and_arrived_last_completes_the_count_when_it_was_captured():
    early = brought(DEADLINE - timedelta(hours=9), DEADLINE + timedelta(hours=9), n=3)
    others = [fact(1, day=3), fact(2, recorded=DEADLINE - timedelta(hours=5))]
    rule = met_by({"entry": "drill.held", "at_least": 3})
    verdict = judge(rule, [*others, early], nothing, GRANTED)
    assert verdict.on == DEADLINE - timedelta(hours=5)
    assert verdict.made_by == (UUID(int=1), UUID(int=2), UUID(int=3))


minutes = st.integers(-60 * 24 * 20, 60 * 24 * 20).map(lambda n: timedelta(minutes=n))


@given(captured=minutes, delay=minutes, hours=st.none() | st.integers(1, 200))
def test_what_counts_is_never_before_capture_nor_after_record_nor_for_more_than_granted(
    captured, delay, hours
):
    one = brought(DEADLINE + captured, DEADLINE + captured + delay)
    told = one.told(hours)
    assert told in (one.captured, one.recorded)
    if told != one.recorded:
        assert hours is not None
        assert timedelta(0) <= one.recorded - told <= timedelta(hours=hours)
