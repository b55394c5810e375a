"""The plan board: clause → how far it is fulfilled now → who lacks, as known on any day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from anze.engines.duties.models import SETTLED, Occurrence, Requirement, StateChange
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.ledger import selectors as ledger
from anze.kernel.packs import schema
from anze.kernel.packs import selectors as packs
from anze.kernel.packs.models import Pack
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Unit
from anze.lib import periods
from anze.lib.terms import Calendar

ACTION = "board.view"


@dataclass
class Counts:
    """How many occurrences stand where. Waived is a number of its own."""

    met: int = 0
    met_late: int = 0
    missed: int = 0
    owed: int = 0
    waived: int = 0

    @property
    def total(self) -> int:
        """All that were asked, the waived not included."""
        return self.met + self.met_late + self.missed + self.owed

    @property
    def done(self) -> int:
        """Met, in time or late."""
        return self.met + self.met_late

    @property
    def permille(self) -> int | None:
        """Done per thousand asked, rounded down; None when nothing was asked."""
        return self.done * 1000 // self.total if self.total else None

    def add(self, state: str, count: int) -> None:
        """Count ``count`` more in a state."""
        setattr(self, state, getattr(self, state) + count)

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.met + other.met,
            self.met_late + other.met_late,
            self.missed + other.missed,
            self.owed + other.owed,
            self.waived + other.waived,
        )


@dataclass
class Asked:
    """A requirement on the board: the running period, and the one before it."""

    row: Requirement
    spec: schema.Requirement
    now: Counts = field(default_factory=Counts)
    before: Counts = field(default_factory=Counts)
    now_label: str = ""
    before_label: str = ""
    now_start: date | None = None
    before_start: date | None = None


@dataclass
class ClauseRow:
    """A clause of the plan with the requirements that serve it."""

    clause: schema.Clause
    asked: list[Asked]

    @property
    def now(self) -> Counts:
        """The sum over its requirements, running periods."""
        return sum((one.now for one in self.asked), Counts())

    @property
    def before(self) -> Counts:
        """The sum over its requirements, last full periods."""
        return sum((one.before for one in self.asked), Counts())


@dataclass
class HeadRow:
    """A head of the plan."""

    head: schema.Head
    clauses: list[ClauseRow]


@dataclass
class Board:
    """One pack's board on a day, as known at ledger number ``n``."""

    pack: Pack
    meta: schema.Meta
    heads: list[HeadRow]
    day: date
    n: int
    others: list[Asked]  # requirements that stand under no clause, as in packs of laws


def board(ctx: Ctx, issuer: str, as_of: date | None = None) -> Board | None:
    """Return the board of an issuer's pack in force on a day (default today), or None.

    Numbers are those *known then*: what was recorded later does not count. A fixed number of
    queries whatever the size of the district.
    """
    day = min(as_of or ctx.today, ctx.today)
    n = ledger.size() if day == ctx.today else ledger.size_at(clock.start_of(_next(day)))
    active = [one for one in packs.binding(ctx, day, n) if one.row.issuer == issuer]
    if not active:
        return None
    chosen = active[-1]
    asked = _asked(chosen.row, chosen.pack)
    calendar = _calendar(ctx)
    _count(ctx, asked, calendar, day, None if day == ctx.today else n)
    heads = _heads(chosen.pack, asked)
    others = [one for one in asked.values() if not one.spec.clauses]
    return Board(chosen.row, chosen.pack.meta, heads, day, n, others)


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _calendar(ctx: Ctx) -> Calendar:
    districts = narrow(Unit.objects.filter(level="district"), ctx.access.visible(ACTION), "pk")
    first = districts.order_by("pk").values_list("pk", flat=True).first()
    return units.calendar(first or _only_district())


def _only_district() -> UUID | None:
    return Unit.objects.filter(level="district").values_list("pk", flat=True).first()


def _asked(pack: Pack, parsed: schema.Pack) -> dict[int, Asked]:
    rows = Requirement.objects.filter(pack=pack).order_by("pk")
    return {row.pk: Asked(row, parsed.requirements_by_ref[row.ref]) for row in rows}


def _count(ctx: Ctx, asked: dict[int, Asked], calendar: Calendar, day: date, n: int | None) -> None:
    wanted = Q(pk__in=[])
    for one in asked.values():
        wanted |= _window(one, calendar, day)
    rows = narrow(Occurrence.objects.filter(wanted), ctx.access.visible(ACTION))
    for requirement, start, state, count in _states(rows, n):
        one = asked[requirement]
        if state in SETTLED or state is None:
            continue
        counts = one.before if one.before_start == start != one.now_start else one.now
        counts.add(state, count)


def _window(one: Asked, calendar: Calendar, day: date) -> Q:
    """Choose the period that runs on the day and the one before it; all, for once and event."""
    every, mine = one.spec.every, Q(requirement_id=one.row.pk)
    if every in ("once", "event"):
        one.now_label = "一次性" if every == "once" else "逐次"
        return mine & Q(start__lte=day)
    now = periods.period_of(every, day, calendar)
    before = periods.period_of(every, now.start - timedelta(days=1), calendar)
    one.now_label, one.before_label = now.key, before.key
    one.now_start, one.before_start = now.start, before.start
    return mine & Q(start__in=(now.start, before.start))


def _states(
    rows: QuerySet[Occurrence], n: int | None
) -> Iterable[tuple[int, date, str | None, int]]:
    """Yield (requirement, start, state, count), as stored now or as known at ``n``."""
    if n is None:
        return rows.values_list("requirement_id", "start", "state").annotate(Count("pk")).order_by()
    known = StateChange.objects.filter(occurrence=OuterRef("pk"), n__lte=n).order_by("-n")
    was = rows.filter(opened_n__lte=n).annotate(was=Subquery(known.values("state")[:1]))
    return was.values_list("requirement_id", "start", F("was")).annotate(Count("pk")).order_by()


def _heads(parsed: schema.Pack, asked: dict[int, Asked]) -> list[HeadRow]:
    serving: dict[str, list[Asked]] = {}
    for one in asked.values():
        for ref in one.spec.clauses:
            serving.setdefault(ref, []).append(one)
    heads = {head.ref: HeadRow(head, []) for head in parsed.clauses.heads}
    for clause in parsed.clauses.clauses:
        heads[clause.head].clauses.append(ClauseRow(clause, serving.get(clause.ref, [])))
    return list(heads.values())


__all__ = ["Asked", "Board", "ClauseRow", "Counts", "HeadRow", "board"]
