"""Roles over a subtree, apart from any post."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.people import kinds, roles
from anze.kernel.people.models import Grant, active_on
from anze.kernel.people.services.base import GRANT, get_user, keep_apart, never_oneself
from anze.kernel.units.models import Unit
from anze.lib.ids import uuid7


@transaction.atomic
def grant_role(
    ctx: Ctx,
    user_id: UUID,
    *,
    role: str,
    unit_id: UUID,
    since: date | None = None,
    until: date | None = None,
) -> Grant:
    """Give a person a role over a unit and what lies under it, up to but not on ``until``.

    Never to oneself; system, security and audit administrator are three people (GB/T 22239
    8.1.4.2), and none of them holds another role.
    """
    ctx.access.check(GRANT, unit_id)
    never_oneself(ctx, user_id)
    if role not in roles.ROLES:
        raise Refused(f"没有“{role}”这个角色", field="role")
    user, start = get_user(user_id), since or ctx.today
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise NotFound("没有这个单位", where=str(unit_id))
    if until is not None and until <= start:
        raise Refused("结束日应晚于开始日", field="until")
    rows = Grant.objects.filter(user=user, role=role, unit=unit)
    if known := rows.filter(active_on(start)).first():
        return known
    keep_apart(user_id, role, start)
    grant = Grant(
        id=uuid7(),
        user=user,
        role=role,
        unit=unit,
        valid_from=start,
        valid_to=until,
        stated_to=until,
    )
    facts = {
        "grant": grant.pk,
        "person": user.pk,
        "role": role,
        "since": start,
        "until": until,
    }
    entry = ledger.record(ctx, kinds.ROLE_GRANTED.name, unit_id=unit.pk, facts=facts)
    grant.entry_uid = entry.uid
    grant.save(force_insert=True)
    return grant


@transaction.atomic
def revoke_role(ctx: Ctx, grant_id: UUID, *, until: date | None = None) -> None:
    """End a grant: ``until`` (default today) is the first day it no longer holds."""
    grant = Grant.objects.select_for_update().filter(pk=grant_id).first()
    if grant is None:
        raise NotFound("没有这条授权", where=str(grant_id))
    ctx.access.check(GRANT, grant.unit_id)
    day = until or ctx.today
    if grant.valid_to is not None and grant.valid_to <= day:
        return
    if day < grant.valid_from:
        raise Refused("结束日早于授权日", field="until")
    facts = {
        "grant": grant.pk,
        "person": grant.user_id,
        "role": grant.role,
        "until": day,
    }
    entry = ledger.record(ctx, kinds.ROLE_REVOKED.name, unit_id=grant.unit_id, facts=facts)
    grant.valid_to, grant.ended_uid = day, entry.uid
    grant.save(update_fields=["valid_to", "ended_uid"])
