"""Which occurrences begin on which day, for whom: requirement × body × subject × period."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


def occurrences(
    actives: Iterable[Active],
    body: Body,
    country: Country,
    source: Source,
    first: date,
    last: date,
) -> Iterator[Occ]:
    """Yield what begins for a body on the days [first, last], both inclusive."""
    if body.status != "open":
        return
    for active in actives:
        if active.spec.every == "event" or not applies(active, body):
            continue
        calendar = country.calendar_of(body)
        for period in _periods(active, body, calendar, first, last):
            due, deadline = _due(active.spec.due, period, calendar, last)
            for subject in subjects.of(active.spec.for_each, body, source, period.start):
                yield _occ(active, body, subject, period, due, deadline)


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


def _periods(
    active: Active, body: Body, calendar: Calendar, first: date, last: date
) -> Iterator[periods.Period]:
    """Yield the periods this version judges that start in [first, last] and have not ended."""
    since = max(active.since, body.since)
    if active.spec.every == "once":
        if first <= since <= last or since <= last == first:
            yield periods.event_period("once", since)
        return
    for period in periods.periods_between(active.spec.every, max(first, since), last, calendar):
        if (
            period.start >= max(first, since)
            and period.end >= last
            and active.judges(period.start)
            and (active.spec.in_ == "always" or periods.in_session(period, calendar))
        ):
            yield period


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
