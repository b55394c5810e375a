"""When a message may go out: quiet hours, days off, the morning's digest. Pure, no database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from anze.kernel.bus.clock import LOCAL, day_of
from anze.kernel.work.topics import Topic

DIGEST_AT: Final = time(7, 30)
_MOST_DAYS: Final = 20  # no run of days off is longer


@dataclass(frozen=True)
class Quiet:
    """From when to when a person is left in peace each day; equal times mean never."""

    start: time = time(21, 30)
    end: time = time(7, 0)
    digest: bool = False

    def covers(self, at: time) -> bool:
        """Tell whether a Chinese time of day lies in it."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True)
class Release:
    """When a message goes out, and whether together with the person's others."""

    at: datetime
    bundled: bool


def release(
    topic: Topic, at: datetime, quiet: Quiet, is_workday: Callable[[date], bool]
) -> Release:
    """Return when a notice of ``topic`` made at ``at`` (aware) goes out to somebody.

    An alarm goes at once, always. What is calm, or all of it for who wants a digest, goes with the
    next digest of a working day. Everything else waits for the end of quiet hours on a working day.
    """
    if topic.urgency == "alarm":
        return Release(at, False)
    if topic.urgency == "calm" or quiet.digest:
        return Release(_next(at, DIGEST_AT, is_workday), True)
    when = waking(at, quiet, is_workday)
    return Release(when, bundled=when != at)


def waking(at: datetime, quiet: Quiet, is_workday: Callable[[date], bool]) -> datetime:
    """Return ``at`` when somebody may be told then, else the next end of his quiet hours."""
    local = at.astimezone(LOCAL)
    if is_workday(local.date()) and not quiet.covers(local.time()):
        return at
    return _next(at, _morning(quiet), is_workday)


def _morning(quiet: Quiet) -> time:
    return quiet.end if quiet.start != quiet.end else time(7, 0)


def _next(at: datetime, hour: time, is_workday: Callable[[date], bool]) -> datetime:
    """Return the first instant at that time of a working day that is not before ``at``."""
    day = day_of(at)
    for _ in range(_MOST_DAYS):
        instant = datetime.combine(day, hour, LOCAL)
        if instant >= at and is_workday(day):
            return instant
        day += timedelta(days=1)
    return datetime.combine(day, hour, LOCAL)
