"""The one clock. The product never asks the system for the time elsewhere.

``travel`` exists for the demonstration district, which is lived day by day through the services,
and for tests; an architecture test holds that nothing else calls it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
_travelled: ContextVar[datetime | None] = ContextVar("anze_clock", default=None)


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return _travelled.get() or datetime.now(UTC)


def today() -> date:
    """Return the present day in China (+08:00)."""
    return day_of(now())


def day_of(instant: datetime) -> date:
    """Return the Chinese calendar day (+08:00) of an aware instant."""
    return instant.astimezone(LOCAL).date()


def start_of(day: date) -> datetime:
    """Return the first instant of a Chinese calendar day, aware."""
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL)


@contextmanager
def travel(instant: datetime) -> Iterator[None]:
    """Let the clock stand at an aware ``instant`` inside the block, in this thread or task."""
    if instant.tzinfo is None:
        raise ValueError("clock.travel needs an aware datetime")
    token = _travelled.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _travelled.reset(token)
