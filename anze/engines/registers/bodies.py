"""The bodies that keep registers, and those above and below them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from django.http import HttpRequest

from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.units.bodies import campuses_of, homes_of
from anze.kernel.units.known import in_force
from anze.kernel.units.models import Place, Unit


def campuses(unit_id: UUID, day: date) -> set[UUID]:
    """Return the campuses directly under a unit on a day. One query."""
    return set(campuses_of([unit_id], day).get(unit_id, []))


def keepers(ctx: Ctx, action: str, levels: Collection[str]) -> list[Unit]:
    """Return the open bodies of these levels on which the actor may do ``action``, campuses first.

    A unit that has campuses keeps its things there, so it is left out.
    """
    rows = narrow(Unit.objects.filter(closed_on=None), ctx.access.visible(action), "id")
    found = list(rows.filter(level__in=levels).order_by("pinyin", "pk")[:400])
    ids = [one.pk for one in found if one.level == "campus"]
    covered = set(homes_of(ids, ctx.today).values())
    return [one for one in found if one.pk not in covered]


def places(unit_id: UUID, day: date) -> list[Place]:
    """Return the places in use on a campus, or on all campuses of a unit. Two queries."""
    ids = {unit_id, *campuses(unit_id, day)}
    return list(Place.objects.filter(in_force(day), campus_id__in=ids).order_by("name", "pk"))


def chosen(request: HttpRequest, units: Sequence[Unit]) -> Unit | None:
    """Return which of one's bodies a form is for; None when what was sent names none of them.

    Only a page that is opened may fall back to the first: what is written must name its body,
    unless there is but one.
    """
    posted = request.method == "POST"
    wanted = (request.POST if posted else request.GET).get("unit", "")
    named = next((one for one in units if str(one.pk) == wanted), None)
    if named is None and (not posted or (not wanted and len(units) == 1)):
        return next(iter(units), None)
    return named
