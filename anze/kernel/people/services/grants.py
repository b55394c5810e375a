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
from anze.kernel.people.services.base import (
    ALONE,
    GRANT,
    Two,
    check_alone,
    end_span,
    get_user,
    keep_apart,
    never_oneself,
)
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
    _check_role(role)
    check_alone(ctx, role)
    return enact_grant(ctx, ALONE, user_id, role=role, unit_id=unit_id, since=since, until=until)


def _check_role(role: str) -> None:
    if role not in roles.ROLES:
        raise Refused(f"没有“{role}”这个角色", field="role", remedy="请从角色表中选择")


def enact_grant(
    ctx: Ctx,
    two: Two,
    user_id: UUID,
    *,
    role: str,
    unit_id: UUID,
    since: date | None = None,
    until: date | None = None,
) -> Grant:
    """Grant a role that has been allowed: soundness is still checked, permission is not."""
    never_oneself(ctx, user_id)
    _check_role(role)
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
        **two.facts,
    }
    entry = ledger.record(ctx, kinds.ROLE_GRANTED.name, unit_id=unit.pk, facts=facts)
    grant.entry_uid = entry.uid
    grant.save(force_insert=True)
    return grant


@transaction.atomic
def revoke_role(ctx: Ctx, grant_id: UUID, *, until: date | None = None) -> None:
    """End a grant: ``until`` (default today) is the first day it no longer holds."""
    grant = get_grant(grant_id)
    ctx.access.check(GRANT, grant.unit_id)
    check_alone(ctx, grant.role)
    enact_revoke(ctx, ALONE, grant, until or ctx.today)


def get_grant(grant_id: UUID) -> Grant:
    """Return a grant, the row locked; raise NotFound."""
    grant = Grant.objects.select_for_update().filter(pk=grant_id).first()
    if grant is None:
        raise NotFound("没有这条授权", where=str(grant_id))
    return grant


def enact_revoke(ctx: Ctx, two: Two, grant: Grant, until: date) -> None:
    """End a grant whose end has been allowed."""
    facts = {"grant": grant.pk, "person": grant.user_id, "role": grant.role, **two.facts}
    end_span(ctx, grant, kinds.ROLE_REVOKED.name, unit_id=grant.unit_id, until=until, facts=facts)
