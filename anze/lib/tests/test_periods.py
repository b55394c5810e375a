"""Periods tile the axis, and a due day can be kept."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anze.lib import periods
from anze.lib.periods import EVERY, Period, PeriodError, due_day, in_session, period_of
from anze.lib.terms import Calendar, Override, Term, days

TERMS = [
    Term("2025-2026-1", date(2025, 9, 1), date(2026, 1, 30)),
    Term("2025-2026-2", date(2026, 2, 24), date(2026, 6, 30)),
    Term("2026-2027-1", date(2026, 9, 1), date(2027, 1, 29)),
]
CALENDAR = Calendar(terms=TERMS)
ONE = timedelta(days=1)

rhythms = st.sampled_from(EVERY)
any_day = st.dates(date(2020, 1, 1), date(2032, 12, 31))
rules = st.one_of(
    st.fixed_dictionaries({"day": st.sampled_from(["last", "last-workday", "first-workday"])}),
    st.fixed_dictionaries({"within_days": st.integers(0, 400)}),
    st.fixed_dictionaries({"within_workdays": st.integers(0, 100)}),
)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Calendars with up to five terms anywhere and a few days entered by hand."""
    edges = draw(st.lists(st.dates(date(2022, 1, 1), date(2030, 1, 1)), max_size=10, unique=True))
    edges.sort()
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    table = draw(st.dictionaries(any_day, st.builds(Override, st.booleans(), st.just("x"))))
    return Calendar(table, [Term(f"t{n}", a, b) for n, (a, b) in enumerate(pairs)])


@given(rhythms, any_day, calendars())
def test_a_day_lies_in_its_period_and_every_day_of_it_gives_the_same(every, day, calendar):
    period = period_of(every, day, calendar)
    assert day in period
    assert period.every == every
    for other in (period.start, period.end, period.start + (period.end - period.start) // 2):
        assert period_of(every, other, calendar) == period


@given(rhythms, any_day, calendars())
def test_neighbouring_periods_touch_without_gap_or_overlap(every, day, calendar):
    period = period_of(every, day, calendar)
    if period.end < date.max:
        after = period_of(every, period.end + ONE, calendar)
        assert after.start == period.end + ONE
        assert after.key != period.key
    if period.start > date.min:
        assert period_of(every, period.start - ONE, calendar).end == period.start - ONE


@pytest.mark.parametrize("every", EVERY)
def test_five_years_are_tiled_day_by_day_with_unique_keys(every):
    seen: dict[str, Period] = {}
    for day in days(date(2024, 1, 1), date(2028, 12, 31)):
        period = period_of(every, day, CALENDAR)
        assert day in period
        assert seen.setdefault(period.key, period) == period
    tiles = sorted(seen.values(), key=lambda period: period.start)
    assert all(a.end + ONE == b.start for a, b in zip(tiles, tiles[1:], strict=False))


@given(rhythms, any_day, st.integers(0, 900), calendars())
@settings(max_examples=60)
def test_periods_between_two_days_are_those_that_share_a_day_with_them(
    every, first, length, calendar
):
    last = first + timedelta(days=length)
    listed = list(periods.periods_between(every, first, last, calendar))
    assert listed[0] == period_of(every, first, calendar)
    assert listed[-1] == period_of(every, last, calendar)
    assert all(a.end + ONE == b.start for a, b in zip(listed, listed[1:], strict=False))


def test_no_period_lies_between_a_day_and_the_day_before():
    assert not list(periods.periods_between("day", date(2026, 1, 2), date(2026, 1, 1), CALENDAR))


@pytest.mark.parametrize(
    ("every", "day", "key", "start", "end"),
    [
        ("day", "2026-11-23", "2026-11-23", "2026-11-23", "2026-11-23"),
        ("week", "2027-01-01", "2026-W53", "2026-12-28", "2027-01-03"),
        ("week", "2024-12-30", "2025-W01", "2024-12-30", "2025-01-05"),
        ("month", "2028-02-10", "2028-02", "2028-02-01", "2028-02-29"),
        ("month", "2026-12-10", "2026-12", "2026-12-01", "2026-12-31"),
        ("quarter", "2026-11-23", "2026-Q4", "2026-10-01", "2026-12-31"),
        ("quarter", "2026-03-31", "2026-Q1", "2026-01-01", "2026-03-31"),
        ("year", "2026-06-01", "2026", "2026-01-01", "2026-12-31"),
        ("term", "2026-10-01", "2026-2027-1", "2026-09-01", "2027-01-29"),
        ("term", "2026-07-15", "after:2025-2026-2", "2026-07-01", "2026-08-31"),
        ("term", "2024-07-15", "before:2025-2026-1", "0001-01-01", "2025-08-31"),
        ("term", "2028-07-15", "after:2026-2027-1", "2027-01-30", "9999-12-31"),
        ("once", "2026-11-23", "once", "0001-01-01", "9999-12-31"),
    ],
)
def test_periods_have_stable_keys(every, day, key, start, end):
    period = period_of(every, date.fromisoformat(day), CALENDAR)
    assert period == Period(key, date.fromisoformat(start), date.fromisoformat(end), every)


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_have_periods_too(every, day):
    assert day in period_of(every, day, CALENDAR)
    assert list(periods.periods_between(every, day, day, CALENDAR))


def test_without_terms_all_time_is_one_period_outside_them():
    period = period_of("term", date(2026, 1, 1), Calendar())
    assert (period.start, period.end) == (date.min, date.max)
    assert not in_session(period, Calendar())


def test_an_unknown_rhythm_is_refused():
    with pytest.raises(PeriodError, match="fortnight"):
        period_of("fortnight", date(2026, 1, 1), CALENDAR)


@pytest.mark.parametrize(
    ("every", "day", "expected"),
    [
        ("month", date(2026, 7, 15), False),
        ("month", date(2026, 8, 15), False),
        ("month", date(2026, 9, 15), True),
        ("month", date(2026, 2, 15), True),  # 24 to 28 February: the 28th is a worked Saturday
        ("week", date(2026, 10, 6), True),  # 8 to 10 October are worked
        ("week", date(2026, 8, 31), True),
        ("week", date(2026, 8, 24), False),
        ("day", date(2026, 10, 5), False),
        ("day", date(2026, 10, 10), True),
        ("day", date(2026, 10, 11), False),
        ("term", date(2026, 10, 10), True),
        ("term", date(2026, 7, 10), False),
        ("quarter", date(2026, 7, 10), True),
        ("year", date(2026, 7, 10), True),
        ("year", date(2024, 7, 10), False),
        ("once", date(2024, 7, 10), True),
    ],
)
def test_a_session_bound_period_counts_only_with_enough_school_days(every, day, expected):
    assert in_session(period_of(every, day, CALENDAR), CALENDAR) is expected


def test_the_threshold_is_met_exactly_and_can_be_set():
    february = period_of("month", date(2026, 2, 1), CALENDAR)
    assert in_session(february, CALENDAR, 5)
    assert not in_session(february, CALENDAR, 6)


def test_an_event_counts_whenever_it_happens():
    event = periods.event_period("hazard-7", date(2026, 7, 20))
    assert in_session(event, CALENDAR)
    assert due_day(event, {"within_workdays": 3}, CALENDAR) == date(2026, 7, 23)


NOVEMBER = period_of("month", date(2026, 11, 1), CALENDAR)
HOLIDAY = period_of("day", date(2026, 10, 4), CALENDAR)


@pytest.mark.parametrize(
    ("period", "rule", "due"),
    [
        (NOVEMBER, {"day": "last"}, date(2026, 11, 30)),
        (NOVEMBER, {"day": "first-workday"}, date(2026, 11, 2)),
        (NOVEMBER, {"day": 15}, date(2026, 11, 15)),
        (NOVEMBER, {"day": 31}, date(2026, 11, 30)),
        (
            period_of("month", date(2026, 10, 1), CALENDAR),
            {"day": "last-workday"},
            date(2026, 10, 30),
        ),
        (
            period_of("month", date(2026, 10, 1), CALENDAR),
            {"day": "first-workday"},
            date(2026, 10, 8),
        ),
        (period_of("week", date(2026, 11, 25), CALENDAR), {"day": 5}, date(2026, 11, 27)),
        (HOLIDAY, {"day": "last-workday"}, date(2026, 10, 8)),
        (HOLIDAY, {"day": "first-workday"}, date(2026, 10, 8)),
        (NOVEMBER, {"within_days": 40}, date(2026, 12, 11)),
        (NOVEMBER, {"within_workdays": 1}, date(2026, 11, 2)),
        (NOVEMBER, {"within_days": 0}, date(2026, 11, 1)),
    ],
)
def test_due_days_follow_their_rule(period, rule, due):
    assert due_day(period, rule, CALENDAR) == due


def test_a_session_bound_duty_is_due_before_school_closes():
    first, last = date(2026, 9, 3), date(2027, 1, 20)
    calendar = Calendar(terms=[Term("t", first, last)])
    january = period_of("month", date(2027, 1, 1), calendar)
    assert due_day(january, {"day": "last-workday"}, calendar) == date(2027, 1, 29)
    assert due_day(january, {"day": "last-workday"}, calendar, session=True) == last
    september = period_of("month", date(2026, 9, 1), calendar)
    assert due_day(september, {"day": "first-workday"}, calendar, session=True) == first


@given(rhythms, any_day, rules, calendars(), st.booleans())
def test_a_due_day_never_lies_before_the_period(every, day, rule, calendar, session):
    if every == "once" and "day" in rule:
        return
    period = period_of(every, day, calendar)
    due = due_day(period, rule, calendar, session=session)
    assert due >= period.start
    if "day" in rule and any(calendar.session_workdays(period.start, period.end)):
        assert due in period
    if rule.get("day") in ("last-workday", "first-workday"):
        assert calendar.is_workday(due)


def test_grace_days_follow_the_due_day():
    assert periods.last_grace_day(date(2026, 11, 30), {"day": "last", "grace_days": 3}) == date(
        2026, 12, 3
    )
    assert periods.last_grace_day(date(2026, 11, 30), {"day": "last"}) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("rule", "every", "says"),
    [
        ([], "month", "键值"),
        ({}, "month", "恰取其一"),
        ({"day": "last", "within_days": 1}, "month", "恰取其一"),
        ({"day": "friday"}, "week", "last-workday"),
        ({"day": 8}, "week", "1 至 7"),
        ({"day": 0}, "month", "1 至 31"),
        ({"day": True}, "month", "1 至 31"),
        ({"day": 1.0}, "month", "1 至 31"),
        ({"day": "last"}, "once", "within_days"),
        ({"day": "last"}, "event", "within_days"),
        ({"within_days": -1}, "month", "0 至 3660"),
        ({"within_workdays": "3"}, "month", "0 至 3660"),
        ({"day": "last", "grace_days": None}, "month", "grace_days"),
        ({"day": "last", "grace": 1}, "month", "不认识"),
    ],
)
def test_a_wrong_due_rule_is_named(rule, every, says):
    problems = periods.check_due(rule, every)
    assert any(says in problem for problem in problems)
    if isinstance(rule, dict):
        period = Period("x", date(2026, 11, 1), date(2026, 11, 30), every)
        with pytest.raises(PeriodError):
            due_day(period, rule, CALENDAR)


@pytest.mark.parametrize("every", ["day", "week", "month", "quarter", "term", "year"])
def test_the_rules_of_the_plan_are_accepted(every):
    assert periods.check_due({"day": "last-workday", "grace_days": 3}, every) == []
    assert periods.check_due({"within_workdays": 5}, every) == []
