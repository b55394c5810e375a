"""Which entries an actor may read, and whose names. The ledger itself knows no people."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from anze.kernel.bus.ctx import Ctx, Everything
from anze.kernel.bus.errors import NotFound
from anze.kernel.ledger import kinds
from anze.kernel.ledger import selectors as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.people.models import User

VIEW, NAMES = "ledger.view", "people.view"
BUREAU_ROLES = frozenset({"desk", "leader", "section_officer", "auditor"})


def roles(ctx: Ctx) -> frozenset[str]:
    """Return the roles the actor has anywhere; a key has one inside its subtree only."""
    if ctx.via == "token":
        return frozenset()
    return frozenset(root.role for root in getattr(ctx.access, "roots", ()))


def entries(ctx: Ctx) -> QuerySet[Entry]:
    """Return the numbered entries the actor may read, latest first.

    Public ones are everybody's; those of a unit are for who may read its entries; those meant for
    the bureau for its people only. Sealed, vault and reporter entries are on no list.
    """
    return ledger.listing().filter(_allowed(ctx))


def _allowed(ctx: Ctx) -> Q:
    units = ctx.access.visible(VIEW)
    wide = isinstance(units, Everything) or bool(roles(ctx) & BUREAU_ROLES)
    classes = ["unit", "bureau"] if wide else ["unit"]
    mine = Q() if isinstance(units, Everything) else Q(unit_id__in=units)
    if wide and not isinstance(units, Everything):
        mine |= Q(unit_id=None)
    return Q(visibility="public") | (Q(visibility__in=classes) & mine)


def entry(ctx: Ctx, uid: UUID) -> Entry:
    """Return one entry the actor may read; NotFound for any other, and for none."""
    found = entries(ctx).select_related("leaf").filter(uid=uid, leaf__isnull=False).first()
    if found is None:
        raise NotFound("没有这条存证", remedy="它可能不在您的查看范围内，或者还在等待编号")
    return found


def may_name(ctx: Ctx, unit_id: UUID | None) -> bool:
    """Say whether the actor may read names and private words of a unit's entries."""
    names: Collection[UUID] = ctx.access.visible(NAMES)
    if unit_id is None:
        return bool(roles(ctx) & BUREAU_ROLES) or isinstance(names, Everything)
    return unit_id in names and unit_id in ctx.access.visible(VIEW)


def names_of(ctx: Ctx, shown: Iterable[Entry]) -> dict[UUID, str]:
    """Return actor id → name for those entries whose actor may be named. One query."""
    wanted = {
        one.actor_id
        for one in shown
        if one.actor_id and (one.actor_id == ctx.actor_id or may_name(ctx, one.unit_id))
    }
    return dict(User.objects.filter(pk__in=wanted).values_list("pk", "name"))


def is_restricted(found: Entry) -> bool:
    """Say whether an entry is of a kind that only a few may ever read."""
    return found.visibility in kinds.RESTRICTED
