"""How many fields are asked of which post of which unit in a month: counted, never typed in.

Asked in a month are the occurrences whose period starts in it and that still stand, and the
collection tasks that reached a unit in it. What is the same duty in several packs is filled in
once and counted once, by the first of its requirements that has a form. A field is one field of
the form; a check list counts one for each of its items.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Min, Q, Sum

from anze.domains.burden import meaning
from anze.domains.burden.models import CollectionAnswer, CollectionTask
from anze.engines.duties.models import SETTLED, Occurrence, Requirement
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.packs import schema
from anze.kernel.packs import selectors as packs
from anze.kernel.packs.schema.form import Form
from anze.kernel.people.models import PostType
from anze.kernel.units import bodies
from anze.kernel.units.models import Unit

COUNT: Final = "burden.count"
TASK_POST: Final = "safety_officer"
UNLIKE: Final = ("checklist", "photo", "file")


@dataclass(frozen=True)
class Asked:
    """One field: its label, its meaning and type, how many answers it wants, if prefilled."""

    label: str
    type: str
    times: int = 1
    prefilled: bool = False

    @property
    def sort(self) -> tuple[str, str]:
        """What makes two fields the same: meaning and type."""
        return meaning.of(self.label), self.type


@dataclass(frozen=True)
class Source:
    """What asks: a requirement with its form, or a collection task. ``key`` names it."""

    key: str
    title: str
    form: str
    post: str
    fields: tuple[Asked, ...]

    @property
    def each(self) -> int:
        """How many fields it asks each time."""
        return sum(one.times for one in self.fields)

    @property
    def prefilled(self) -> int:
        """How many of them the form brings along from the last time or by default."""
        return sum(one.times for one in self.fields if one.prefilled)


@dataclass(frozen=True)
class Line:
    """One source at one unit, campuses folded in: how often; how many fields came prefilled."""

    source: Source
    unit_id: UUID
    times: int
    prefilled: int

    @property
    def fields(self) -> int:
        """How many fields that makes."""
        return self.times * self.source.each


@dataclass(frozen=True)
class Month:
    """All that is asked in one month; ``quiet`` is unit → duties that asked for no form."""

    first: date
    lines: list[Line]
    quiet: Mapping[UUID, int]

    @property
    def formless(self) -> int:
        """How many duties asked for no form at all."""
        return sum(self.quiet.values())

    @property
    def fields(self) -> int:
        """How many fields are asked in all."""
        return sum(one.fields for one in self.lines)

    @property
    def prefilled(self) -> int:
        """How many of them come prefilled."""
        return sum(one.prefilled for one in self.lines)

    def by(self, key: Callable[[Line], Any]) -> dict[Any, int]:
        """Return key → fields."""
        found: dict[Any, int] = defaultdict(int)
        for one in self.lines:
            found[key(one)] += one.fields
        return dict(found)

    def times(self) -> dict[str, int]:
        """Return source key → how often it asks."""
        found: dict[str, int] = defaultdict(int)
        for one in self.lines:
            found[one.source.key] += one.times
        return dict(found)

    def only(self, keep: Callable[[Line], bool]) -> Month:
        """Return the month with some of its lines."""
        return Month(self.first, [one for one in self.lines if keep(one)], self.quiet)

    def of(self, unit: UUID) -> Month:
        """Return the month of one unit."""
        quiet = {unit: self.quiet.get(unit, 0)}
        return Month(self.first, [one for one in self.lines if one.unit_id == unit], quiet)

    def twice(self) -> list[tuple[str, list[Source]]]:
        """Return label → the sources that ask one unit the same by more than one form.

        Check lists and pictures are left out: what they ask does not stand in their label.
        """
        at: dict[tuple[str, str], dict[UUID, dict[str, tuple[str, Source]]]] = {}
        for line in self.lines:
            for field in line.source.fields:
                if field.type not in UNLIKE:
                    here = at.setdefault(field.sort, {}).setdefault(line.unit_id, {})
                    here.setdefault(line.source.form, (field.label, line.source))
        found = []
        for units in at.values():
            both = {form: one for here in units.values() if len(here) > 1
                    for form, one in here.items()}  # fmt: skip
            if both:
                sources = sorted((source for _, source in both.values()), key=lambda s: s.title)
                found.append((min(label for label, _ in both.values()), sources))
        return sorted(found, key=lambda one: (-len(one[1]), one[0]))


def before(first: date) -> date:
    """Return the first day of the month before."""
    return (first - timedelta(days=1)).replace(day=1)


def after(first: date) -> date:
    """Return the first day of the month after."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def month(ctx: Ctx, first: date) -> Month:
    """Return what is asked in the month that begins on ``first``, of the units in sight."""
    seen = ctx.access.visible(COUNT)
    home = bodies.all_homes(ctx.today)
    asked, quiet = _duties(seen, home, first)
    return Month(first, [*asked, *_tasks(seen, home, first)], quiet)


def _duties(seen: Any, home: dict[UUID, UUID], first: date) -> tuple[list[Line], dict[UUID, int]]:
    rows = Occurrence.objects.filter(start__gte=first, start__lt=after(first))
    rows = narrow(rows.exclude(state__in=SETTLED), seen).order_by()
    once = ("requirement__group", "unit_id", "subject", "period")
    with_form = Min("requirement_id", filter=~Q(requirement__form=""))
    times: dict[tuple[int, UUID], int] = defaultdict(int)
    quiet: dict[UUID, int] = defaultdict(int)
    for unit, requirement in rows.values(*once).annotate(by=with_form).values_list("unit_id", "by"):
        if requirement is None:
            quiet[home.get(unit, unit)] += 1
        else:
            times[requirement, home.get(unit, unit)] += 1
    sources = _sources({requirement for requirement, _ in times})
    lines = [
        Line(sources[requirement], unit, count, count * sources[requirement].prefilled)
        for (requirement, unit), count in times.items()
    ]
    return lines, dict(quiet)


def _sources(ids: Iterable[int]) -> dict[int, Source]:
    rows = Requirement.objects.filter(pk__in=list(ids)).select_related("pack")
    return {row.pk: _source(row) for row in rows.defer("pack__content")}


def _source(row: Requirement) -> Source:
    form = form_of(packs.by_hash(row.pack.hash), row.form)
    fields = tuple(_asked(form)) if form else ()
    owner, _, ref = row.form.rpartition("/")
    return Source(f"duty:{row.pk}", row.title, f"{owner or row.pack.issuer}/{ref}", row.who, fields)


def form_of(pack: schema.Pack, ref: str) -> Form | None:
    """Return the form a requirement of a pack names, in the very versions the pack depends on."""
    owner, _, bare = ref.rpartition("/")
    if owner and owner != pack.issuer:
        other = packs.depends(pack).get(owner)
        return other.forms_by_ref.get(bare) if other else None
    return pack.forms_by_ref.get(bare)


def _asked(form: Form) -> Iterable[Asked]:
    for field in form.fields:
        # A check list is never filled in by itself: the form offers the last answers to confirm.
        ready = field.default is not None and field.type not in UNLIKE
        yield Asked(field.label, field.type, max(1, len(field.items)), ready)


def _tasks(seen: Any, home: dict[UUID, UUID], first: date) -> list[Line]:
    span = (clock.start_of(first), clock.start_of(after(first)))
    rows = narrow(CollectionAnswer.objects.filter(asked__gte=span[0], asked__lt=span[1]), seen)
    counted = list(
        rows.order_by().values_list("task_id", "unit_id").annotate(Count("pk"), Sum("prefilled"))
    )
    known = CollectionTask.objects.filter(pk__in={one[0] for one in counted})
    sources = {
        task.pk: Source(
            f"task:{task.pk}", task.title, f"task:{task.pk}", TASK_POST,
            tuple(Asked(one.label, one.type) for one in task.fields.all()),
        )
        for task in known.prefetch_related("fields")
    }  # fmt: skip
    return [
        Line(sources[task], home.get(unit, unit), times, prefilled or 0)
        for task, unit, times, prefilled in counted
    ]


def posts() -> dict[str, str]:
    """Return post code → title. One query."""
    return dict(PostType.objects.values_list("code", "title"))


def units(ids: Iterable[UUID]) -> dict[UUID, Unit]:
    """Return unit id → unit. One query."""
    return Unit.objects.in_bulk(list(set(ids)))
