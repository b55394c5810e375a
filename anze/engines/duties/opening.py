"""Which occurrences begin on which day, for whom: requirement × body × subject × period."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from anze.engines.duties import subjects
from anze.engines.duties.body import Body, Country
from anze.engines.duties.facts import Source
from anze.engines.duties.rulebook import Active
from anze.engines.duties.rules import Fact
from anze.kernel.bus import clock
from anze.kernel.packs.schema import Due, matches
from anze.lib import periods
from anze.lib.terms import Calendar

if TYPE_CHECKING:
    from anze.engines.duties.engine import Occ


def applies(active: Active, body: Body) -> bool:
    """Say whether a requirement binds a body: level, kind, ownership, section and unit facts."""
    spec, wanted = active.spec, active.spec.applies
    return (
        spec.level == body.level
        and active.scope in body.line
        and (not wanted.kinds or body.kind in wanted.kinds)
        and (not wanted.ownership or body.ownership in wanted.ownership)
        and (not wanted.sections or body.section in wanted.sections)
        and (not wanted.facts or matches(wanted.facts, body.facts))
    )


class Beginnings:
    """What begins on the days [first, last], both inclusive.

    Periods and due days are worked out once for all bodies of a district, not for each of them.
    """

    def __init__(
        self,
        actives: tuple[Active, ...],
        country: Country,
        source: Source,
        first: date,
        last: date,
    ) -> None:
        self.actives, self.country, self.source = actives, country, source
        self.first, self.last = first, last
        self._starting: dict[tuple[int, str], list[periods.Period]] = {}
        self._sessions: dict[tuple[int, str, str], bool] = {}
        self._dues: dict[tuple[int, int, str], tuple[date, datetime]] = {}

    def of(self, body: Body) -> Iterator[Occ]:
        """Yield what begins for a body."""
        if body.status != "open":
            return
        calendar = self.country.calendar_of(body)
        for every, actives in binding(self.actives, body, self.country).items():
            starting = () if every == "once" else self._starting_of(every, calendar)
            if not starting and every != "once":
                continue
            for active in actives:
                yield from self._of_active(active, body, calendar, starting)

    def _of_active(
        self,
        active: Active,
        body: Body,
        calendar: Calendar,
        starting: Iterable[periods.Period],
    ) -> Iterator[Occ]:
        if active.spec.every == "once":
            starting = self._once(max(active.since, body.since))
        for period in starting:
            if active.spec.every != "once" and not self._wanted(active, body, period, calendar):
                continue
            due, deadline = self._due(active, period, calendar)
            for subject in subjects.of(active.spec.for_each, body, self.source, period.start):
                yield _occ(active, body, subject, period, due, deadline)

    def _once(self, since: date) -> list[periods.Period]:
        begins = self.first <= since <= self.last or since <= self.last == self.first
        return [periods.event_period("once", since)] if begins else []

    def _starting_of(self, every: str, calendar: Calendar) -> list[periods.Period]:
        key = (id(calendar), every)
        if key not in self._starting:
            some = periods.periods_between(every, self.first, self.last, calendar)
            self._starting[key] = [
                one for one in some if one.start >= self.first and one.end >= self.last
            ]
        return self._starting[key]

    def _wanted(
        self, active: Active, body: Body, period: periods.Period, calendar: Calendar
    ) -> bool:
        """Say whether this version judges the period and it is owed by a body as old as this."""
        return (
            period.start >= max(active.since, body.since)
            and active.judges(period.start)
            and (not _only_in_session(active) or self._in_session(period, calendar))
        )

    def _in_session(self, period: periods.Period, calendar: Calendar) -> bool:
        key = (id(calendar), period.every, period.key)
        if key not in self._sessions:
            self._sessions[key] = periods.in_session(period, calendar)
        return self._sessions[key]

    def _due(
        self, active: Active, period: periods.Period, calendar: Calendar
    ) -> tuple[date, datetime]:
        if period.key == "once":
            return _due(active.spec.due, period, calendar, self.last)
        key = (id(calendar), active.row, period.key)
        if key not in self._dues:
            self._dues[key] = _due(active.spec.due, period, calendar, self.last)
        return self._dues[key]


def _only_in_session(active: Active) -> bool:
    """Say whether nothing is asked in the holidays: what is asked each term never is."""
    return active.spec.in_ == "session" or active.spec.every == "term"


def binding(
    actives: tuple[Active, ...], body: Body, country: Country
) -> Mapping[str, list[Active]]:
    """Return the requirements that bind a body by rhythm, those started by events left out."""
    kept = country.bound.get(body.id)
    if kept is None or kept[0] is not actives:
        found: dict[str, list[Active]] = {}
        for active in actives:
            if active.spec.every != "event" and applies(active, body):
                found.setdefault(active.spec.every, []).append(active)
        kept = country.bound[body.id] = (actives, found)
    return kept[1]


def event(active: Active, body: Body, country: Country, fact: Fact) -> Occ | None:
    """Return what an entry starts under a requirement ``every: event``, if it binds the body."""
    spec = active.spec
    if not active.judges(fact.day) or not matches(spec.on_where, fact.facts):
        return None
    owner = country.owner(body, spec.level)
    if owner is None or not applies(active, owner):
        return None
    period = periods.event_period(fact.uid.hex, fact.day)
    due, deadline = _counted(spec.due, fact.recorded, country.calendar_of(owner))
    return _occ(active, owner, fact.subject, period, due, deadline)


def _due(
    due: Due, period: periods.Period, calendar: Calendar, bound: date
) -> tuple[date, datetime]:
    """Return the due day and the deadline of a period whose duty begins to bind on ``bound``.

    A duty that begins when its due day is over gets as many days as it would have had, at most to
    the end of the period: nobody is late before he could know.
    """
    if due.day is None:
        return _counted(due, clock.start_of(period.start), calendar)
    day = periods.due_day(period, {"day": due.day}, calendar)
    if day < bound:
        day = min(period.end, bound + (day - period.start))
    return day, clock.start_of(day + timedelta(days=due.grace_days + 1))


def _counted(due: Due, since: datetime, calendar: Calendar) -> tuple[date, datetime]:
    """Count hours from an instant, days and working days from the day after it."""
    start = clock.day_of(since)
    if due.within_hours is not None:
        deadline = since + timedelta(hours=due.within_hours)
        return clock.day_of(deadline), deadline
    if due.within_workdays is not None:
        day = calendar.add_workdays(start, due.within_workdays)
    else:
        day = start + timedelta(days=due.within_days or 0)
    return day, clock.start_of(day + timedelta(days=due.grace_days + 1))


def _occ(
    active: Active,
    body: Body,
    subject: str,
    period: periods.Period,
    due: date,
    deadline: datetime,
) -> Occ:
    from anze.engines.duties.engine import Occ

    return Occ(
        active, body.id, subject, period.key, period.start, period.end, due, deadline, opened_n=0
    )
