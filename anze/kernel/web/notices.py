"""The inbox as a list that can be acted on: marking many notices as read, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import QueryDict

from anze.kernel.bus.ctx import Ctx
from anze.kernel.web.bulk.registry import BulkAction, OpenList, Outcome, Preview, offer, open_list
from anze.kernel.web.columns import Column
from anze.kernel.web.listing import Listing
from anze.kernel.work import selectors
from anze.kernel.work.models import Notice


class NoticeList(Listing[Notice]):
    """The actor's notices; the room below shows them, this says which ones are chosen."""

    key, title, order = "notices", "通知", "-created"
    columns: ClassVar[Sequence[Column]] = (
        Column("title", "通知", phone="title"),
        Column("body", "内容"),
        Column("created", "时间", sort="created"),
        Column("read_at", "已读"),
    )

    def rows(self, ctx: Ctx) -> QuerySet[Notice]:
        """Return the actor's own notices."""
        return selectors.inbox(ctx)


def _preview(ctx: Ctx, rows: QuerySet[Any]) -> Preview:
    keys = [str(key) for key in rows.filter(read_at=None).values_list("pk", flat=True)]
    known = rows.exclude(read_at=None).count()
    return Preview(keys, {"原来就是已读": known} if known else {}, [("标为已读", len(keys))])


def _read(ctx: Ctx, keys: Sequence[str], _client_id: str) -> Outcome:
    rows = selectors.inbox(ctx).filter(pk__in=keys, read_at=None)
    done = frozenset(str(key) for key in rows.values_list("pk", flat=True))
    selectors.inbox(ctx).filter(pk__in=done, read_at=None).update(read_at=ctx.now)
    return Outcome(done, {key: "已经读过" for key in keys if key not in done})


def _unread(ctx: Ctx, keys: Sequence[str], _client_id: str) -> Outcome:
    selectors.inbox(ctx).filter(pk__in=keys).update(read_at=None)
    return Outcome(frozenset(keys))


def connect() -> None:
    """Open the list and offer its action; called once from ``ready()``."""
    open_list(OpenList("notices", "work:inbox", "account", _make))
    offer("notices", READ)


def _make(_ctx: Ctx, _query: QueryDict) -> NoticeList:
    return NoticeList()


READ = BulkAction(
    "read",
    "标为已读",
    "account",
    _preview,
    _read,
    undo=_unread,
    icon="checks",
    chunk=500,
    asks=False,
    said="已把 {n} 条通知标为已读",
    unsaid="已把 {n} 条通知恢复为未读",
)
