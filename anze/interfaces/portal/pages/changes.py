"""A unit changes: what merging, splitting or closing it would do, said before it is done."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from anze.engines.duties.models import Occurrence, State
from anze.interfaces.portal.forms import ChangeForm
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import services as people
from anze.kernel.people.models import Holding
from anze.kernel.units import bodies, services
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Succession, Unit

MANAGE = "units.manage"


@dataclass(frozen=True)
class Effect:
    """What a change would do; ``posts`` are those that end with it."""

    lines: list[str]
    posts: list[str]


@dataclass(frozen=True)
class ChangePage:
    """A unit that may be changed, its campuses, and what became of others through it."""

    unit: Unit
    campuses: list[Unit]
    targets: list[tuple[str, str]]


def page(ctx: Ctx, unit_id: UUID) -> ChangePage:
    """Return the page for a unit the actor manages; NotFound or Denied otherwise."""
    unit = units.get(ctx, unit_id, MANAGE)
    below = bodies.campuses_of([unit.pk], ctx.today).get(unit.pk, [])
    campuses = list(Unit.objects.filter(pk__in=below, closed_on=None))
    others = units.visible_to(ctx, MANAGE).filter(level="unit", closed_on=None)
    targets = [(str(pk), name) for pk, name in others.exclude(pk=unit.pk).values_list("pk", "name")]
    return ChangePage(unit, campuses, targets)


def relatives(unit: Unit) -> tuple[list[Succession], list[Succession]]:
    """Return what came before a unit and what follows it."""
    before = Succession.objects.filter(successor=unit).select_related("predecessor")
    after = Succession.objects.filter(predecessor=unit).select_related("successor")
    return list(before), list(after)


def rehearse(ctx: Ctx, unit: Unit, form: ChangeForm) -> Effect:
    """Do it and undo it: say what would happen. Raises what doing it would raise."""
    on: date = form.cleaned_data["on"]
    before = _campuses(unit, on)
    with transaction.atomic():
        made = _enact(ctx, unit, form)
        posts = _end_posts(ctx, unit, before, on)
        unit.refresh_from_db()
        lines = _moves(before, unit, made, on)
        if unit.closed_on:
            lines.append(f"{unit.name}自 {on} 起撤销，以往的登记仍记在它名下，仍可查看")
            ended = [unit.pk, *(before if not made else ())]
            lines.append(f"到时还没完成的事项（现有 {_owed(ended)} 项）作废，另行计数，不算缺项")
        transaction.set_rollback(True)
    return Effect(lines, [f"{one.user.name}（{one.post.title}）" for one in posts])


@transaction.atomic
def enact(ctx: Ctx, unit: Unit, form: ChangeForm) -> list[Unit]:
    """Change the unit as the form says; posts held where it closes end. Return who takes over."""
    before = _campuses(unit, form.cleaned_data["on"])
    made = _enact(ctx, unit, form)
    _end_posts(ctx, unit, before, form.cleaned_data["on"])
    return made


def _enact(ctx: Ctx, unit: Unit, form: ChangeForm) -> list[Unit]:
    said = form.cleaned_data
    if said["what"] == "merge":
        return [services.merge(ctx, [unit.pk], into=UUID(said["into"]), on=said["on"])]
    if said["what"] == "split":
        part = services.Part(
            said["name"], tuple(UUID(one) for one in said["campuses"]), said["code"]
        )
        return services.split(ctx, unit.pk, [part], on=said["on"], keep=True)
    services.dissolve(ctx, unit.pk, on=said["on"])
    return []


def _end_posts(ctx: Ctx, unit: Unit, campuses: Collection[UUID], on: date) -> list[Holding]:
    """End what is held at the unit and those of its campuses that closed with it."""
    rows = Unit.objects.filter(pk__in=[unit.pk, *campuses], closed_on__isnull=False)
    closed = list(rows.values_list("pk", flat=True))
    return people.end_posts_of(ctx, closed, until=on) if closed else []


def _campuses(unit: Unit, on: date) -> dict[UUID, str]:
    below = bodies.campuses_of([unit.pk], on).get(unit.pk, [])
    rows = Unit.objects.filter(pk__in=below, closed_on=None)
    return dict(rows.values_list("pk", "name"))


def _moves(before: dict[UUID, str], unit: Unit, made: list[Unit], on: date) -> list[str]:
    """Say where each campus stands from the day on."""
    lines = []
    for target in made:
        moved = set(_campuses(target, on)) & set(before)
        names = "、".join(before[campus] for campus in sorted(moved))
        lines.append(f"{names}自 {on} 起划给{target.name}；校区自己的事项照常，不重新开始")
    if not made:
        lines += [f"{name}一并撤销" for name in before.values()]
    return lines


def _owed(units: Collection[UUID]) -> int:
    return Occurrence.objects.filter(unit_id__in=units, state=State.OWED).count()
