"""Providers of ``fact:`` conditions: what *holds*, asked as of an instant and a ledger number.

A provider reads only live entries with number ≤ n, so that its answer can be recomputed. Rooms
above register their own in ``ready()``; a pack that names an unknown one is refused on loading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from anze.engines.duties.body import Body
from anze.engines.duties.rules import Fact, Held
from anze.kernel.bus import clock
from anze.kernel.packs.schema import ByFact, matches


class Source(Protocol):
    """Live entries with number ≤ ``n``, wherever they are kept; ``at_hand``: in memory already."""

    n: int
    at_hand: bool

    def facts(self, kind: str, units: Iterable[UUID], start: date, end: date) -> list[Fact]:
        """Return the live entries of a kind of these units that happened in [start, end]."""

    def prefetch(self, kinds: Sequence[str], units: Sequence[UUID], start: date, end: date) -> None:
        """Read ahead what many questions are going to ask for."""

    def changed_units(self, since_n: int) -> frozenset[UUID]:
        """Return the units registered, moved or changed by entries with since_n < number ≤ n."""


@dataclass(frozen=True)
class Question:
    """Does it hold for this unit, judged at the instant ``by``?"""

    body: Body
    condition: ByFact
    by: datetime
    subject: str = ""

    @property
    def day(self) -> date:
        """The last Chinese day that lies wholly or partly before ``by``."""
        return clock.day_of(self.by - timedelta(microseconds=1))


class Provider(Protocol):
    """Answers one name of ``fact:``."""

    def kinds(self, params: Mapping[str, Any]) -> frozenset[str]:
        """Return the kinds of entries that can change the answer."""

    def hold(self, question: Question, source: Source) -> Held:
        """Answer from live entries alone."""


_providers: dict[str, Provider] = {}
_said: dict[str, Callable[[Mapping[str, Any]], str]] = {}
BEGINNING = date(2000, 1, 1)
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


def register(
    name: str, provider: Provider, said: Callable[[Mapping[str, Any]], str] | None = None
) -> None:
    """Make a provider known under the name packs use.

    ``said`` puts what must hold into Chinese, given what packs write after ``with:``.
    """
    _providers[name] = provider
    if said is not None:
        _said[name] = said


def in_words(name: str, params: Mapping[str, Any]) -> str:
    """Return what must hold in Chinese, or nothing when its room did not say."""
    return _said[name](params) if name in _said else ""


def provider(name: str) -> Provider:
    """Return the provider; ``KeyError`` for an unknown one (the loader refuses such packs)."""
    return _providers[name]


def names() -> frozenset[str]:
    """Return the names packs may use after ``fact:``."""
    return frozenset(_providers)


class LatestEntry:
    """``entry.latest``: the latest live entry of a kind passes ``where`` and is fresh enough.

    ``with: {kind: leading_group.set}``; ``fresh_days`` counts calendar days from the day it
    happened. A fact field ``valid_until``, where the entry has one, ends it earlier.
    """

    def kinds(self, params: Mapping[str, Any]) -> frozenset[str]:
        return frozenset({str(params["kind"])})

    def hold(self, question: Question, source: Source) -> Held:
        kind = str(question.condition.params["kind"])
        found = source.facts(kind, question.body.counted, BEGINNING, date.max)
        day = question.day
        known = [fact for fact in found if fact.day <= day and fact.recorded <= question.by]
        calm = FOREVER if len(known) == len(found) else None
        if not known:
            return Held(False, text="还没有记录", until=calm)
        latest = max(known, key=lambda fact: (fact.day, fact.n))
        if text := self._stale(latest, question):
            return Held(False, uid=latest.uid, text=text, until=calm)
        until = calm and self._fresh_until(latest, question)
        return Held(True, since=latest.recorded, uid=latest.uid, until=until)

    def _fresh_until(self, latest: Fact, question: Question) -> datetime | None:
        """Return the last instant at which this entry is fresh; None if that cannot be read."""
        last = date.max - timedelta(days=2)
        if question.condition.fresh_days is not None:
            last = min(last, latest.day + timedelta(days=question.condition.fresh_days))
        if isinstance(stated := latest.facts.get("valid_until"), str):
            try:
                last = min(last, date.fromisoformat(stated))
            except ValueError:
                return None
        return clock.start_of(last + timedelta(days=1))

    def _stale(self, latest: Fact, question: Question) -> str:
        condition = question.condition
        if condition.where and not matches(condition.where, latest.facts):
            return "最近一次记录不符合要求"
        if condition.fresh_days is not None:
            last = latest.day + timedelta(days=condition.fresh_days)
            if question.day > last:
                return f"最近一次是 {latest.day}，{last} 起已过期"
        until = latest.facts.get("valid_until")
        if isinstance(until, str) and question.day.isoformat() > until:
            return f"有效期至 {until}，已过期"
        return ""


class PostHeld:
    """``post.held``: somebody holds the post ``with: {post: safety_officer}`` on that day."""

    GIVEN, ENDED = "people.post_given", "people.post_ended"

    def kinds(self, params: Mapping[str, Any]) -> frozenset[str]:
        return frozenset({self.GIVEN, self.ENDED})

    def hold(self, question: Question, source: Source) -> Held:
        post = str(question.condition.params["post"])
        units = [*question.body.counted, *question.body.above]
        until = self._next_change(units, source, question.day)
        for given in postings(units, source, question.day):
            if given.facts["post"] == post and given.recorded <= question.by:
                return Held(True, since=given.recorded, uid=given.uid, until=until)
        return Held(False, text="岗位无人", until=until)

    def _next_change(self, units: list[UUID], source: Source, day: date) -> datetime | None:
        """Return the start of the next day on which a post here begins or ends, as known now."""
        given = source.facts(self.GIVEN, units, BEGINNING, date.max)
        ended = source.facts(self.ENDED, units, BEGINNING, date.max)
        stated = [str(fact.facts.get("since", "")) for fact in given]
        stated += [str(fact.facts.get("until", "")) for fact in (*given, *ended)]
        if not (coming := [one for one in stated if one > day.isoformat()]):
            return FOREVER
        try:
            return clock.start_of(date.fromisoformat(min(coming)))
        except ValueError:
            return None


def postings(units: Iterable[UUID], source: Source, day: date) -> list[Fact]:
    """Return the live ``people.post_given`` entries of units whose holder is in post on a day.

    ``until`` is the first day on which the post is no longer held.
    """
    among = list(units)
    ended = {
        fact.facts["holding"]: str(fact.facts["until"])
        for fact in source.facts(PostHeld.ENDED, among, BEGINNING, date.max)
    }
    return [
        fact
        for fact in source.facts(PostHeld.GIVEN, among, BEGINNING, date.max)
        if fact.facts["since"]
        <= day.isoformat()
        < ended.get(fact.facts["holding"], str(fact.facts.get("until", "9999-12-31")))
    ]


class UnitFact:
    """``unit.fact``: a dated fact of the unit passes ``where``."""

    KINDS = frozenset({"units.registered", "units.fact_set"})

    def kinds(self, params: Mapping[str, Any]) -> frozenset[str]:
        return self.KINDS

    def hold(self, question: Question, source: Source) -> Held:
        condition = question.condition
        if matches(condition.where, question.body.facts):
            return Held(True, since=question.body.registered, until=FOREVER)
        return Held(False, text="单位情况不符合要求", until=FOREVER)


def register_core() -> None:
    """Register the providers every pack may use."""
    register("entry.latest", LatestEntry())
    register("post.held", PostHeld())
    register("unit.fact", UnitFact())
