"""Places on a campus, each with a QR code."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.units import kinds, rules
from anze.kernel.units.models import Place
from anze.kernel.units.services.base import DESCRIBE, locked
from anze.lib.ids import uuid7


@transaction.atomic
def add_place(ctx: Ctx, campus_id: UUID, *, name: str, category: str) -> Place:
    """Add a place to a campus and return it with its token; the same name again returns it."""
    campus = locked(ctx, campus_id, DESCRIBE)
    if campus.level != "campus":
        raise Refused("地点须登记在校区（校址）下", field="campus_id", remedy="请选择校区")
    if category not in rules.PLACE_CATEGORIES:
        raise Refused("没有这种地点类别", field="category")
    plain = " ".join(name.split())
    if not plain or len(plain) > 60:
        raise Refused("地点名称应为 1 至 60 个字", field="name")
    if known := Place.objects.filter(campus=campus, name=plain, valid_to=None).first():
        return known
    place = Place(id=uuid7(), campus=campus, name=plain, category=category, valid_from=ctx.today)
    entry = ledger.record(
        ctx,
        kinds.PLACE_ADDED.name,
        unit_id=campus.pk,
        facts={"place": place.pk, "category": category, "since": ctx.today},
        private={"name": plain},
    )
    place.entry_uid = entry.uid
    place.save(force_insert=True)
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
