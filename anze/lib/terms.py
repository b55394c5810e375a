"""The calendar rules read: working days with statutory holidays and 调休, and school terms.

Statutory holidays and make-up working days come from the ``holidays`` package, which carries the
State Council's yearly notices; an override table (entered with its source) wins over it. A year
whose notice is not known yet is answered by the standing law (全国年节及纪念日放假办法) and is not
``certain``: say 待国务院通知 beside such a date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

import holidays
from holidays.countries.china import ChinaStaticHolidays

ONE_DAY = timedelta(days=1)
_LONGEST_RUN = 30  # days looked at on either side for the holiday a day off belongs to
_ANNOUNCED = frozenset(ChinaStaticHolidays.special_public_holidays)


@dataclass(frozen=True)
class Override:
    """What an authority has said of one day: whether people work, where it is written, its name."""

    working: bool
    source: str
    name: str = ""


@dataclass(frozen=True)
class Term:
    """A school term: a stable reference and its first and last day, both included."""

    ref: str
    start: date
    end: date

    def __post_init__(self) -> None:
        if not self.ref or self.start > self.end:
            raise ValueError(
                f"term {self.ref!r} must have a reference and not end before it starts"
            )

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


@dataclass(frozen=True)
class SessionWeek:
    """A teaching week (教学周): its number in the term, and its days that lie in the term."""

    number: int
    start: date
    end: date


@dataclass(frozen=True, eq=False)
class Calendar:
    """Working days and terms of one district. Pure and immutable; days are ``datetime.date``.

    overrides: day -> Override. terms: in any order, must not overlap (ValueError). announced: years
    whose notice is completely entered in the overrides although the package does not know it yet.
    """

    overrides: Mapping[date, Override] = field(default_factory=dict)
    terms: Sequence[Term] = ()
    announced: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.terms, key=lambda term: term.start))
        for earlier, later in zip(ordered, ordered[1:], strict=False):
            if later.start <= earlier.end:
                raise ValueError(f"terms {earlier.ref!r} and {later.ref!r} overlap")
        if len({term.ref for term in ordered}) != len(ordered):
            raise ValueError("two terms have the same reference")
        object.__setattr__(self, "terms", ordered)
        object.__setattr__(self, "overrides", MappingProxyType(dict(self.overrides)))

    def certain(self, year: int) -> bool:
        """Tell whether the State Council's notice for this year is known."""
        return year in _ANNOUNCED or year in self.announced

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on this day, 调休 included."""
        override = self.overrides.get(day)
        if override is not None:
            return override.working
        names, made_up = _statutory(day.year)
        return day not in names and (day.weekday() < 5 or day in made_up)

    def is_holiday(self, day: date) -> bool:
        """Tell whether the day belongs to a holiday (放假) and is not merely a weekend.

        A holiday is the whole run of days off around a statutory or declared day off, as the
        notices count it: 10月1日至7日 with the weekend inside it.
        """
        if self.is_workday(day):
            return False
        return any(self._named(d) for d in self._run_of_days_off(day))

    def holiday_name(self, day: date) -> str:
        """Return the Chinese name of a statutory or declared day off, or an empty string."""
        override = self.overrides.get(day)
        if override is not None:
            return "" if override.working else override.name
        return _statutory(day.year)[0].get(day, "")

    def add_workdays(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day`` (before it if negative).

        The day itself is not counted, as 期间开始之日不计算在内; 0 gives the day itself.
        """
        step = ONE_DAY if count > 0 else -ONE_DAY
        remaining = abs(count)
        while remaining:
            day += step
            if self.is_workday(day):
                remaining -= 1
        return day

    def next_workday(self, day: date) -> date:
        """Return ``day`` if it is a working day, else the first one after it."""
        while not self.is_workday(day):
            day += ONE_DAY
        return day

    def last_workday(self, day: date) -> date:
        """Return ``day`` if it is a working day, else the last one before it."""
        while not self.is_workday(day):
            day -= ONE_DAY
        return day

    def workdays(self, start: date, end: date) -> Iterator[date]:
        """Yield the working days from ``start`` to ``end``, both included."""
        return (day for day in days(start, end) if self.is_workday(day))

    def term_of(self, day: date) -> Term | None:
        """Return the term in which the day lies, or None in vacation."""
        return next((term for term in self.terms if day in term), None)

    def in_session(self, day: date) -> bool:
        """Tell whether school is in session: inside a term and not in a holiday.

        Ordinary weekends of a term count: boarders are there.
        """
        return self.term_of(day) is not None and not self.is_holiday(day)

    def is_session_workday(self, day: date) -> bool:
        """Tell whether the day is a working day inside a term."""
        return self.is_workday(day) and self.term_of(day) is not None

    def session_workdays(self, start: date, end: date) -> Iterator[date]:
        """Yield the session workdays from ``start`` to ``end``, both included."""
        for term in self.terms:
            first, last = max(start, term.start), min(end, term.end)
            if first <= last:
                yield from self.workdays(first, last)

    def session_weeks(self, term: Term) -> list[SessionWeek]:
        """Return the teaching weeks of a term: calendar weeks from Monday with a session workday.

        Numbers count calendar weeks from the term's first, so a week of holidays leaves a gap.
        """
        weeks = []
        monday = term.start - timedelta(days=term.start.weekday())
        number = 1
        while monday <= term.end:
            first, last = max(monday, term.start), min(monday + 6 * ONE_DAY, term.end)
            if any(self.workdays(first, last)):
                weeks.append(SessionWeek(number, first, last))
            monday, number = monday + 7 * ONE_DAY, number + 1
        return weeks

    def _named(self, day: date) -> bool:
        override = self.overrides.get(day)
        return not override.working if override else day in _statutory(day.year)[0]

    def _run_of_days_off(self, day: date) -> Iterator[date]:
        yield day
        for step in (-ONE_DAY, ONE_DAY):
            other = day + step
            # Bounded: an override table that declares a whole vacation off must not be walked.
            for _ in range(_LONGEST_RUN):
                if self.is_workday(other):
                    break
                yield other
                other += step


def days(start: date, end: date) -> Iterator[date]:
    """Yield every day from ``start`` to ``end``, both included."""
    for ordinal in range(start.toordinal(), end.toordinal() + 1):
        yield date.fromordinal(ordinal)


@lru_cache(maxsize=256)
def _statutory(year: int) -> tuple[Mapping[date, str], frozenset[date]]:
    """Return the year's statutory days off with their names, and its make-up working days."""
    # Neighbouring years too: a notice may move a working day into the year before or after.
    china = holidays.country_holidays(
        "CN", years=range(year - 1, year + 2), expand=False, language="zh_CN"
    )
    names = {day: name for day, name in china.items() if day.year == year}
    made_up = frozenset(day for day in china.weekend_workdays if day.year == year)
    return MappingProxyType(names), made_up
