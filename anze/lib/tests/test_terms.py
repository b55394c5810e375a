"""Working days follow the notices, an entered day wins, and school is in session inside terms."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anze.lib.terms import Calendar, Override, Term, days

SPRING = Term("2025-2026-2", date(2026, 2, 24), date(2026, 6, 30))
AUTUMN = Term("2026-2027-1", date(2026, 9, 1), date(2027, 1, 29))
CALENDAR = Calendar(terms=[AUTUMN, SPRING])
any_day = st.dates(date(2005, 1, 1), date(2035, 12, 31))

# Facts of the State Council's notices for 2024 to 2026: days off that would be workdays, and
# weekend days worked instead.
WORKED = [
    "2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12",
    "2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11",
    "2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10",
]
OFF = [
    ("2024-02-10", "2024-02-17"),
    ("2024-10-01", "2024-10-07"),
    ("2025-01-28", "2025-02-04"),
    ("2025-10-01", "2025-10-08"),
    ("2026-01-01", "2026-01-03"),
    ("2026-02-15", "2026-02-23"),
    ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"),
    ("2026-06-19", "2026-06-21"),
    ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
]


@pytest.mark.parametrize("year", WORKED)
def test_weekend_days_of_the_notices_are_worked(year):
    for day in map(date.fromisoformat, year.split()):
        assert day.weekday() >= 5
        assert CALENDAR.is_workday(day)


@pytest.mark.parametrize(("first", "last"), OFF)
def test_a_holiday_is_the_whole_run_of_days_in_the_notice(first, last):
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    assert all(CALENDAR.is_holiday(day) for day in days(start, end))
    assert not CALENDAR.is_holiday(start - timedelta(days=1))
    assert not CALENDAR.is_holiday(end + timedelta(days=1))


def test_an_ordinary_weekend_is_no_holiday():
    assert not CALENDAR.is_workday(date(2026, 11, 21))
    assert not CALENDAR.is_holiday(date(2026, 11, 21))


def test_holidays_have_chinese_names():
    assert CALENDAR.holiday_name(date(2026, 10, 1)) == "国庆节"
    assert CALENDAR.holiday_name(date(2026, 11, 23)) == ""


def test_a_year_without_a_notice_is_answered_by_the_standing_law_and_flagged():
    assert CALENDAR.certain(2026)
    assert not CALENDAR.certain(2031)
    assert not CALENDAR.is_workday(date(2031, 10, 1))
    assert not any(
        CALENDAR.is_workday(d)
        for d in days(date(2031, 1, 1), date(2031, 12, 31))
        if d.weekday() > 4
    )


def test_an_announced_year_is_certain():
    assert Calendar(announced=frozenset({2031})).certain(2031)


def test_an_entered_day_wins_over_the_statutory_calendar():
    calendar = Calendar(
        {
            date(2026, 11, 23): Override(False, "台风停课通知", "停课"),
            date(2026, 11, 22): Override(True, "补课通知"),
            date(2026, 10, 1): Override(True, "值守"),
        },
        [AUTUMN],
    )
    assert not calendar.is_workday(date(2026, 11, 23))
    assert calendar.is_holiday(date(2026, 11, 23))
    assert not calendar.in_session(date(2026, 11, 23))
    assert calendar.holiday_name(date(2026, 11, 23)) == "停课"
    assert calendar.is_session_workday(date(2026, 11, 22))
    assert calendar.is_workday(date(2026, 10, 1))
    assert calendar.holiday_name(date(2026, 10, 1)) == ""


def test_a_calendar_does_not_change_when_its_table_does():
    table = {date(2026, 11, 23): Override(False, "通知")}
    calendar = Calendar(table)
    table.clear()
    assert not calendar.is_workday(date(2026, 11, 23))


def test_a_whole_vacation_entered_as_days_off_is_answered():
    table = {day: Override(False, "暑假") for day in days(date(2000, 1, 1), date(2010, 1, 1))}
    assert Calendar(table).is_holiday(date(2005, 1, 1))


def test_working_days_are_counted_over_holidays_without_the_first_day():
    assert CALENDAR.add_workdays(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert CALENDAR.add_workdays(date(2026, 9, 30), 3) == date(2026, 10, 10)  # a Saturday, worked
    assert CALENDAR.add_workdays(date(2026, 10, 8), -1) == date(2026, 9, 30)
    assert CALENDAR.add_workdays(date(2026, 10, 3), 0) == date(2026, 10, 3)


def test_next_and_last_workday_stay_on_a_working_day():
    assert CALENDAR.next_workday(date(2026, 10, 8)) == date(2026, 10, 8)
    assert CALENDAR.next_workday(date(2026, 10, 2)) == date(2026, 10, 8)
    assert CALENDAR.last_workday(date(2026, 10, 2)) == date(2026, 9, 30)


@given(any_day, st.integers(1, 60))
def test_counting_forward_and_back_again_returns_to_the_last_workday(day, count):
    later = CALENDAR.add_workdays(day, count)
    assert CALENDAR.is_workday(later)
    assert len(list(CALENDAR.workdays(day + timedelta(days=1), later))) == count
    start = CALENDAR.last_workday(day)
    assert CALENDAR.add_workdays(later, -count) == start


@given(any_day)
def test_a_day_is_worked_or_off_and_a_holiday_is_always_off(day):
    if CALENDAR.is_holiday(day):
        assert not CALENDAR.is_workday(day)
    if CALENDAR.is_session_workday(day):
        assert CALENDAR.in_session(day)
        assert CALENDAR.term_of(day) is not None


def test_school_is_in_session_inside_terms_and_outside_holidays():
    assert CALENDAR.in_session(date(2026, 9, 1))
    assert CALENDAR.in_session(date(2026, 9, 5))  # a Saturday of the term
    assert not CALENDAR.in_session(date(2026, 10, 4))  # the Sunday inside the National Day holiday
    assert not CALENDAR.in_session(date(2026, 8, 31))
    assert CALENDAR.term_of(date(2026, 8, 31)) is None
    assert CALENDAR.term_of(date(2026, 6, 30)) is SPRING


def test_teaching_weeks_are_numbered_from_the_first_and_skip_a_week_of_holidays():
    weeks = CALENDAR.session_weeks(AUTUMN)
    assert (weeks[0].number, weeks[0].start, weeks[0].end) == (1, AUTUMN.start, date(2026, 9, 6))
    assert weeks[-1].end == AUTUMN.end
    in_october = Term("short", date(2026, 9, 28), date(2026, 10, 11))
    with_gap = Calendar(
        {d: Override(False, "x") for d in days(date(2026, 10, 8), date(2026, 10, 10))}
    )
    assert [week.number for week in with_gap.session_weeks(in_october)] == [1]


def test_session_workdays_lie_in_terms_only():
    found = list(CALENDAR.session_workdays(date(2026, 6, 26), date(2026, 9, 2)))
    assert found == [
        date(2026, 6, 26),
        date(2026, 6, 29),
        date(2026, 6, 30),
        date(2026, 9, 1),
        date(2026, 9, 2),
    ]


@pytest.mark.parametrize(
    "terms",
    [
        [SPRING, Term("x", date(2026, 6, 30), date(2026, 7, 1))],
        [SPRING, Term(SPRING.ref, date(2027, 2, 1), date(2027, 3, 1))],
    ],
)
def test_terms_that_overlap_or_share_a_reference_are_refused(terms):
    with pytest.raises(ValueError):
        Calendar(terms=terms)


@pytest.mark.parametrize(("ref", "end"), [("", date(2026, 7, 1)), ("x", date(2026, 1, 1))])
def test_a_term_needs_a_reference_and_a_length(ref, end):
    with pytest.raises(ValueError, match="reference"):
        Term(ref, date(2026, 2, 1), end)
