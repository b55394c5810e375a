"""From where a person acts: posts, deputyships and grants; and how far each of them reaches."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from django.db.models import CharField, F, Q, QuerySet, Value

from anze.kernel.people.models import Deputy, Grant, Holding, User, active_on
from anze.kernel.people.table import Relation, relations
from anze.kernel.units import bodies, walk
from anze.kernel.units.models import Unit

SOURCES = {
    "post": "任职",
    "deputy": "代理",
    "grant": "授权",
    "token": "接口令牌",
    "device": "传达室设备",
}


@dataclass(frozen=True, order=True)
class Root:
    """A role over a body, and what gives it: a post, standing in for one, or a grant."""

    role: str
    unit_id: UUID
    source: str


def roots_of(user_id: UUID, day: date) -> tuple[Root, ...]:
    """Return from where an active user acts on a day. One query."""
    alive = Q(user_id=user_id, user__is_active=True)
    held = Holding.objects.filter(active_on(day), alive)
    stood_in = Deputy.objects.filter(active_on(day), active_on(day, "holding__"), alive)
    granted = Grant.objects.filter(active_on(day), alive)
    rows = _columns(held, "post__role", "unit_id", "post").union(
        _columns(stood_in, "holding__post__role", "holding__unit_id", "deputy"),
        _columns(granted, "role", "unit_id", "grant"),
    )
    return tuple(sorted(Root(role, unit, source) for role, unit, source in rows))


def guards_of(campus_id: UUID, day: date) -> QuerySet[User]:
    """Return the active people who are guards on a campus: by a post there or in its unit."""
    homes = bodies.homes_of([campus_id], day)
    here = {campus_id, *homes.values()}
    held = Holding.objects.filter(active_on(day), unit_id__in=here, post__role="guard")
    stood_in = Deputy.objects.filter(
        active_on(day),
        active_on(day, "holding__"),
        holding__unit_id__in=here,
        holding__post__role="guard",
    )
    among = Q(pk__in=held.values("user_id")) | Q(pk__in=stood_in.values("user_id"))
    return User.objects.filter(among, is_active=True).order_by("pinyin", "pk")


def is_guard(user_id: UUID, campus_id: UUID, day: date) -> bool:
    """Tell whether a person is a guard on a campus on a day."""
    return guards_of(campus_id, day).filter(pk=user_id).exists()


def guarded_by(user_id: UUID, day: date) -> UUID | None:
    """Return a campus or unit that a person guards on a day, or None: the PIN is one for all."""
    return next((root.unit_id for root in roots_of(user_id, day) if root.role == "guard"), None)


def _columns(rows: QuerySet[Holding] | QuerySet[Deputy] | QuerySet[Grant], *names: str):  # type: ignore[no-untyped-def]
    role, unit, source = names
    named = rows.annotate(
        its_role=F(role), its_unit=F(unit), its_source=Value(source, output_field=CharField())
    )
    return named.order_by().values_list("its_role", "its_unit", "its_source")


class Reach:
    """The units in each relation to a set of bodies on one day; each walk is done once."""

    def __init__(self, bodies: Collection[UUID], day: date) -> None:
        self._bodies, self._day = frozenset(bodies), day

    @cached_property
    def _inside(self) -> dict[UUID, set[UUID]]:
        return walk.down(self._bodies, self._day)

    @cached_property
    def _up(self) -> dict[UUID, list[tuple[UUID, str]]]:
        return walk.up(self._bodies, self._day)

    @cached_property
    def _districts(self) -> dict[UUID, UUID]:
        """The district of each body that lies below one. (A district itself has no siblings.)"""
        found = {}
        for body, ancestors in self._up.items():
            for ancestor, level in ancestors:
                if level == "district":
                    found[body] = ancestor
        return found

    @cached_property
    def _inside_districts(self) -> dict[UUID, set[UUID]]:
        return walk.down(frozenset(self._districts.values()), self._day)

    def units(self, body: UUID, relation: Relation) -> Collection[UUID]:
        """Return the units that stand in ``relation`` to ``body``."""
        if relation == "own":
            return self._inside[body]
        if relation == "above":
            return self._above(body)
        near = self._inside[body] | self._above(body)
        if relation == "sibling":
            return self._whole_district(body) - near
        everything = frozenset(Unit.objects.values_list("pk", flat=True))
        return everything - near - self._whole_district(body)

    def stands(self, unit_id: UUID, relation: Relation, body: UUID) -> bool:
        """Tell whether a unit (taken to exist) stands in ``relation`` to ``body``."""
        if unit_id in self._inside[body]:
            return relation == "own"
        if relation == "own":
            return False  # without walking up or around
        if unit_id in self._above(body):
            return relation == "above"
        return relation == ("sibling" if unit_id in self._whole_district(body) else "other")

    def grew(self, parent_id: UUID, unit_id: UUID) -> None:
        """Take in a unit just registered under ``parent_id``, so that an import need not walk the
        tree anew for every row."""
        for name in ("_inside", "_inside_districts"):
            for units in self.__dict__.get(name, {}).values():
                if parent_id in units:
                    units.add(unit_id)

    def _above(self, body: UUID) -> frozenset[UUID]:
        above = []
        for ancestor, level in self._up[body] if body in self._districts else ():
            above.append(ancestor)
            if level == "district":
                break
        return frozenset(above)

    def _whole_district(self, body: UUID) -> set[UUID]:
        district = self._districts.get(body)
        return self._inside_districts[district] if district else set()


def reachable(action: str, roots: Collection[Root], reach: Reach) -> frozenset[UUID]:
    """Return the units on which these roots allow an action."""
    wanted = {(root.unit_id, relation) for root, relation in allowed(action, roots)}
    return frozenset().union(*(reach.units(body, relation) for body, relation in wanted))


def allowed(action: str, roots: Collection[Root]) -> Iterator[tuple[Root, Relation]]:
    """Yield each root with each relation the table gives its role for an action."""
    for root in roots:
        for relation in relations(action, root.role):
            yield root, relation
