"""The book and the source of a living district: occurrences and entries in the database."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from anze.engines.duties.engine import Occ
from anze.engines.duties.models import Occurrence, State, StateChange
from anze.engines.duties.rulebook import Rulebook
from anze.engines.duties.rules import Fact
from anze.kernel.bus import clock
from anze.kernel.ledger.models import RETRACT, Entry

BATCH = 500
CHANGING = ("units.registered", "units.fact_set", "units.moved")
COLUMNS = ("leaf__n", "uid", "kind", "happened", "recorded", "facts", "subject", "unit_id")


def live(n: int) -> QuerySet[Entry]:
    """Return the entries with number ≤ n that nothing with number ≤ n corrects."""
    later = Entry.objects.filter(target=OuterRef("uid"), leaf__n__lte=n)
    return Entry.objects.filter(leaf__n__lte=n).exclude(op=RETRACT).exclude(Exists(later))


def fact_of(row: tuple[Any, ...]) -> Fact:
    """Return a row of ``COLUMNS`` as rules see it."""
    n, uid, kind, happened, recorded, facts, subject, _unit = row
    return Fact(n, uid, kind, clock.day_of(happened), recorded, json.loads(facts), subject)


class TableSource:
    """Live entries by kind and unit, read when first asked for and kept while ``n`` stands."""

    def __init__(self, n: int = 0) -> None:
        self._n = n
        self._kept: dict[tuple[str, UUID], tuple[date, date, list[Fact]]] = {}

    @property
    def n(self) -> int:
        """The last number that counts."""
        return self._n

    @n.setter
    def n(self, n: int) -> None:
        if n != self._n:
            self._kept.clear()
        self._n = n

    def facts(self, kind: str, units: Iterable[UUID], start: date, end: date) -> list[Fact]:
        """Return the live entries of a kind of these units that happened in [start, end]."""
        wanted = list(units)
        missing = [unit for unit in wanted if not self._covers(kind, unit, start, end)]
        if missing:
            self.prefetch([kind], missing, start, end)
        return [
            fact
            for unit in wanted
            for fact in self._kept[kind, unit][2]
            if start <= fact.day <= end
        ]

    def prefetch(self, kinds: Sequence[str], units: Sequence[UUID], start: date, end: date) -> None:
        """Read what many questions will ask for in one query."""
        found: dict[tuple[str, UUID], list[Fact]] = defaultdict(list)
        rows = live(self._n).filter(kind__in=kinds, unit_id__in=units)
        if start > date(2000, 1, 1):
            rows = rows.filter(happened__gte=clock.start_of(start))
        if end < date(9999, 1, 1):
            rows = rows.filter(happened__lt=clock.start_of(end + timedelta(days=1)))
        for row in rows.order_by("leaf__n").values_list(*COLUMNS):
            found[row[2], row[7]].append(fact_of(row))
        for kind in kinds:
            for unit in units:
                self._kept[kind, unit] = (start, end, found[kind, unit])

    def changed_units(self, since_n: int) -> frozenset[UUID]:
        """Return the units registered, moved or changed by entries with since_n < number ≤ n."""
        rows = Entry.objects.filter(
            kind__in=CHANGING, leaf__n__gt=since_n, leaf__n__lte=self._n, unit_id__isnull=False
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

    def touched(
        self, rows: Sequence[int], units: Sequence[UUID], first: date, last: date
    ) -> list[Occ]:
        """Return occurrences of these requirements and units that overlap [first, last]."""
        overlap = Q(start__lte=last, end__gte=first)
        return self._read(Occurrence.objects.filter(overlap, unit_id__in=units), rows)

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
        """Keep new occurrences until ``flush``, which every read does first."""
        self._new.extend((occ, at, cause) for occ in occs)

    def change(self, occ: Occ, at: datetime, cause: UUID) -> None:
        """Keep the new state of one that was read before."""
        if occ.pk is not None:
            self._changed[occ.pk] = occ
        self._steps.append((occ, occ.state_n, at, occ.state, occ.count, cause))

    def flush(self) -> None:
        """Write what was gathered: occurrences, their states, and the steps between."""
        self._write_new()
        if self._changed:
            rows = [
                Occurrence(
                    pk=occ.pk, state=occ.state, state_n=occ.state_n, count=occ.count,
                    needed=occ.needed,
                )
                for occ in self._changed.values()
            ]  # fmt: skip
            columns = ["state", "state_n", "count", "needed"]
            Occurrence.objects.bulk_update(rows, columns, batch_size=BATCH)
            self._changed.clear()
        steps = [
            StateChange(occurrence_id=occ.pk, n=n, at=at, state=state, count=count, cause=cause)
            for occ, n, at, state, count, cause in self._steps
        ]
        StateChange.objects.bulk_create(steps, batch_size=BATCH)
        self._steps.clear()

    def _write_new(self) -> None:
        if not self._new:
            return
        rows = [_row(occ) for occ, _, _ in self._new]
        Occurrence.objects.bulk_create(rows, batch_size=BATCH)
        for row, (occ, at, cause) in zip(rows, self._new, strict=True):
            occ.pk = row.pk
            self._hands[row.pk] = occ
            self._steps.append((occ, occ.opened_n, at, occ.state, occ.count, cause))
        self._new.clear()

    def _read(self, rows: QuerySet[Occurrence], wanted: Sequence[int] | None) -> list[Occ]:
        self._write_new()
        if wanted is not None:
            rows = rows.filter(requirement_id__in=wanted)
        return [self._in_hand(row) for row in rows.order_by("pk").iterator(BATCH)]

    def _in_hand(self, row: Occurrence) -> Occ:
        """Return the one object that stands for a row: two reads see each other's changes."""
        if row.pk not in self._hands:
            self._hands[row.pk] = occ_of(row, self.rulebook)
        return self._hands[row.pk]


def occ_of(row: Occurrence, rulebook: Rulebook) -> Occ:
    """Return a stored occurrence as the engine handles it."""
    return Occ(
        rulebook.by_row[row.requirement_id], row.unit_id, row.subject, row.period, row.start,
        row.end, row.due, row.deadline, row.opened_n, row.state, row.state_n, row.count,
        row.needed, row.pk,
    )  # fmt: skip


def _row(occ: Occ) -> Occurrence:
    return Occurrence(
        requirement_id=occ.active.row, unit_id=occ.unit, subject=occ.subject, period=occ.period,
        start=occ.start, end=occ.end, due=occ.due, deadline=occ.deadline, opened_n=occ.opened_n,
        state=occ.state, state_n=occ.state_n, count=occ.count, needed=occ.needed,
    )  # fmt: skip
