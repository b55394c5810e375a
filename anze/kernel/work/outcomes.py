"""What became of messages, for those who look after them: lists, retrying by hand."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from anze.kernel.bus.ctx import Ctx, Everything
from anze.kernel.bus.errors import Conflict, NotFound
from anze.kernel.people.models import Grant, Holding, active_on
from anze.kernel.work.models import Delivery, DeliveryState, Notice
from anze.kernel.work.waking import ring

ACTION: Final = "notices.deliveries"
NO_ADDRESS: Final = "no_address"


def deliveries(ctx: Ctx) -> QuerySet[Delivery]:
    """Return the deliveries to people and groups of bodies the actor looks after."""
    seen = ctx.access.visible(ACTION)
    rows = Delivery.objects.select_related("notice__user", "robot", "circular")
    if isinstance(seen, Everything):
        return rows
    held = Holding.objects.filter(active_on(ctx.today), unit_id__in=seen).values("user_id")
    given = Grant.objects.filter(active_on(ctx.today), unit_id__in=seen).values("user_id")
    there = Q(notice__user_id__in=held) | Q(notice__user_id__in=given)
    return rows.filter(there | Q(robot__unit_id__in=seen))


def get(ctx: Ctx, delivery_id: UUID) -> Delivery:
    """Return one delivery in sight; NotFound otherwise."""
    row = deliveries(ctx).filter(pk=delivery_id).first()
    if row is None:
        raise NotFound("没有这条送达记录")
    return row


def reasons(ctx: Ctx) -> list[dict[str, Any]]:
    """Return what did not arrive by channel and reason: ``channel, code, error, count``."""
    failed = deliveries(ctx).filter(state=DeliveryState.PERMANENT).select_related(None).order_by()
    counted = failed.values("channel", "code").annotate(count=Count("pk"), error=Max("error"))
    return [dict(one) for one in counted.order_by("-count", "channel", "code")[:20]]


def own(ctx: Ctx) -> QuerySet[Delivery]:
    """Return the deliveries to the actor himself."""
    if ctx.actor_id is None:
        return Delivery.objects.none()
    return Delivery.objects.filter(notice__user_id=ctx.actor_id)


def retry(ctx: Ctx, delivery_id: UUID) -> None:
    """Let a message that was not delivered be tried again, now; Conflict if its state moved on."""
    row = get(ctx, delivery_id)
    if not _again(ctx, Delivery.objects.filter(pk=row.pk)):
        raise Conflict(f"这条现在是“{row.get_state_display()}”，不用重发")


def retry_all(ctx: Ctx, channel: str, code: str = "") -> int:
    """Try again all of a channel (and one error) that were not delivered; return how many."""
    chosen = deliveries(ctx).filter(channel=channel, state=DeliveryState.PERMANENT)
    if code:
        chosen = chosen.filter(code=code)
    return _again(ctx, Delivery.objects.filter(pk__in=list(chosen.values_list("pk", flat=True))))


def _again(ctx: Ctx, rows: QuerySet[Delivery]) -> int:
    failed = rows.filter(state__in=(DeliveryState.PERMANENT, DeliveryState.RETRY))
    with transaction.atomic():
        count = _plan_anew(failed)
        count += failed.update(state=DeliveryState.RETRY, attempts=0, next_at=ctx.now)
        if count:
            transaction.on_commit(lambda: ring("post"))
    return count


def _plan_anew(failed: QuerySet[Delivery]) -> int:
    """Plan what had no address at all from the beginning: there may be one on another channel."""
    nowhere = failed.filter(code=NO_ADDRESS, notice__isnull=False)
    notices = [pk for pk in nowhere.values_list("notice_id", flat=True) if pk]
    Delivery.objects.filter(notice_id__in=notices, code=NO_ADDRESS).delete()
    Notice.objects.filter(pk__in=notices).update(planned=False)
    return len(notices)
