"""The pure rule: is this duty met, by which entries, and what is missing.

``judge`` is a function of (condition, live entries, held facts, span, instant) alone: no database,
no clock. A change of its results is a change of ``ALGORITHM``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from anze.kernel.packs.schema import AllOf, AnyOf, ByEntry, ByFact, MetBy, matches

ALGORITHM = "duties-2"  # 2: what came out of a packet in time counts when it was captured


@dataclass(frozen=True, slots=True)
class Fact:
    """A live entry as rules see it. ``day`` is the Chinese day it happened.

    ``captured`` is there only for what came out of a packet by a clock that could be believed.
    """

    n: int
    uid: UUID
    kind: str
    day: date
    recorded: datetime
    facts: Mapping[str, Any]
    subject: str = ""
    captured: datetime | None = None

    def told(self, capture_hours: int | None) -> datetime:
        """Return the instant that punctuality goes by.

        It is when the entry was captured, if it was recorded within ``capture_hours`` after that
        (None: the requirement grants no such time); else when it was recorded.
        """
        if self.captured is None or capture_hours is None:
            return self.recorded
        in_time = self.captured <= self.recorded <= self.captured + timedelta(hours=capture_hours)
        return self.captured if in_time else self.recorded


@dataclass(frozen=True, slots=True)
class Held:
    """A provider's answer: whether it holds, known since when, by which entry, in words.

    ``until``: while no entry comes and the country stands, the answer is the same when asked
    before this instant; None promises nothing, and the question is put again every day.
    """

    holds: bool
    since: datetime | None = None
    uid: UUID | None = None
    text: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """The days that count (inclusive), the instant after which it is late, the time for sending."""

    start: date
    end: date
    deadline: datetime
    capture_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``on`` is the instant the duty became complete (``Fact.told``), None while it is not."""

    count: int
    needed: int
    on: datetime | None
    made_by: tuple[UUID, ...]
    missing: tuple[str, ...]

    def state(self, deadline: datetime, at: datetime) -> str:
        """Return owed, met, met_late or missed, as seen at the instant ``at``."""
        if self.on is not None:
            return "met" if self.on <= deadline else "met_late"
        return "missed" if at >= deadline else "owed"


Hold = Callable[[ByFact], Held]


def judge(met_by: MetBy, entries: Sequence[Fact], hold: Hold, span: Span) -> Verdict:
    """Judge a condition from scratch. ``entries`` may be any live entries, in any order."""
    match met_by:
        case ByEntry():
            return _by_entry(met_by, entries, span)
        case ByFact():
            return _by_fact(met_by, hold(met_by))
        case AllOf():
            return _all([judge(one, entries, hold, span) for one in met_by.all_of])
        case AnyOf():
            return _any([judge(one, entries, hold, span) for one in met_by.any_of])


def counts(met_by: ByEntry, entry: Fact, span: Span) -> bool:
    """Say whether one entry counts: right kind, happened inside the span, facts match."""
    return (
        entry.kind == met_by.entry
        and span.start <= entry.day <= span.end
        and (not met_by.where or matches(met_by.where, entry.facts))
    )


def _by_entry(met_by: ByEntry, entries: Iterable[Fact], span: Span) -> Verdict:
    good = sorted((e for e in entries if counts(met_by, e, span)), key=lambda e: e.n)
    told = [(entry.told(span.capture_hours), entry) for entry in good]
    # What was captured first may arrive last: completeness goes by the instants, not by numbers.
    told.sort(key=lambda pair: (pair[0], pair[1].n))
    if met_by.distinct:
        told = _first_of_each(told, met_by.distinct)
    needed = met_by.at_least
    made_by = tuple(entry.uid for entry in sorted((e for _, e in told), key=lambda e: e.n))
    if len(told) >= needed:
        return Verdict(len(told), needed, told[needed - 1][0], made_by, ())
    missing = f"还差 {needed - len(told)} 次（已计 {len(told)}，应有 {needed}）"
    return Verdict(len(told), needed, None, made_by, (missing,))


def _first_of_each(told: Iterable[tuple[datetime, Fact]], name: str) -> list[tuple[datetime, Fact]]:
    """Keep the first of each value of a fact field; entries without it do not count."""
    seen: dict[Any, tuple[datetime, Fact]] = {}
    for instant, entry in told:
        if (value := entry.facts.get(name)) is not None:
            seen.setdefault(value, (instant, entry))
    return list(seen.values())


def _by_fact(met_by: ByFact, held: Held) -> Verdict:
    made_by = (held.uid,) if held.uid else ()
    if held.holds:
        return Verdict(1, 1, held.since, made_by, ())
    return Verdict(0, 1, None, made_by, (held.text or f"{met_by.fact} 不成立",))


def _all(parts: list[Verdict]) -> Verdict:
    done = [part for part in parts if part.on is not None]
    last = max((part.on for part in done if part.on), default=None)
    return Verdict(
        len(done),
        len(parts),
        last if len(done) == len(parts) else None,
        tuple(uid for part in parts for uid in part.made_by),
        tuple(text for part in parts for text in part.missing),
    )


def _any(parts: list[Verdict]) -> Verdict:
    done = [part for part in parts if part.on is not None]
    if done:
        first = min(done, key=lambda part: part.on or datetime.max)
        return Verdict(1, 1, first.on, first.made_by, ())
    missing = "；或".join(text for part in parts for text in part.missing)
    return Verdict(0, 1, None, (), (missing,))
