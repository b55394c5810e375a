"""Worlds, calendars and rulebooks as known at a number, built once and kept while they stand."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from threading import Lock
from typing import Generic, TypeVar
from uuid import UUID

from anze.engines.duties.body import Country
from anze.engines.duties.engine import CLOSED, HEAVY, RULING, WAIVED, News
from anze.engines.duties.models import Requirement, RequirementClause
from anze.engines.duties.rulebook import Active, Rulebook, groups
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import selectors as packs
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Edge, Unit, UnitFact

UNIT_KINDS = (
    "units.registered",
    "units.renamed",
    "units.fact_set",
    "units.moved",
    "units.group_joined",
    "units.group_left",
    "units.closed",
    "units.term_set",
    "units.day_overridden",
)
KEPT = 4
K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The last few values made, for all threads of the process."""

    def __init__(self) -> None:
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """Return the value kept under a key, or None."""
        with self._lock:
            if (value := self._values.get(key)) is not None:
                self._values.move_to_end(key)
            return value

    def made(self, key: K, make: Callable[[], V]) -> V:
        """Return the value of a key, made outside the lock if it is not kept."""
        if (value := self.get(key)) is None:
            value = make()
            with self._lock:
                self._values[key] = value
                while len(self._values) > KEPT:
                    self._values.popitem(last=False)
        return value

    def newest(self, fits: Callable[[K], bool]) -> V | None:
        """Return the value used last among the keys that fit."""
        with self._lock:
            return next((self._values[k] for k in reversed(self._values) if fits(k)), None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()


_countries: Kept[tuple[UUID | None, date], Country] = Kept()
_rulebooks: Kept[UUID | None, Rulebook] = Kept()
_turns: Kept[UUID | None, list[date]] = Kept()


class Atlas:
    """What is known at a number. ``notice`` tells it of each entry passed on the way.

    Keys are the uid of the last entry that changed units or activations, so a kept picture can
    never be mistaken for that of another history.
    """

    def __init__(self, n: int) -> None:
        self._units = _last(UNIT_KINDS, n)
        self._rules = _last(RULING, n)

    def notice(self, news: News) -> None:
        """Drop what an entry makes outdated."""
        if news.fact.kind in UNIT_KINDS:
            self._units = news.fact.uid
        if news.fact.kind in RULING:
            self._rules = news.fact.uid

    def concerns(self, news: News) -> bool:
        """Say whether an entry can change any occurrence at all."""
        if news.fact.kind in (*HEAVY, WAIVED, CLOSED):
            return True
        rulebook = self.rulebook(news.fact.n)
        return news.fact.kind in rulebook.by_kind or news.fact.kind in rulebook.by_start

    def country(self, n: int, day: date) -> Country:
        """Return all bodies on a day as known at ``n``; ``date.max`` for any day at hand."""
        if day == date.max:
            kept = _countries.newest(lambda key: key[0] == self._units)
            if kept is not None:
                return kept
        turn = self._turn(day)
        return _countries.made((self._units, turn), lambda: _country(n, turn))

    def _turn(self, day: date) -> date:
        """Return the last day ≤ ``day`` on which anything dated began or ended.

        The country of that day is the country of ``day``: most days nothing changes.
        """
        turns = _turns.made(self._units, _turning_days)
        place = bisect_right(turns, day)
        return turns[place - 1] if place else date.min

    def around(self, n: int, day: date, unit: UUID) -> list[UUID]:
        """Return the ids whose duties an entry of ``unit`` may concern: see ``Country.around``.

        Does not build a country for it: while a roster is imported there would be one per row.
        """
        turns_known = _turns.get(self._units) is not None
        if turns_known and (kept := _countries.get((self._units, self._turn(day)))) is not None:
            return kept.around(unit)
        line = Edge.objects.filter(relation=Edge.LINE)
        up = line.filter(child_id=unit, parent__level="unit").values_list("parent_id", flat=True)
        down = line.filter(parent_id=unit, child__level="campus").values_list("child_id", flat=True)
        return sorted({unit, *up, *down})

    def rulebook(self, n: int) -> Rulebook:
        """Return the requirements in force as known at ``n``."""
        return _rulebooks.made(self._rules, lambda: build_rulebook(n))


def forget() -> None:
    """Drop everything kept, for a process whose database was replaced under it."""
    _countries.clear()
    _rulebooks.clear()
    _turns.clear()


def _turning_days() -> list[date]:
    """Return every day on which an edge, a fact or a unit begins or ends, in order.

    Those of rows not known yet are among them: a day too many costs a country, nothing else.
    """
    columns = [
        Edge.objects.values_list("valid_from", flat=True),
        Edge.objects.values_list("valid_to", flat=True),
        UnitFact.objects.values_list("valid_from", flat=True),
        Unit.objects.values_list("opened_on", flat=True),
        Unit.objects.values_list("closed_on", flat=True),
    ]
    return sorted({day for rows in columns for day in rows.order_by().distinct() if day})


def _last(kinds: tuple[str, ...], n: int) -> UUID | None:
    rows = Entry.objects.filter(kind__in=kinds, leaf__n__lte=n).order_by("-leaf__n")
    return rows.values_list("uid", flat=True).first()


def _country(n: int, day: date) -> Country:
    world = units.load_world(n, day)
    districts = [one.id for one in world.units.values() if one.level == "district"]
    return Country(world, {district: units.calendar(district, n) for district in districts})


def build_rulebook(n: int) -> Rulebook:
    """Return every requirement of the activations with number ≤ n, each with its span of days."""
    activations = packs.activations(n)
    named = [
        (one.row.issuer, requirement)
        for one in activations
        for requirement in one.pack.requirements
    ]
    bosses = groups(named)
    actives: list[Active] = []
    for one in activations:
        later = [
            other.from_day
            for other in activations
            if (other.row.issuer, other.scope) == (one.row.issuer, one.scope)
            and other.row.pk != one.row.pk
            and other.from_day > one.from_day
        ]
        later += [one.ends] if one.ends else []
        rows = _rows(one, bosses)
        actives.extend(
            Active(
                rows[spec.ref], one.row.name, spec, one.scope, one.from_day,
                min(later, default=date.max),
            )
            for spec in one.pack.requirements
        )  # fmt: skip
    return Rulebook(tuple(actives))


def _rows(activation: packs.Active, bosses: dict[str, str]) -> dict[str, int]:
    """Return the row of each requirement of an activated pack, made on first use."""
    pack = activation.row
    known = dict(Requirement.objects.filter(pack=pack).values_list("ref", "pk"))
    missing = [spec for spec in activation.pack.requirements if spec.ref not in known]
    for spec in missing:
        form = f"{pack.issuer}/{spec.form}" if spec.form and "/" not in spec.form else spec.form
        row = Requirement.objects.create(
            pack=pack, ref=spec.ref, group=bosses[f"{pack.issuer}/{spec.ref}"], title=spec.title,
            who=spec.who, level=spec.level, every=spec.every, form=form or "",
        )  # fmt: skip
        RequirementClause.objects.bulk_create(
            [RequirementClause(requirement=row, clause=clause) for clause in spec.clauses]
        )
        known[spec.ref] = row.pk
    return known
