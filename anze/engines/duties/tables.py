"""The book and the source of a living district: occurrences and entries in the database."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from anze.engines.duties.engine import Occ
from anze.engines.duties.models import Occurrence, State, StateChange
from anze.engines.duties.rulebook import Rulebook
from anze.engines.duties.rules import Fact
from anze.kernel.bus import clock
from anze.kernel.ledger.models import RETRACT, Entry

BATCH = 500
NEVER = 1 << 62
FEW = 5  # below this, plain updates are cheaper than one clever statement
CHANGING = ("units.registered", "units.fact_set", "units.moved")
COLUMNS = (
    "leaf__n", "uid", "kind", "happened", "recorded", "facts", "subject", "unit_id",
    "captured", "via",
)  # fmt: skip
PACKET = "packet"  # the way of entries whose capture the outbox has checked


def with_end(n: int) -> QuerySet[Entry]:
    """Return the entries with number ≤ n, each with the number that ``gone`` it, if one ≤ n did."""
    later = Entry.objects.filter(target=OuterRef("uid"), leaf__n__lte=n)
    rows = Entry.objects.filter(leaf__n__lte=n).exclude(op=RETRACT)
    return rows.annotate(gone=Subquery(later.values("leaf__n")[:1]))


def fact_of(row: tuple[Any, ...]) -> Fact:
    """Return a row of ``COLUMNS`` as rules see it."""
    n, uid, kind, happened, recorded, facts, subject, _unit, captured, via = row
    believed = captured if via == PACKET else None
    day = clock.day_of(happened)
    return Fact(n, uid, kind, day, recorded, json.loads(facts), subject, believed)


class TableSource:
    """Entries by kind and unit, read when first asked for; ``n`` may move on up to ``last``.

    Kept with the number that ended each, so what was read once serves every n of a batch.
    """

    at_hand = False

    def __init__(self, n: int, last: int | None = None) -> None:
        self.n = n
        self._last = n if last is None else last
        self._kept: dict[tuple[str, UUID], tuple[date, date, list[tuple[Fact, int]]]] = {}

    def facts(self, kind: str, units: Iterable[UUID], start: date, end: date) -> list[Fact]:
        """Return the entries live at ``n`` of a kind of these units that happened in the range."""
        wanted = list(units)
        self.prefetch([kind], wanted, start, end)
        return [
            fact
            for unit in wanted
            for fact, gone in self._kept[kind, unit][2]
            if start <= fact.day <= end and fact.n <= self.n < gone
        ]

    def prefetch(self, kinds: Sequence[str], units: Sequence[UUID], start: date, end: date) -> None:
        """Read what many questions will ask for in one query."""
        missing = [
            (kind, unit)
            for kind in kinds
            for unit in units
            if not self._covers(kind, unit, start, end)
        ]
        if not missing:
            return
        wanted = sorted({kind for kind, _ in missing})
        among = sorted({unit for _, unit in missing})
        found: dict[tuple[str, UUID], list[tuple[Fact, int]]] = defaultdict(list)
        for row in self._rows(wanted, among, start, end):
            found[row[2], row[7]].append((fact_of(row[:-1]), row[-1] or NEVER))
        for kind in wanted:
            for unit in among:
                self._kept[kind, unit] = (start, end, found[kind, unit])

    def _rows(
        self, kinds: Sequence[str], units: Sequence[UUID], start: date, end: date
    ) -> Iterable[tuple[Any, ...]]:
        rows = with_end(self._last).filter(kind__in=kinds, unit_id__in=units)
        if start > date(2000, 1, 1):
            rows = rows.filter(happened__gte=clock.start_of(start))
        if end < date(9999, 1, 1):
            rows = rows.filter(happened__lt=clock.start_of(end + timedelta(days=1)))
        return rows.order_by("leaf__n").values_list(*COLUMNS, "gone")

    def changed_units(self, since_n: int) -> frozenset[UUID]:
        """Return the units registered, moved or changed by entries with since_n < number ≤ n."""
        rows = Entry.objects.filter(
            kind__in=CHANGING, leaf__n__gt=since_n, leaf__n__lte=self.n, unit_id__isnull=False
        )
        return frozenset(unit for unit in rows.values_list("unit_id", flat=True) if unit)

    def _covers(self, kind: str, unit: UUID, start: date, end: date) -> bool:
        kept = self._kept.get((kind, unit))
        return kept is not None and kept[0] <= start and end <= kept[1]


class TableBook:
    """Occurrences in tables. Changes are gathered and written by ``flush`` in a few statements."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._new: list[tuple[Occ, datetime, UUID]] = []
        self._changed: dict[int, Occ] = {}
        self._steps: list[tuple[Occ, int, datetime, str, int, UUID]] = []
        self._hands: dict[int, Occ] = {}
        self._read_days: dict[tuple[int, UUID], tuple[date, date]] = {}
        self._by_place: dict[tuple[int, UUID], list[Occ]] = defaultdict(list)

    def touched(
        self, rows: Sequence[int], units: Sequence[UUID], first: date, last: date
    ) -> list[Occ]:
        """Return occurrences of these requirements and units that overlap [first, last]."""
        places = [(row, unit) for row in rows for unit in units]
        if any(not self._has_read(place, first, last) for place in places):
            overlap = Q(start__lte=last, end__gte=first)
            self._read(Occurrence.objects.filter(overlap, unit_id__in=units), rows)
            self._read_days.update((place, (first, last)) for place in places)
        return [
            occ
            for place in places
            for occ in self._by_place.get(place, ())
            if occ.start <= last and occ.end >= first
        ]

    def _has_read(self, place: tuple[int, UUID], first: date, last: date) -> bool:
        known = self._read_days.get(place)
        return known is not None and known[0] <= first and last <= known[1]

    def find(self, rows: Sequence[int], units: Sequence[UUID], since: date) -> list[Occ]:
        """Return all occurrences of these requirements and units starting on or after a day."""
        return self._read(Occurrence.objects.filter(start__gte=since, unit_id__in=units), rows)

    def overdue(self, units: Sequence[UUID], at: datetime) -> list[Occ]:
        """Return the occurrences still owed whose deadline is not after ``at``."""
        rows = Occurrence.objects.filter(state=State.OWED, deadline__lte=at, unit_id__in=units)
        return self._read(rows, None)

    def unsettled(self, units: Sequence[UUID]) -> list[Occ]:
        """Return the occurrences still owed."""
        rows = Occurrence.objects.filter(state=State.OWED, unit_id__in=units)
        return self._read(rows, None)

    def add(self, occs: Sequence[Occ], at: datetime, cause: UUID) -> None:
        """Store new occurrences; their first states wait for ``flush``."""
        self._new.extend((occ, at, cause) for occ in occs)
        self._write_new()

    def change(self, occ: Occ, at: datetime, cause: UUID) -> None:
        """Keep the new state of one that was read before."""
        if occ.pk is not None:
            self._changed[occ.pk] = occ
        self._steps.append((occ, occ.state_n, at, occ.state, occ.count, cause))

    def flush(self) -> None:
        """Write what was gathered: occurrences, their states, and the steps between."""
        self._write_changed()
        steps = [
            StateChange(
                occurrence_id=occ.pk or 0, n=n, at=at, state=state, count=count, cause=cause
            )
            for occ, n, at, state, count, cause in self._steps
        ]
        StateChange.objects.bulk_create(steps, batch_size=BATCH)
        self._steps.clear()

    def _write_changed(self) -> None:
        changed = list(self._changed.values())
        self._changed.clear()
        if len(changed) <= FEW:
            for occ in changed:
                Occurrence.objects.filter(pk=occ.pk or 0).update(
                    state=occ.state, state_n=occ.state_n, count=occ.count, needed=occ.needed
                )
            return
        rows = [
            Occurrence(
                pk=occ.pk, state=occ.state, state_n=occ.state_n, count=occ.count, needed=occ.needed
            )
            for occ in changed
        ]  # fmt: skip
        Occurrence.objects.bulk_update(
            rows, ["state", "state_n", "count", "needed"], batch_size=BATCH
        )

    def _write_new(self) -> None:
        if not self._new:
            return
        rows = [row_of(occ) for occ, _, _ in self._new]
        Occurrence.objects.bulk_create(rows, batch_size=BATCH)
        for row, (occ, at, cause) in zip(rows, self._new, strict=True):
            occ.pk = row.pk
            self._keep(occ)
            self._steps.append((occ, occ.opened_n, at, occ.state, occ.count, cause))
        self._new.clear()

    def _read(self, rows: QuerySet[Occurrence], wanted: Sequence[int] | None) -> list[Occ]:
        if wanted is not None:
            rows = rows.filter(requirement_id__in=wanted)
        return [self._in_hand(row) for row in rows.order_by("pk").iterator(BATCH)]

    def _in_hand(self, row: Occurrence) -> Occ:
        """Return the one object that stands for a row: two reads see each other's changes."""
        if row.pk not in self._hands:
            self._keep(occ_of(row, self.rulebook))
        return self._hands[row.pk]

    def _keep(self, occ: Occ) -> None:
        assert occ.pk is not None
        self._hands[occ.pk] = occ
        self._by_place[occ.active.row, occ.unit].append(occ)


def occ_of(row: Occurrence, rulebook: Rulebook) -> Occ:
    """Return a stored occurrence as the engine handles it."""
    return Occ(
        rulebook.by_row[row.requirement_id], row.unit_id, row.subject, row.period, row.start,
        row.end, row.due, row.deadline, row.opened_n, row.state, row.state_n, row.count,
        row.needed, row.pk,
    )  # fmt: skip


def row_of(occ: Occ) -> Occurrence:
    """Return an occurrence in hand as a row not yet stored."""
    return Occurrence(
        requirement_id=occ.active.row, unit_id=occ.unit, subject=occ.subject, period=occ.period,
        start=occ.start, end=occ.end, due=occ.due, deadline=occ.deadline, opened_n=occ.opened_n,
        state=occ.state, state_n=occ.state_n, count=occ.count, needed=occ.needed,
    )  # fmt: skip
