"""Two contents came under one id: a person says which one counts."""

from __future__ import annotations

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.outbox import intake, kinds, selectors, works
from anze.kernel.outbox.models import Delivery, DeliveryState, Upload
from anze.kernel.outbox.works import Handed, Taken


def keep_first(ctx: Ctx, row: Delivery) -> Delivery:
    """Let the first content stand; the other one is dropped, its hash stays."""
    check_hand(ctx, row)
    with transaction.atomic():
        _settle(ctx, row, DeliveryState.KEPT_FIRST)
    return row


def take_other(ctx: Ctx, row: Delivery) -> Delivery:
    """Let the other content take the place of the first: a correction, recorded now."""
    check_hand(ctx, row)
    with transaction.atomic():
        taken = works.get(row.packet.work).replace(ctx, row.packet, other(row))
        _settle(ctx, row, DeliveryState.REPLACED, taken)
    return row


def check_hand(ctx: Ctx, row: Delivery) -> None:
    """Return if the actor may decide: about his own, or by ``outbox.settle`` for the unit."""
    if row.packet.actor_id != ctx.actor_id:
        ctx.access.check(selectors.SETTLE, row.unit_id)


def other(row: Delivery) -> Handed:
    """Return the content that waits, with those of its files that arrived."""
    told = intake.read(intake.opened(row).encode())
    uploads = Upload.objects.filter(packet=row.packet, client_id__in=told.files)
    found = {one.client_id: one.file for one in uploads.select_related("file") if one.file}
    return Handed(row.client_id, told.content, found, None)


def lines(row: Delivery) -> list[tuple[str, str]]:
    """Tell the content that waits; what cannot be read is told as it came.

    Whatever it is, a person must be able to see it and to let the first one stand.
    """
    try:
        return works.get(row.packet.work).lines(row.packet, other(row))
    except Refused:
        return [("读不懂的内容", intake.opened(row))]


def _settle(ctx: Ctx, row: Delivery, state: DeliveryState, taken: Taken | None = None) -> None:
    changed = Delivery.objects.filter(pk=row.pk, state=DeliveryState.OTHER).update(
        state=state,
        settled_by=ctx.actor_id,
        settled_at=ctx.now,
        ciphertext=None,
        wrapped_key=None,
        entry_uid=taken.entry_uid if taken else None,
        url=taken.url if taken else "",
    )
    if not changed:
        raise Conflict("刚有人处理过了", remedy="请刷新页面看结果。")
    facts = {"packet": row.packet_id, "client": row.client_id, "outcome": state.value}
    ledger.record(ctx, kinds.SETTLED.name, unit_id=row.unit_id, facts=facts)
    row.refresh_from_db()
