"""A body that may owe something, and the country of bodies on one day. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from anze.kernel.bus import clock
from anze.kernel.units.world import World, WorldUnit
from anze.lib.terms import Calendar

NONE = Calendar()
OWNER_LEVELS = ("campus", "unit", "section", "district")


@dataclass(frozen=True)
class Body:
    """One campus, unit, section or district as rules see it.

    ``line`` holds its own id and every ancestor's; ``above`` the unit over a campus; ``counted``
    its own id and its campuses': an entry made on a campus counts for the unit too.
    """

    id: UUID
    level: str
    kind: str
    ownership: str
    status: str
    facts: Mapping[str, str]
    line: frozenset[UUID]
    above: tuple[UUID, ...]
    counted: tuple[UUID, ...]
    since: date

    @property
    def section(self) -> str:
        """The code of a bureau section; empty for other bodies."""
        return self.facts.get("section", "")

    @property
    def registered(self) -> datetime:
        """The first instant of the day it opened."""
        return clock.start_of(self.since)


@dataclass(frozen=True)
class Country:
    """Every body of a world on a day, with the calendars they live by.

    It stands while nothing dated changes, often for months, and keeps what it was asked before;
    ``bound`` is where ``opening`` keeps which requirements bind which body.
    """

    world: World
    calendars: Mapping[UUID, Calendar]
    bound: dict[UUID, tuple[object, Any]] = field(default_factory=dict, repr=False)
    _bodies: dict[UUID, Body] = field(default_factory=dict, repr=False)
    _calendars: dict[UUID, Calendar] = field(default_factory=dict, repr=False)
    _under: dict[UUID, list[Body]] = field(default_factory=dict, repr=False)

    def get(self, unit: UUID | None) -> Body | None:
        """Return the body of a unit id; None for one that owes nothing or is unknown."""
        if unit is None:
            return None
        body = self._bodies.get(unit)
        if body is None:
            found = self.world.units.get(unit)
            if found is None or found.level not in OWNER_LEVELS:
                return None
            body = self._bodies[unit] = self._body(found)
        return body

    def calendar_of(self, body: Body) -> Calendar:
        """Return the calendar of the district a body lies in."""
        if body.id not in self._calendars:
            found = (self.calendars[one] for one in body.line if one in self.calendars)
            self._calendars[body.id] = next(found, NONE)
        return self._calendars[body.id]

    def under(self, root: UUID) -> list[Body]:
        """Return all bodies in the subtree of ``root``, in a fixed order."""
        if root not in self._under:
            found = (self.get(unit) for unit in sorted(self.world.subtree(root)))
            self._under[root] = [body for body in found if body is not None]
        return self._under[root]

    def around(self, unit: UUID) -> list[UUID]:
        """Return the ids whose duties an entry of ``unit`` may concern: its own, the unit over a
        campus, the campuses under a unit (for what must hold)."""
        body = self.get(unit)
        return [unit] if body is None else sorted({unit, *body.above, *body.counted})

    def owner(self, body: Body, level: str) -> Body | None:
        """Return the body of ``level`` that answers for ``body``: itself, or the unit over it."""
        if body.level == level:
            return body
        candidates = (self.get(above) for above in body.above)
        return next((one for one in candidates if one and one.level == level), None)

    @cached_property
    def size(self) -> int:
        """How many nodes the world has."""
        return len(self.world.units)

    def _body(self, unit: WorldUnit) -> Body:
        above = self._units_over(unit)
        inherited: dict[str, str] = {}
        for one in reversed(above):
            inherited |= self.world.units[one].facts
        facts = {**inherited, **unit.facts}
        return Body(
            id=unit.id,
            level=unit.level,
            kind=unit.kind or facts.get("kind", ""),
            ownership=unit.ownership or facts.get("ownership", ""),
            status=self._status(unit, above),
            facts=facts,
            line=frozenset((unit.id, *unit.ancestors)),
            above=above,
            counted=(unit.id, *self._campuses(unit)),
            since=unit.opened,
        )

    def _units_over(self, unit: WorldUnit) -> tuple[UUID, ...]:
        if unit.level != "campus":
            return ()
        return tuple(one for one in unit.ancestors if self.world.units[one].level == "unit")

    def _campuses(self, unit: WorldUnit) -> tuple[UUID, ...]:
        return self.world.below.get(unit.id, ()) if unit.level == "unit" else ()

    def _status(self, unit: WorldUnit, above: tuple[UUID, ...]) -> str:
        nodes = [unit, *(self.world.units[one] for one in above)]
        if unit.opened > self.world.day:
            return "coming"
        return next((one.status for one in nodes if one.status != "open"), "open")
