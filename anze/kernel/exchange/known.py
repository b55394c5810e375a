"""What the house already knows about a district, read once for a whole file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.people.models import Grant, Holding, User, active_on
from anze.kernel.people.roles import ADMIN_ROLES
from anze.kernel.units import known as units_known
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Edge, Unit, UnitFact

DIRECT = frozenset(
    {"区直属", "局直属", "直属", "区直", "县直属", "市直属", "局属", "教育局", "区教育局"}
)


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """A unit or campus as registered: columns, parent, facts in force."""

    id: UUID
    level: str
    name: str
    short_name: str
    kind: str
    ownership: str
    code: str
    uscc: str
    parent: UUID | None
    closed: bool
    inside: bool
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """An account: who, which phone, whether it may be given posts."""

    id: UUID
    name: str
    username: str
    phone: str
    active: bool
    administrator: bool


@dataclass
class Known:
    """Everything the checks of one file compare with. Nothing here is asked for row by row."""

    scope_id: UUID
    scope_name: str
    actor_id: UUID | None = None
    today: date = date.min
    by_id: dict[UUID, KnownUnit] = field(default_factory=dict)
    towns: dict[str, UUID] = field(default_factory=dict)
    by_name: dict[str, list[KnownUnit]] = field(default_factory=dict)
    by_code: dict[str, KnownUnit] = field(default_factory=dict)
    by_uscc: dict[str, KnownUnit] = field(default_factory=dict)
    campuses: dict[UUID, dict[str, KnownUnit]] = field(default_factory=dict)
    people: dict[UUID, KnownPerson] = field(default_factory=dict)
    by_phone: dict[str, KnownPerson] = field(default_factory=dict)
    by_username: dict[str, KnownPerson] = field(default_factory=dict)
    holdings: dict[tuple[UUID, str], dict[UUID, UUID]] = field(default_factory=dict)
    # holding → person, unit, post
    posts: dict[UUID, tuple[UUID, UUID, str]] = field(default_factory=dict)

    def add(self, unit: KnownUnit) -> None:
        """Put a unit into the indexes."""
        self.by_id[unit.id] = unit
        if unit.code:
            self.by_code[unit.code] = unit
        if unit.uscc and unit.level == "unit" and unit.inside and not unit.closed:
            self.by_uscc[unit.uscc] = unit
        if unit.level == "town" and unit.inside:
            self.towns[unit.name] = self.towns[unit.short_name] = unit.id
        elif unit.level == "unit" and unit.inside and not unit.closed:
            self.by_name.setdefault(unit.name, []).append(unit)
        elif unit.level == "campus" and unit.parent and not unit.closed:
            self.campuses.setdefault(unit.parent, {})[unit.name] = unit

    def add_person(self, person: KnownPerson) -> None:
        """Put an account into the indexes."""
        self.people[person.id] = person
        self.by_username[person.username] = person
        if person.phone:
            self.by_phone[person.phone] = person

    def town(self, name: str) -> UUID | None:
        """Return the id of a town, or of the scope for what stands directly under it."""
        if name in DIRECT or name == self.scope_name:
            return self.scope_id
        if name in self.towns:
            return self.towns[name]
        bare = name.removesuffix("街道").removesuffix("镇").removesuffix("乡")
        near = [
            t
            for n, t in self.towns.items()
            if bare and n in (f"{bare}镇", f"{bare}街道", f"{bare}乡")
        ]
        return near[0] if len(set(near)) == 1 else None


def load(ctx: Ctx, scope_id: UUID) -> Known:
    """Read what is registered: a fixed number of queries, whatever the size of the file."""
    day = ctx.today
    scope = Unit.objects.get(pk=scope_id)
    known = Known(scope_id, scope.name, today=day, actor_id=ctx.actor_id)
    inside = units.subtree(scope_id, day)
    for unit in _units(day, inside):
        known.add(unit)
    _people(ctx, known)
    held: dict[tuple[UUID, str], dict[UUID, UUID]] = defaultdict(dict)
    holdings = Holding.objects.filter(active_on(day))
    for holding in holdings:
        held[holding.unit_id, str(holding.post_id)][holding.user_id] = holding.pk
        if holding.unit_id in inside:
            post = (holding.user_id, holding.unit_id, str(holding.post_id))
            known.posts[holding.pk] = post
    known.holdings = dict(held)
    return known


def _units(day: date, inside: frozenset[UUID]) -> list[KnownUnit]:
    line = Edge.objects.filter(units_known.in_force(day), relation=Edge.LINE)
    parents = dict(line.values_list("child_id", "parent_id"))
    facts = units_known.facts_in_force(UnitFact.objects.all(), day)
    return [
        KnownUnit(
            id=unit.pk,
            level=unit.level,
            name=unit.name,
            short_name=unit.short_name,
            kind=unit.kind,
            ownership=unit.ownership,
            code=unit.code or "",
            uscc=unit.uscc,
            parent=parents.get(unit.pk),
            closed=unit.closed_on is not None and unit.closed_on <= day,
            inside=unit.pk in inside,
            facts=facts.get(unit.pk, {}),
        )
        for unit in Unit.objects.all()
    ]


def _people(ctx: Ctx, known: Known) -> None:
    grants = Grant.objects.filter(active_on(ctx.today), role__in=ADMIN_ROLES)
    administrators = set(grants.values_list("user_id", flat=True))
    rows = User.objects.values_list("pk", "name", "username", "phone", "is_active")
    for pk, name, username, phone, active in rows:
        known.add_person(KnownPerson(pk, name, username, phone or "", active, pk in administrators))
