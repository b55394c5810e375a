"""Reads of the outbox room."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, Q, QuerySet

from anze.kernel.bus.ctx import Ctx, Everything
from anze.kernel.bus.errors import NotFound
from anze.kernel.ledger.models import Leaf
from anze.kernel.outbox.models import Delivery, DeliveryState, Packet, PacketState, Upload

SETTLE = "outbox.settle"


def own_packet(ctx: Ctx, packet_id: UUID) -> Packet:
    """Return a packet of the actor's own; NotFound for any other."""
    row = Packet.objects.filter(pk=packet_id).first()
    if row is None or row.actor_id != ctx.actor_id:
        raise NotFound("没有这个随身包", remedy="它可能属于另一个账号，请换账号登录后再看。")
    return row


def packet_in_reach(ctx: Ctx, packet_id: UUID) -> Packet:
    """Return a packet of one's own, or of a unit one settles for."""
    row = Packet.objects.filter(pk=packet_id).first()
    if row is not None and (
        row.actor_id == ctx.actor_id or row.unit_id in ctx.access.visible(SETTLE)
    ):
        return row
    raise NotFound("没有这个随身包")


def may_capture(ctx: Ctx) -> QuerySet[Packet]:
    """Return the actor's packets by which something more may be filled in without network."""
    rows = Packet.objects.filter(state=PacketState.OPEN, expires_at__gt=ctx.now)
    return rows.filter(taken__lt=F("times"), actor_id=ctx.actor_id or UUID(int=0))


def may_send(ctx: Ctx) -> QuerySet[Packet]:
    """Return the packets whose token still opens something: one's own and those one settles for.

    A used-up one is among them: other bytes of what it brought may come for a decision.
    """
    rows = Packet.objects.filter(state=PacketState.OPEN, closes_at__gt=ctx.now)
    units = ctx.access.visible(SETTLE)
    if isinstance(units, Everything):
        return rows
    return rows.filter(Q(actor_id=ctx.actor_id) | Q(unit_id__in=units))


def waiting_files() -> QuerySet[Upload]:
    """Return the ids of files that came by packets with contents that wait for a decision."""
    other = Delivery.objects.filter(state=DeliveryState.OTHER)
    rows = Upload.objects.filter(packet__in=other.values("packet"), file__isnull=False)
    return rows.values_list("file_id", flat=True)  # type: ignore[return-value]


def in_reach(ctx: Ctx) -> QuerySet[Delivery]:
    """Return what came in by one's own packets, or for units one settles for; latest first."""
    rows = Delivery.objects.select_related("packet")
    units = ctx.access.visible(SETTLE)
    if isinstance(units, Everything):
        return rows
    return rows.filter(Q(packet__actor_id=ctx.actor_id) | Q(unit_id__in=units))


def unsettled(ctx: Ctx) -> QuerySet[Delivery]:
    """Return other bytes under a known id that wait for a decision."""
    return in_reach(ctx).filter(state=DeliveryState.OTHER)


def delivery(ctx: Ctx, delivery_id: UUID) -> Delivery:
    """Return one delivery in reach; NotFound otherwise."""
    row = in_reach(ctx).filter(pk=delivery_id).first()
    if row is None:
        raise NotFound("没有这条离线上报")
    return row


def taken_beside(row: Delivery) -> Delivery:
    """Return what was taken first under the id of ``row``."""
    return Delivery.objects.get(
        packet_id=row.packet_id, client_id=row.client_id, state=DeliveryState.TAKEN
    )


def number_of(entry_uid: UUID | None) -> int | None:
    """Return the number of an entry, None while it waits for one."""
    if entry_uid is None:
        return None
    return Leaf.objects.filter(entry__uid=entry_uid).values_list("n", flat=True).first()
