"""The book and the source of a replay: the same engine, everything in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from heapq import heappop, heappush
from uuid import UUID

from anze.engines.duties.engine import Occ
from anze.engines.duties.rules import Fact
from anze.engines.duties.tables import CHANGING

FEW_MONTHS = 24
Key = tuple[int, UUID, str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One state an occurrence had from ``n`` on."""

    n: int
    at: datetime
    state: str
    count: int
    cause: UUID


class MemorySource:
    """Live entries by kind, unit and month, as far as they have been replayed."""

    at_hand = True

    def __init__(self) -> None:
        self.n = 0
        self._months: dict[str, dict[UUID, dict[int, list[Fact]]]] = {}
        self._places: dict[UUID, tuple[str, UUID, int]] = {}
        self._changed: list[tuple[int, UUID]] = []

    def add(self, fact: Fact, unit: UUID) -> None:
        """Keep an entry that counts from now on."""
        month = fact.day.year * 12 + fact.day.month
        months = self._months.setdefault(fact.kind, {}).setdefault(unit, {})
        months.setdefault(month, []).append(fact)
        self._places[fact.uid] = (fact.kind, unit, month)
        if fact.kind in CHANGING:
            self._changed.append((fact.n, unit))

    def drop(self, uid: UUID) -> None:
        """Take out an entry that was corrected or withdrawn."""
        if (place := self._places.pop(uid, None)) is not None:
            kind, unit, month = place
            months = self._months[kind][unit]
            months[month] = [fact for fact in months[month] if fact.uid != uid]

    def facts(self, kind: str, units: Iterable[UUID], start: date, end: date) -> list[Fact]:
        """Return the live entries of a kind of these units that happened in [start, end]."""
        found: list[Fact] = []
        if (of_kind := self._months.get(kind)) is None:
            return found
        first, last = start.year * 12 + start.month, end.year * 12 + end.month
        for unit in units:
            months = of_kind.get(unit)
            if not months:
                continue
            wanted = months if last - first > FEW_MONTHS else range(first, last + 1)
            for month in wanted:
                found += [fact for fact in months.get(month, ()) if start <= fact.day <= end]
        return found

    def prefetch(self, kinds: Sequence[str], units: Sequence[UUID], start: date, end: date) -> None:
        """Nothing to read: it is all here."""

    def changed_units(self, since_n: int) -> frozenset[UUID]:
        """Return the units registered, moved or changed by entries with since_n < number ≤ n."""
        return frozenset(unit for n, unit in self._changed if since_n < n <= self.n)


class MemoryBook:
    """Occurrences in dictionaries, and every step they took."""

    def __init__(self) -> None:
        self.steps: dict[Key, list[Step]] = {}
        self.occs: dict[Key, Occ] = {}
        self._by_place: dict[UUID, dict[int, list[Occ]]] = defaultdict(dict)
        self._owed: dict[UUID, dict[Key, Occ]] = defaultdict(dict)
        self._deadlines: list[tuple[datetime, int, Occ]] = []  # a heap; the number breaks ties
        self._pushed = 0

    def touched(
        self, rows: Sequence[int], units: Sequence[UUID], first: date, last: date
    ) -> list[Occ]:
        """Return occurrences of these requirements and units that overlap [first, last]."""
        return [
            occ
            for mine in map(self._by_place.get, units)
            if mine
            for row in rows
            if row in mine
            for occ in mine[row]
            if occ.start <= last and occ.end >= first
        ]

    def find(self, rows: Sequence[int], units: Sequence[UUID], since: date) -> list[Occ]:
        """Return all occurrences of these requirements and units starting on or after a day."""
        return self.touched(rows, units, since, date.max)

    def overdue(self, units: Sequence[UUID], at: datetime) -> list[Occ]:
        """Return the occurrences still owed whose deadline is not after ``at``."""
        past: dict[int, tuple[datetime, int, Occ]] = {}
        while self._deadlines and self._deadlines[0][0] <= at:
            one = heappop(self._deadlines)
            if one[2].state == "owed":
                past[id(one[2])] = one
        for one in past.values():  # those of other units, and those no rule could judge, come again
            heappush(self._deadlines, one)
        wanted = set(units)
        return [occ for _, _, occ in past.values() if occ.unit in wanted]

    def unsettled(self, units: Sequence[UUID]) -> list[Occ]:
        """Return the occurrences still owed."""
        return [occ for unit in units for occ in self._owed.get(unit, {}).values()]

    def add(self, occs: Sequence[Occ], at: datetime, cause: UUID) -> None:
        """Keep new occurrences."""
        for occ in occs:
            key = key_of(occ)
            self.occs[key] = occ
            self._by_place[occ.unit].setdefault(occ.active.row, []).append(occ)
            self.steps[key] = [Step(occ.opened_n, at, occ.state, occ.count, cause)]
            self._note(key, occ)

    def change(self, occ: Occ, at: datetime, cause: UUID) -> None:
        """Keep the new state of one that was added before."""
        key = key_of(occ)
        self.steps[key].append(Step(occ.state_n, at, occ.state, occ.count, cause))
        self._note(key, occ)

    def flush(self) -> None:
        """Nothing to write."""

    def _note(self, key: Key, occ: Occ) -> None:
        owed = self._owed[occ.unit]
        if occ.state != "owed":
            owed.pop(key, None)
        elif key not in owed:
            owed[key] = occ
            self._pushed += 1
            heappush(self._deadlines, (occ.deadline, self._pushed, occ))


def key_of(occ: Occ) -> Key:
    """Return what names an occurrence whatever its row: requirement, unit, subject, period."""
    return (occ.active.row, occ.unit, occ.subject, occ.period)
