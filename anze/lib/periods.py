"""The rhythm of duties: periods that tile the time axis, and the day on which something is due.

Pure functions of their arguments. A period is known by ``(every, key)``; keys are stable:

    once     "once"         all of time: a duty without a rhythm
    day      "2026-11-23"
    week     "2026-W48"     ISO week, Monday to Sunday
    month    "2026-11"
    quarter  "2026-Q4"
    term     the term's ref, or "after:<ref>" / "before:<ref>" for the days between terms
    year     "2026"         calendar year

Between terms lies a period of its own, so that terms too tile the axis; it holds no session day and
so never counts for a duty bound to the session. The last vacation known ends at ``date.max`` until
the next term is entered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final

from anze.lib.terms import Calendar

EVERY: Final = ("once", "day", "week", "month", "quarter", "term", "year")

# How many session workdays a period must hold before a duty bound to the session is owed in it.
# A week or day counts with one. A longer period with less than a school week is a leftover of a
# vacation (the last days of August), in which a monthly duty would be done for show.
THRESHOLDS: Final[Mapping[str, int]] = {
    "once": 0,
    "day": 1,
    "week": 1,
    "month": 5,
    "quarter": 5,
    "term": 5,
    "year": 5,
}

DAYS: Final = ("last", "last-workday", "first-workday")


class PeriodError(ValueError):
    """A rhythm or a due rule is not one of those known."""


@dataclass(frozen=True)
class Period:
    """A span of days, both ends included, with its stable key and the rhythm it belongs to."""

    key: str
    start: date
    end: date
    every: str

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


def period_of(every: str, day: date, calendar: Calendar) -> Period:
    """Return the period of this rhythm in which the day lies; raise PeriodError if unknown."""
    match every:
        case "once":
            return Period("once", date.min, date.max, every)
        case "day":
            return Period(day.isoformat(), day, day, every)
        case "week":
            return _week(day)
        case "month":
            return _months(day.year, day.month, 1, f"{day.year:04}-{day.month:02}", every)
        case "quarter":
            quarter = (day.month - 1) // 3
            return _months(day.year, 3 * quarter + 1, 3, f"{day.year:04}-Q{quarter + 1}", every)
        case "term":
            return _term(day, calendar)
        case "year":
            return _months(day.year, 1, 12, f"{day.year:04}", every)
    raise PeriodError(f"unknown rhythm {every!r}: one of {', '.join(EVERY)}")


def event_period(key: str, start: date, end: date = date.max) -> Period:
    """Return the period opened by an event: it starts on the event's day and is due from there."""
    return Period(key, start, end, "event")


def periods_between(every: str, first: date, last: date, calendar: Calendar) -> Iterator[Period]:
    """Yield, in order, every period that shares at least one day with first..last."""
    day = first
    while day <= last:
        period = period_of(every, day, calendar)
        yield period
        if period.end == date.max:
            return
        day = period.end + timedelta(days=1)


def in_session(period: Period, calendar: Calendar, threshold: int | None = None) -> bool:
    """Tell whether a session-bound duty is owed in the period.

    It is if at least ``threshold`` session workdays lie in it (default: ``THRESHOLDS`` of its
    rhythm; an event counts whenever it happens).
    """
    needed = THRESHOLDS.get(period.every, 0) if threshold is None else threshold
    workdays = calendar.session_workdays(period.start, period.end)
    return sum(1 for _ in islice(workdays, needed)) >= needed


def check_due(rule: object, every: str) -> list[str]:
    """Return what is wrong with a due rule, in Chinese for the author of a pack; [] if nothing.

    A rule is one of ``{day: last | last-workday | first-workday | n}``, ``{within_days: n}`` and
    ``{within_workdays: n}``, optionally with ``grace_days: n``.
    """
    if not isinstance(rule, dict):
        return ["期限规则应为键值，如 {day: last-workday}"]
    kinds = [key for key in ("day", "within_days", "within_workdays") if key in rule]
    problems = [
        f"期限规则中不认识“{key}”，可用 day、within_days、within_workdays、grace_days"
        for key in rule
        if key not in ("day", "within_days", "within_workdays", "grace_days")
    ]
    if len(kinds) != 1:
        problems.append("期限规则须在 day、within_days、within_workdays 中恰取其一")
    for key in ("within_days", "within_workdays", "grace_days"):
        if key in rule and not _count(rule[key], 0, 3660):
            problems.append(f"{key} 应为 0 至 3660 的整数")
    if "day" in rule:
        problems += _check_day(rule["day"], every)
    return problems


def due_day(
    period: Period, rule: Mapping[str, object], calendar: Calendar, *, session: bool = False
) -> date:
    """Return the last day on which the duty of a period is punctual, without days of grace.

    day: ``last`` the period's last day; ``last-workday`` and ``first-workday`` its last and first
    working day, with ``session=True`` the last and first on which school is in session; an integer
    n its n-th day (its last day if it is shorter; for weeks 1 is Monday). If the period holds no
    such working day, the first working day after it. within_days / within_workdays: that many days
    after the period's first day, which is not counted; they may lead beyond the period's end.

    Never before the period's start. Raises PeriodError for a rule that ``check_due`` would refuse.
    """
    problems = check_due(dict(rule), period.every)
    if problems:
        raise PeriodError("；".join(problems))
    if "within_days" in rule:
        return _later(period.start, _int(rule["within_days"]))
    if "within_workdays" in rule:
        return calendar.add_workdays(period.start, _int(rule["within_workdays"]))
    day = rule["day"]
    if day == "last":
        return period.end
    if isinstance(day, int):
        return min(_later(period.start, day - 1), period.end)
    return _workday(period, day == "last-workday", calendar, session)


def last_grace_day(due: date, rule: Mapping[str, object]) -> date:
    """Return the day after which an unmet duty is missed: the due day plus ``grace_days``."""
    return _later(due, _int(rule.get("grace_days", 0)))


def _week(day: date) -> Period:
    year, week, weekday = day.isocalendar()
    # The first and last week of the calendar itself are cut off at date.min and date.max.
    start = date.fromordinal(max(day.toordinal() - weekday + 1, date.min.toordinal()))
    end = date.fromordinal(min(day.toordinal() - weekday + 7, date.max.toordinal()))
    return Period(f"{year:04}-W{week:02}", start, end, "week")


def _months(year: int, month: int, count: int, key: str, every: str) -> Period:
    start = date(year, month, 1)
    last = month + count - 1
    end = date(year, 12, 31) if last == 12 else date(year, last + 1, 1) - timedelta(days=1)
    return Period(key, start, end, every)


def _term(day: date, calendar: Calendar) -> Period:
    start, key = date.min, "none"
    for term in calendar.terms:
        if day < term.start:
            if key == "none":
                key = f"before:{term.ref}"
            return Period(key, start, term.start - timedelta(days=1), "term")
        if day <= term.end:
            return Period(term.ref, term.start, term.end, "term")
        start, key = _later(term.end, 1), f"after:{term.ref}"
    return Period(key, start, date.max, "term")


def _workday(period: Period, last: bool, calendar: Calendar, session: bool) -> date:
    spans = [(period.start, period.end)]
    if session:
        spans = [
            (max(period.start, term.start), min(period.end, term.end)) for term in calendar.terms
        ]
    for start, end in reversed(spans) if last else spans:
        if start <= end:
            day = calendar.last_workday(end) if last else calendar.next_workday(start)
            if start <= day <= end:
                return day
    return calendar.next_workday(_later(period.end, 1))


def _check_day(day: object, every: str) -> list[str]:
    if every in ("once", "event"):
        return ["一次性或事件触发的要求没有周期，期限请用 within_days 或 within_workdays"]
    limit = {"day": 1, "week": 7, "month": 31, "quarter": 92}.get(every, 366)
    if day in DAYS and isinstance(day, str):
        return []
    if not _count(day, 1, limit):
        return [f"day 应为 {'、'.join(DAYS)} 之一，或 1 至 {limit} 的整数"]
    return []


def _count(value: object, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _later(day: date, count: int) -> date:
    """Add days without running over the end of the calendar."""
    return date.fromordinal(min(day.toordinal() + count, date.max.toordinal()))
