"""The machine: reads the ledger entry by entry and keeps every occurrence judged.

Each entry re-judges, from scratch, the occurrences it touches; the passing of a day is an entry
too (``duties.day``), so what the engine computes is a function of the numbered entries alone and
replaying them gives the living result. The same code runs against the database and in memory.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from anze.engines.duties import facts, opening, rules
from anze.engines.duties.body import Body, Country
from anze.engines.duties.facts import BEGINNING
from anze.engines.duties.rulebook import Active, Rulebook
from anze.kernel.bus import clock
from anze.kernel.packs.schema import ByFact

log = logging.getLogger("anze.duties")

TICK = "duties.day"
RULING = ("packs.activated", "packs.ended")
WAIVED = "duties.waived"
JOINED = "duties.joined"
CLOSED = "units.closed"
HEAVY = (TICK, *RULING, JOINED)
OPEN_STATES = ("owed", "met")
JUST_AFTER = timedelta(microseconds=1)


@dataclass(slots=True)
class Occ:
    """An occurrence in hand; ``pk`` is None until it is stored.

    ``calm``: in this country and between these instants time alone does not change its verdict.
    """

    active: Active
    unit: UUID
    subject: str
    period: str
    start: date
    end: date
    due: date
    deadline: datetime
    opened_n: int
    state: str = "owed"
    state_n: int = 0
    count: int = 0
    needed: int = 1
    pk: int | None = None
    calm: tuple[Country, datetime, datetime] | None = field(default=None, compare=False, repr=False)

    @property
    def span(self) -> rules.Span:
        """What counts: ``once`` duties count whatever was recorded before they began, too."""
        start = BEGINNING if self.active.spec.every == "once" else self.start
        return rules.Span(start, self.end, self.deadline, self.active.spec.capture_hours)


@dataclass(frozen=True, slots=True)
class News:
    """A numbered entry, with what it corrects: (kind, unit, day) of its target."""

    fact: rules.Fact
    unit: UUID | None
    replaces: tuple[str, UUID | None, date] | None = None

    @property
    def at(self) -> datetime:
        return self.fact.recorded


class Book(Protocol):
    """Where occurrences live: tables, or memory during a replay."""

    def touched(
        self, rows: Sequence[int], units: Sequence[UUID], first: date, last: date
    ) -> list[Occ]:
        """Return occurrences of these requirements and units that overlap [first, last]."""

    def find(self, rows: Sequence[int], units: Sequence[UUID], since: date) -> list[Occ]:
        """Return all occurrences of these requirements and units starting on or after a day."""

    def overdue(self, units: Sequence[UUID], at: datetime) -> list[Occ]:
        """Return the occurrences still owed whose deadline is not after ``at``."""

    def unsettled(self, units: Sequence[UUID]) -> list[Occ]:
        """Return the occurrences still owed."""

    def add(self, occs: Sequence[Occ], at: datetime, cause: UUID) -> None:
        """Keep new occurrences."""

    def change(self, occ: Occ, at: datetime, cause: UUID) -> None:
        """Keep the new state of one that was read or added before."""


class Engine:
    """Applies numbered entries to a book. ``trouble`` is told of rules that fail."""

    def __init__(
        self,
        book: Book,
        source: facts.Source,
        rulebook: Callable[[int], Rulebook],
        country: Callable[[int, date], Country],
        around: Callable[[int, date, UUID], list[UUID]],
        trouble: Callable[[int, Active, str], None],
    ) -> None:
        self.book, self.source = book, source
        self.rulebook, self.country, self.around = rulebook, country, around
        self.trouble = trouble
        self._calm: datetime | None = None
        self._near: tuple[int, datetime, Country] | None = None

    def bodies(self, news: News) -> list[Body]:
        """Return the bodies an entry concerns one by one: the work of a tick can be sliced."""
        if news.fact.kind not in HEAVY or news.unit is None:
            return []
        bodies = self.country(news.fact.n, clock.day_of(news.at)).under(news.unit)
        if news.fact.kind != JOINED:
            return bodies
        changed = self.source.changed_units(int(news.fact.facts["since_n"]))
        return [body for body in bodies if changed & {body.id, *body.above}]

    def read_ahead(self, batch: Sequence[News]) -> None:
        """Read at once what the entries of a batch will touch, and what judging it will ask."""
        rulebook = self.rulebook(batch[0].fact.n)
        rows: set[int] = set()
        units: set[UUID] = set()
        days: set[date] = set()
        for news in batch:
            for kind, unit, day in self._touching(news):
                if unit is not None and kind in rulebook.by_kind:
                    rows |= {active.row for active in rulebook.by_kind[kind]}
                    units |= set(self.around(news.fact.n, clock.day_of(news.at), unit))
                    days |= {day, clock.day_of(news.at)}
        if rows:
            occs = self.book.touched(sorted(rows), sorted(units), min(days), max(days))
            self._prefetch(occs)

    def apply(self, news: News, bodies: Sequence[Body]) -> None:
        """Apply one entry; for ticks and activations to the given slice of bodies."""
        self.source.n = news.fact.n
        match news.fact.kind:
            case "duties.day":
                self._new_day(news, bodies)
            case "packs.activated" | "packs.ended":
                self._ruled(news, bodies)
            case "duties.joined":
                self._open(news, bodies, BEGINNING, clock.day_of(news.at))
            case "units.closed":
                self._closed(news)
            case "duties.waived":
                self._waived(news)
        self._touch(news)

    def _new_day(self, news: News, bodies: Sequence[Body]) -> None:
        """Open what begins, close what is overdue, ask again whether what must hold still does."""
        day = date.fromisoformat(str(news.fact.facts["day"]))
        units = [body.id for body in bodies]
        self._open(news, bodies, day, day)
        world = self.country(news.fact.n, day).world
        self._lapse([unit for unit in units if world.units[unit].closed == day], news)
        # The new day counts and the old deadline has passed; what was recorded before is known.
        at = max(clock.start_of(day) + JUST_AFTER, news.at)
        stale = self.book.overdue(units, at)
        rows = [active.row for active in self.rulebook(news.fact.n).holding]
        if rows:
            standing = self.book.touched(rows, units, day, day)
            country = self._country_at(at)
            stale += [
                occ
                for occ in standing
                if occ.state in OPEN_STATES and occ.deadline > at and not _rests(occ, country, at)
            ]
        self._judge_all(stale, news, at)

    def _ruled(self, news: News, bodies: Sequence[Body]) -> None:
        """Withdraw what another version, or none, judges from now on; open what begins."""
        rulebook = self.rulebook(news.fact.n)
        units = [body.id for body in bodies]
        ended = {
            active.row: active.until for active in rulebook.actives if active.until != date.max
        }
        if ended:
            for occ in self.book.find(list(ended), units, min(ended.values())):
                if occ.start >= ended[occ.active.row] and occ.state == "owed":
                    self._settle(occ, "withdrawn", news)
        since = date.fromisoformat(str(news.fact.facts["from_day"]))
        self._open(news, bodies, since, clock.day_of(news.at))

    def _closed(self, news: News) -> None:
        """Let what a closed body owed lapse; one that closes later owes until its day comes.

        Its campuses closed before it by entries of their own, or went to another unit.
        """
        on = date.fromisoformat(str(news.fact.facts["on"]))
        if news.unit is not None and on <= clock.day_of(news.at):
            self._lapse([news.unit], news)

    def _lapse(self, units: Sequence[UUID], news: News) -> None:
        for occ in self.book.unsettled(units) if units else ():
            self._settle(occ, "lapsed", news)

    def _waived(self, news: News) -> None:
        """A waiver, or the end of one, re-judges what it names."""
        if news.unit is None:
            return
        actives = self.rulebook(news.fact.n).actives
        occs = self.book.find([active.row for active in actives], [news.unit], date.min)
        named = (news.fact.facts.get("requirement"), news.fact.facts.get("period"))
        all_of_unit = news.replaces is not None
        self._judge_all(
            [o for o in occs if all_of_unit or (o.active.ref, o.period) == named], news, news.at
        )

    def _waiver(self, occ: Occ) -> bool:
        return any(
            (fact.facts["requirement"], fact.facts["period"], fact.subject)
            == (occ.active.ref, occ.period, occ.subject)
            for fact in self.source.facts(WAIVED, [occ.unit], BEGINNING, date.max)
        )

    def _open(self, news: News, bodies: Sequence[Body], first: date, last: date) -> None:
        """Open every period that starts in [first, last] and is not open yet."""
        rulebook = self.rulebook(news.fact.n)
        country = self.country(news.fact.n, last)
        beginnings = opening.Beginnings(rulebook.actives, country, self.source, first, last)
        wanted = [occ for body in bodies for occ in beginnings.of(body)]
        if not wanted:
            return
        rows = sorted({occ.active.row for occ in wanted})
        units = sorted({occ.unit for occ in wanted})
        known = {
            (occ.active.row, occ.unit, occ.subject, occ.period)
            for occ in self.book.find(rows, units, min(occ.start for occ in wanted))
        }
        new = [
            occ
            for occ in wanted
            if (occ.active.row, occ.unit, occ.subject, occ.period) not in known
        ]
        self._begin(new, news)

    def _begin(self, new: list[Occ], news: News) -> None:
        self._prefetch(new)
        for occ in new:
            occ.opened_n = occ.state_n = news.fact.n
            self._set_verdict(occ, news, news.at)
        self.book.add(new, news.at, news.fact.uid)

    def _touch(self, news: News) -> None:
        rulebook = self.rulebook(news.fact.n)
        if news.fact.kind in rulebook.by_start and news.unit is not None:
            self._started(news, rulebook.by_start[news.fact.kind])
        for kind, unit, day in self._touching(news):
            self._touch_one(news, kind, unit, day)

    def _touching(self, news: News) -> list[tuple[str, UUID | None, date]]:
        """Return (kind, unit, day) of an entry and of the one it corrects."""
        own = (news.fact.kind, news.unit, news.fact.day)
        return [own] if news.replaces is None else [own, news.replaces]

    def _touch_one(self, news: News, kind: str, unit: UUID | None, day: date) -> None:
        actives = self.rulebook(news.fact.n).by_kind.get(kind)
        if not actives or unit is None:
            return
        today = clock.day_of(news.at)
        units = self.around(news.fact.n, today, unit)
        rows = [active.row for active in actives]
        occs = self.book.touched(rows, units, min(day, today), max(day, today))
        self._judge_all(occs, news, news.at)

    def _started(self, news: News, actives: Iterable[Active]) -> None:
        country = self.country(news.fact.n, clock.day_of(news.at))
        body = country.get(news.unit)
        if body is None or news.replaces is not None:
            return
        new = [
            occ
            for active in actives
            if (occ := opening.event(active, body, country, news.fact)) is not None
        ]
        self._begin(new, news)

    def _judge_all(self, occs: Iterable[Occ], news: News, at: datetime) -> None:
        standing = [occ for occ in occs if occ.state not in ("withdrawn", "lapsed")]
        self._prefetch(standing)
        for occ in standing:
            before = (occ.state, occ.count)
            self._set_verdict(occ, news, at)
            if (occ.state, occ.count) != before:
                occ.state_n = news.fact.n
                self.book.change(occ, at, news.fact.uid)

    def _prefetch(self, occs: Sequence[Occ]) -> None:
        """Let the source read what these judgements will ask for: a query per range of days."""
        if not occs or self.source.at_hand:
            return
        country = self.country(self.source.n, date.max)
        wanted: dict[str, tuple[date, date]] = {}
        units: set[UUID] = set()
        for occ in occs:
            body = country.get(occ.unit)
            units |= {*body.counted, *body.above} if body else {occ.unit}
            span = occ.span
            for kind in occ.active.entry_kinds:
                start, end = wanted.get(kind, (span.start, span.end))
                wanted[kind] = (min(start, span.start), max(end, span.end))
            for kind in (*occ.active.fact_kinds, WAIVED):
                wanted[kind] = (BEGINNING, date.max)
        ranges: dict[tuple[date, date], list[str]] = {}
        for kind, days in sorted(wanted.items()):
            ranges.setdefault(days, []).append(kind)
        for (start, end), kinds in ranges.items():
            self.source.prefetch(kinds, sorted(units), start, end)

    def _set_verdict(self, occ: Occ, news: News, at: datetime) -> None:
        occ.calm, self._calm = None, facts.FOREVER
        try:
            verdict = self.verdict(occ, at)
            occ.count, occ.needed = verdict.count, verdict.needed
            occ.calm = (self._country_at(at), at, self._calm) if self._calm else None
            occ.state = "waived" if self._waiver(occ) else verdict.state(occ.deadline, at)
        except Exception as fault:  # a failing rule never refuses a fact
            log.exception("rule %s failed at n=%s", occ.active.spec.ref, news.fact.n)
            self.trouble(news.fact.n, occ.active, f"{type(fault).__name__}: {fault}")

    def verdict(self, occ: Occ, at: datetime) -> rules.Verdict:
        """Judge an occurrence from the live entries as seen at the instant ``at``."""
        body = self._country_at(at).get(occ.unit)
        if body is None:
            return rules.Verdict(0, 1, None, (), ("单位不在册",))
        span = occ.span
        entries = [
            fact
            for kind in occ.active.entry_kinds
            for fact in self.source.facts(kind, body.counted, span.start, span.end)
            if not occ.subject or fact.subject == occ.subject
        ]
        return rules.judge(
            occ.active.spec.met_by, entries, lambda one: self._held(one, body, occ, at), span
        )

    def _held(self, condition: ByFact, body: Body, occ: Occ, at: datetime) -> rules.Held:
        """Ask as of the deadline once it has passed; then, if it did not hold, as of now."""
        provider = facts.provider(condition.fact)
        asked = facts.Question(body, condition, min(at, occ.deadline), occ.subject)
        held = provider.hold(asked, self.source)
        if not held.holds and at > occ.deadline:
            asked = facts.Question(body, condition, at, occ.subject)
            held = provider.hold(asked, self.source)
        self._calm = min(self._calm, held.until) if self._calm and held.until else None
        return held

    def _country_at(self, at: datetime) -> Country:
        """Return the country of the day of an instant, as known now."""
        n = self.source.n
        if self._near is None or self._near[:2] != (n, at):
            self._near = (n, at, self.country(n, clock.day_of(at)))
        return self._near[2]

    def _settle(self, occ: Occ, state: str, news: News) -> None:
        occ.state, occ.state_n = state, news.fact.n
        self.book.change(occ, news.at, news.fact.uid)


def _rests(occ: Occ, country: Country, at: datetime) -> bool:
    """Say whether nothing but an entry can have changed the verdict since it was last judged.

    A day that was slept through is judged as of its own start, which may lie before that.
    """
    if occ.calm is None:
        return False
    known, since, until = occ.calm
    return known is country and since <= at < until
