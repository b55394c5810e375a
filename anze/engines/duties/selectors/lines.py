"""What is owed, line by line: duties that are the same in several packs are one line."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from django.db.models import Count, DateField, QuerySet, Subquery
from django.db.models.functions import Coalesce

from anze.engines.duties.models import SETTLED, Occurrence, Requirement, State
from anze.kernel.bus.ctx import Ctx, narrow_list
from anze.kernel.bus.errors import NotFound
from anze.kernel.packs import schema
from anze.kernel.packs import selectors as packs

VIEW = "duties.view"
SOON = timedelta(days=7)
REMEMBERED = timedelta(days=45)  # how long a missed duty stays on Home
Urgency = Literal["overdue", "today", "week", "later"]


@dataclass
class Line:
    """One line on Home: the occurrences of a unit that are the same duty in several packs."""

    occurrences: list[Occurrence] = field(default_factory=list)

    @property
    def first(self) -> Occurrence:
        """The occurrence with the strictest deadline: its due day is the one shown."""
        return min(self.occurrences, key=lambda occ: (occ.deadline, occ.pk))

    @property
    def also(self) -> list[Occurrence]:
        """The others, met by the same act."""
        return [occ for occ in self.occurrences if occ.pk != self.first.pk]

    @property
    def form(self) -> str:
        """The form that records it; empty if it is met some other way."""
        return next((occ.requirement.form for occ in self.occurrences if occ.requirement.form), "")

    def urgency(self, today: date) -> Urgency:
        """Say where on Home it belongs."""
        due = self.first.due
        if self.first.state == State.MISSED or due < today:
            return "overdue"
        if due == today:
            return "today"
        return "week" if due <= today + SOON else "later"


def visible(ctx: Ctx, action: str = VIEW) -> QuerySet[Occurrence]:
    """Return the occurrences of the units on which the actor may do ``action``."""
    rows = Occurrence.objects.select_related("requirement__pack", "unit")
    return narrow_list(rows.defer("requirement__pack__content"), ctx.access.visible(action))


def get(ctx: Ctx, occurrence_id: int, action: str = VIEW) -> Occurrence:
    """Return one occurrence; raise NotFound out of scope, Denied inside it."""
    found = (
        Occurrence.objects.select_related("requirement__pack", "unit")
        .defer("requirement__pack__content")
        .filter(pk=occurrence_id)
        .first()
    )
    if found is None:
        raise NotFound("没有这项履职事项")
    ctx.access.check(action, found.unit_id)
    return found


def occurrences(ctx: Ctx, units: Collection[UUID] | None = None) -> QuerySet[Occurrence]:
    """Return visible occurrences that still stand, for lists; optionally of some units only."""
    rows = visible(ctx).exclude(state__in=SETTLED)
    return rows if units is None else rows.filter(unit_id__in=units)


def owed(
    ctx: Ctx, units: Collection[UUID], posts: Collection[tuple[UUID, str]] | None = None
) -> list[Line]:
    """Return what these units owe now, most urgent first, and what they missed lately.

    ``posts``: only what is held by these (unit, post) pairs. One query.
    """
    rows = visible(ctx).filter(
        unit_id__in=units, state__in=(State.OWED, State.MISSED), start__lte=ctx.today
    )
    rows = rows.exclude(state=State.MISSED, due__lt=ctx.today - REMEMBERED)
    found = list(rows.order_by("deadline", "pk")[:1000])
    if posts is not None:
        held = set(posts)
        found = [occ for occ in found if (occ.unit_id, occ.requirement.who) in held]
    return lines(found)


def missed_earlier(ctx: Ctx, units: Collection[UUID]) -> dict[UUID, int]:
    """Return body → how many it missed so long ago that Home no longer lists them. One query."""
    rows = visible(ctx).filter(
        unit_id__in=units, state=State.MISSED, due__lt=ctx.today - REMEMBERED
    )
    return dict(rows.order_by().values_list("unit_id").annotate(Count("pk")))


def lines(rows: Iterable[Occurrence]) -> list[Line]:
    """Fold occurrences of one group, unit, subject and rhythm into lines, keeping their order."""
    folded: dict[tuple[object, ...], Line] = {}
    for occ in rows:
        key = (occ.requirement.group, occ.unit_id, occ.subject, occ.period)
        folded.setdefault(key, Line()).occurrences.append(occ)
    return list(folded.values())


def lacking(ctx: Ctx, requirement_id: int | None = None) -> QuerySet[Occurrence]:
    """Return what is missed, or owed and due within three days: whom one may have to remind."""
    rows = visible(ctx).filter(
        state__in=(State.OWED, State.MISSED), due__lte=ctx.today + timedelta(days=3)
    )
    since = ctx.today - REMEMBERED
    rows = rows.exclude(state=State.MISSED, due__lt=since).filter(due__gte=_first_owed(since))
    return rows if requirement_id is None else rows.filter(requirement_id=requirement_id)


def _first_owed(since: date) -> Coalesce:
    """Return the due day before which nothing is owed any more, at most ``since``.

    It excludes nothing that the states would not; it is where a walk by due day may begin.
    """
    older = Occurrence.objects.filter(state=State.OWED, due__lt=since).order_by("due", "pk")
    return Coalesce(Subquery(older.values("due")[:1]), since, output_field=DateField())


def tally(ctx: Ctx, units: Collection[UUID], start: date, end: date) -> dict[str, int]:
    """Return how many duties due in [start, end] are in each state. One query."""
    rows = Occurrence.objects.filter(unit_id__in=units, due__range=(start, end))
    counted = rows.exclude(state__in=SETTLED).values_list("state").annotate(Count("pk"))
    return dict(counted.order_by())


def spec_of(requirement: Requirement) -> schema.Requirement:
    """Return what the pack says of a requirement."""
    return packs.by_hash(requirement.pack.hash).requirements_by_ref[requirement.ref]
