"""Quiet hours, days off and the morning's digest."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from anze.kernel.bus.clock import LOCAL
from anze.kernel.work.quiet import Quiet, release
from anze.kernel.work.topics import Topic
from anze.lib.terms import Calendar, Override

ALARM = Topic("test.alarm", "报警", "alarm")
NORMAL = Topic("test.normal", "普通", "normal")
CALM = Topic("test.calm", "平常", "calm")
WORKDAYS = Calendar().is_workday


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026: the 20th is a Friday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("topic", "told", "goes", "bundled"),
    [
        (NORMAL, at(20, 10), at(20, 10), False),
        (NORMAL, at(19, 21, 30), at(20, 7), True),
        (NORMAL, at(20, 6, 59), at(20, 7), True),
        (NORMAL, at(20, 7), at(20, 7), False),
        (NORMAL, at(20, 23), at(23, 7), True),  # over the weekend
        (NORMAL, at(21, 12), at(23, 7), True),
        (CALM, at(20, 7), at(20, 7, 30), True),
        (CALM, at(20, 9), at(23, 7, 30), True),
        (ALARM, at(21, 3), at(21, 3), False),  # a Saturday, three in the morning
    ],
)
def test_a_notice_goes_out_when_it_may(topic, told, goes, bundled):
    found = release(topic, told, Quiet(), WORKDAYS)
    assert (found.at, found.bundled) == (goes, bundled)


def test_a_make_up_saturday_is_a_working_day():
    calendar = Calendar(overrides={date(2026, 11, 21): Override(True, "x", "调休上班")})
    assert release(NORMAL, at(21, 10), Quiet(), calendar.is_workday).at == at(21, 10)


def test_who_wants_a_digest_gets_all_but_alarms_with_it():
    wish = Quiet(digest=True)
    assert release(NORMAL, at(20, 10), wish, WORKDAYS).at == at(23, 7, 30)
    assert release(ALARM, at(20, 10), wish, WORKDAYS).at == at(20, 10)


def test_equal_times_mean_no_quiet_hours_but_days_off_stay():
    never = Quiet(time(0), time(0))
    assert release(NORMAL, at(19, 23), never, WORKDAYS).at == at(19, 23)
    assert release(NORMAL, at(21, 12), never, WORKDAYS).at == at(23, 7)


def test_quiet_hours_within_one_day():
    noon = Quiet(time(12), time(14))
    assert release(NORMAL, at(20, 13), noon, WORKDAYS).at == at(20, 14)
    assert release(NORMAL, at(20, 23), noon, WORKDAYS).at == at(20, 23)


def test_a_run_of_days_off_without_end_still_ends():
    assert release(NORMAL, at(20, 10), Quiet(), lambda _day: False).at > at(20, 10)
