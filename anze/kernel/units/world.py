"""A frozen picture of all units on one day, as known at one number of the ledger. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Final
from uuid import UUID

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class WorldUnit:
    """One unit as rules see it: codes, ids and dates, no names.

    ``ancestors`` by the line, nearest first; ``groups`` the education groups it belongs to;
    ``facts`` every dated fact in force, those of the three columns included.
    """

    id: UUID
    level: str
    kind: str
    ownership: str
    status: str
    facts: Mapping[str, str]
    ancestors: tuple[UUID, ...]
    groups: tuple[UUID, ...]
    opened: date
    closed: date | None

    @property
    def parent(self) -> UUID | None:
        """The node it hangs under."""
        return self.ancestors[0] if self.ancestors else None


@dataclass(frozen=True)
class World:
    """All units registered by entries ≤ ``at_n`` (None: all), with what holds on ``day``.

    Units not yet opened or already closed on the day are there too: ``opened`` and ``closed`` say.
    """

    at_n: int | None
    day: date
    units: Mapping[UUID, WorldUnit] = field(repr=False)

    @cached_property
    def below(self) -> Mapping[UUID, tuple[UUID, ...]]:
        """The direct children by the line of each unit that has any."""
        children: dict[UUID, list[UUID]] = defaultdict(list)
        for unit in self.units.values():
            if unit.ancestors:
                children[unit.ancestors[0]].append(unit.id)
        return {parent: tuple(sorted(ids)) for parent, ids in children.items()}

    def subtree(self, root: UUID) -> frozenset[UUID]:
        """Return ``root`` and everything under it by the line; empty if it is unknown."""
        if root not in self.units:
            return frozenset()
        found, todo = {root}, [root]
        while todo:
            for child in self.below.get(todo.pop(), ()):
                found.add(child)
                todo.append(child)
        return frozenset(found)

    def district_of(self, unit_id: UUID) -> UUID | None:
        """Return the district a unit lies in (itself if it is one), or None."""
        unit = self.units.get(unit_id)
        if unit is None:
            return None
        for candidate in (unit_id, *unit.ancestors):
            if candidate in self.units and self.units[candidate].level == "district":
                return candidate
        return None

    def alive(self, unit_id: UUID) -> bool:
        """Tell whether the unit is open on the day: opened, not closed, not suspended."""
        unit = self.units.get(unit_id)
        return unit is not None and unit.status == "open" and unit.opened <= self.day


@dataclass(frozen=True, slots=True)
class UnitRow:
    """What the builder needs of a unit's row; ``closed`` only if known at ``at_n``."""

    id: UUID
    level: str
    opened: date
    closed: date | None


def build(
    at_n: int | None,
    day: date,
    rows: Iterable[UnitRow],
    line: Mapping[UUID, UUID],
    groups: Mapping[UUID, tuple[UUID, ...]],
    facts: Mapping[UUID, Mapping[str, str]],
) -> World:
    """Return the world of these rows. ``line`` is child → parent, ``groups`` unit → groups."""
    units = {}
    for row in rows:
        own = facts.get(row.id, _NOTHING)
        closed = row.closed is not None and row.closed <= day
        units[row.id] = WorldUnit(
            id=row.id,
            level=row.level,
            kind=own.get("kind", ""),
            ownership=own.get("ownership", ""),
            status="closed" if closed else own.get("status", "open"),
            facts=MappingProxyType(dict(own)),
            ancestors=chain(row.id, line),
            groups=groups.get(row.id, ()),
            opened=row.opened,
            closed=row.closed,
        )
    return World(at_n=at_n, day=day, units=MappingProxyType(units))


def chain(unit_id: UUID, line: Mapping[UUID, UUID]) -> tuple[UUID, ...]:
    """Return the ancestors of a unit, nearest first; stops rather than loop on damaged data."""
    found: list[UUID] = []
    while (parent := line.get(unit_id)) is not None and parent not in found:
        found.append(parent)
        unit_id = parent
    return tuple(found)
