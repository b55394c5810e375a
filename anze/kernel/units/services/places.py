"""Places on a campus, each with a QR code."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.units import kinds, rules
from anze.kernel.units.models import Place, Unit
from anze.kernel.units.services.base import DESCRIBE, locked
from anze.lib.ids import uuid7


def add_place(ctx: Ctx, campus_id: UUID, *, name: str, category: str) -> Place:
    """Add a place to a campus and return it with its token; the same name again returns it."""
    return add_places(ctx, campus_id, [(name, category)])[0]


@transaction.atomic
def add_places(ctx: Ctx, campus_id: UUID, wanted: Sequence[tuple[str, str]]) -> list[Place]:
    """Add places by (name, category), an entry each; return one for each in order.

    A name that stands, or comes twice, is the same place. However many, four statements. When one
    is refused none is added.
    """
    campus = locked(ctx, campus_id, DESCRIBE)
    if campus.level != "campus":
        raise Refused("地点须登记在校区（校址）下", field="campus_id", remedy="请选择校区")
    plain = [_checked(name, category) for name, category in wanted]
    standing = Place.objects.filter(campus=campus, name__in=plain, valid_to=None)
    found, fresh = {place.name: place for place in standing}, []
    with ledger.gather():
        for name, (_, category) in zip(plain, wanted, strict=True):
            if name not in found:
                found[name] = _new(ctx, campus, name, category)
                fresh.append(found[name])
    Place.objects.bulk_create(fresh)
    return [found[name] for name in plain]


def _checked(name: str, category: str) -> str:
    """Return the name as it is kept; raise Refused."""
    if category not in rules.PLACE_CATEGORIES:
        raise Refused("没有这种地点类别", field="category")
    plain = " ".join(name.split())
    if not plain or len(plain) > 60:
        raise Refused("地点名称应为 1 至 60 个字", field="name")
    return plain


def _new(ctx: Ctx, campus: Unit, name: str, category: str) -> Place:
    """Return a new place, recorded and not yet stored."""
    place = Place(id=uuid7(), campus=campus, name=name, category=category, valid_from=ctx.today)
    entry = ledger.record(
        ctx,
        kinds.PLACE_ADDED.name,
        unit_id=campus.pk,
        facts={"place": place.pk, "category": category, "since": ctx.today},
        private={"name": name},
    )
    place.entry_uid = entry.uid
    return place


@transaction.atomic
def remove_place(ctx: Ctx, place_id: UUID) -> None:
    """Take a place out of use from today; its code answers no more, its history stays."""
    place = Place.objects.filter(pk=place_id).first()
    if place is None:
        raise NotFound("没有这个地点", where=str(place_id))
    locked(ctx, place.campus_id, DESCRIBE)
    if place.valid_to is not None:
        return
    facts = {"place": place.pk, "category": place.category, "since": ctx.today}
    entry = ledger.record(ctx, kinds.PLACE_REMOVED.name, unit_id=place.campus_id, facts=facts)
    place.valid_to, place.ended_uid = ctx.today, entry.uid
    place.save(update_fields=["valid_to", "ended_uid"])
