"""One's inbox, and what became of messages."""

from __future__ import annotations

from uuid import UUID

from ninja import Query, Router

from anze.interfaces.api.shapes.notices import (
    DeliveryFilter,
    DeliveryOut,
    NoticeFilter,
    NoticeOut,
)
from anze.kernel.people.access import Request
from anze.kernel.web.wire.declare import operation
from anze.kernel.web.wire.paging import Page, Paging, page
from anze.kernel.work import outcomes, selectors, services

router = Router(tags=["通知"])


@operation(router, "GET", "", action="account", answer=Page[NoticeOut], summary="我的通知")
def list_notices(
    request: Request, asked: Query[NoticeFilter], paging: Query[Paging]
) -> Page[NoticeOut]:
    """List one's own notices, newest first."""
    rows = selectors.inbox(request.ctx, topic=asked.topic or "", unread=asked.unread)
    return page(Page[NoticeOut], rows, paging, lambda found: [NoticeOut.of(row) for row in found])


@operation(
    router, "POST", "/{notice_id}/read", action="account", answer=NoticeOut, summary="标为已读"
)
def read_notice(request: Request, notice_id: UUID) -> NoticeOut:
    """Mark one of one's notices as read; again changes nothing."""
    return NoticeOut.of(services.read(request.ctx, notice_id))


@operation(
    router,
    "GET",
    "/deliveries",
    action="notices.deliveries",
    answer=Page[DeliveryOut],
    summary="送达情况",
)
def list_deliveries(
    request: Request, asked: Query[DeliveryFilter], paging: Query[Paging]
) -> Page[DeliveryOut]:
    """List what became of messages to people and groups one looks after, newest first."""
    exact = {"state": asked.state, "channel": asked.channel}
    rows = outcomes.deliveries(request.ctx).filter(**{k: v for k, v in exact.items() if v})
    return page(
        Page[DeliveryOut], rows, paging, lambda found: [DeliveryOut.of(row) for row in found]
    )
