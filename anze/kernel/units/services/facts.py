"""Dated facts about units, and the columns that mirror three of them."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.units import kinds, known, rules
from anze.kernel.units.models import Unit, UnitFact
from anze.kernel.units.services.base import DESCRIBE, MANAGE, locked, refuse

# How far back the nightly settling looks for facts that have begun since: a long outage included.
_LOOK_BACK = timedelta(days=60)


@transaction.atomic
def set_fact(ctx: Ctx, unit_id: UUID, key: str, value: str, *, since: date) -> UnitFact:
    """Say that ``key`` is ``value`` from a day on. The same again changes nothing.

    A later fact with a later start stays in force from its own day. A unit describes itself; its
    kind, ownership and status are set by who manages the tree. Raises Refused for a value that
    does not fit the key.
    """
    unit = locked(ctx, unit_id, MANAGE if key in rules.MIRRORED else DESCRIBE)
    refuse(rules.fact_fault(key, value), key)
    if key == "kind":
        refuse(rules.kind_fault(unit.level, value), key)
    if since < unit.opened_on:
        raise Refused(f"不能早于设立日期 {unit.opened_on}", field="since")
    last = unit.facts.filter(key=key, valid_from__lte=since).order_by("valid_from", "pk").last()
    if last and last.value == value:
        return last
    facts = {"key": key, "value": value, "since": since}
    entry = ledger.record(ctx, kinds.FACT_SET.name, unit_id=unit.pk, facts=facts)
    row = UnitFact.objects.create(
        unit=unit, key=key, value=value, valid_from=since, entry_uid=entry.uid
    )
    if key in rules.MIRRORED:
        mirror(unit, ctx.today)
    return row


def mirrored(unit: Unit, facts: dict[str, str], day: date) -> dict[str, str]:
    """Return what the mirror columns of a unit should hold on a day, given the facts in force."""
    closed = unit.closed_on is not None and unit.closed_on <= day
    return {
        "kind": facts.get("kind", ""),
        "ownership": facts.get("ownership", ""),
        "status": "closed" if closed else facts.get("status", "open"),
    }


def mirror(unit: Unit, day: date) -> bool:
    """Bring the mirror columns of a unit up to a day; return whether anything changed."""
    rows = UnitFact.objects.filter(unit=unit, key__in=rules.MIRRORED)
    seen = max(day, unit.opened_on)  # one yet to open shows what it will be
    wanted = mirrored(unit, known.facts_in_force(rows, seen).get(unit.pk, {}), day)
    changed = [key for key, value in wanted.items() if getattr(unit, key) != value]
    for key in changed:
        setattr(unit, key, wanted[key])
    if changed:
        unit.save(update_fields=changed)
    return bool(changed)


def settle(ctx: Ctx) -> int:
    """Let facts and closings that begin today show in the columns; the nightly job.

    Returns how many units changed. The past needs no settling: it was mirrored when written.
    """
    since = ctx.today - _LOOK_BACK
    begun = Q(facts__key__in=rules.MIRRORED, facts__valid_from__range=(since, ctx.today))
    ended = Q(closed_on__range=(since, ctx.today))
    units = Unit.objects.filter(begun | ended).distinct()
    return sum(mirror(unit, ctx.today) for unit in units)
