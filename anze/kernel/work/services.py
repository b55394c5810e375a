"""Writing notices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.work import channels, selectors, topics
from anze.kernel.work.models import OPEN, Circular, Job, Notice
from anze.kernel.work.waking import ring

KEEP = timedelta(days=400)
KEEP_JOBS = timedelta(days=30)
_BATCH = 500


def notify(
    ctx: Ctx,
    user_ids: Iterable[UUID],
    topic: str,
    *,
    title: str,
    body: str = "",
    link: str = "",
    key: str = "",
    circular: Circular | None = None,
    unit_id: UUID | None = None,
) -> int:
    """Tell people something, in the caller's transaction; return how many did not know it yet.

    The same ``key`` again tells nobody twice. ``topic`` is a code such as ``exchange.done``,
    ``link`` a path of this site, ``unit_id`` the body it is about. Over-long texts are cut: a
    notice never fails for its wording. By which channels it goes on is planned after the commit.
    """
    topics.check(topic)
    if link and not _is_local(link):
        raise ValueError(f"{link!r} is not a path of this site")
    key = key or str(uuid4())
    outward = bool(channels.available())
    known = set(Notice.objects.filter(key=key).values_list("user_id", flat=True))
    rows = [
        Notice(
            user_id=user_id,
            topic=topic,
            title=title[:120],
            body=body[:500],
            link=link,
            key=key,
            created=ctx.now,
            circular=circular,
            unit_id=unit_id,
            planned=not outward,
        )
        for user_id in dict.fromkeys(user_ids)
        if user_id not in known
    ]
    Notice.objects.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=True)
    if rows and outward:
        transaction.on_commit(lambda: ring("post"))
    return len(rows)


def read(ctx: Ctx, notice_id: UUID) -> Notice:
    """Mark one of the actor's notices as read and return it; NotFound for anyone else's."""
    notice = selectors.inbox(ctx).filter(pk=notice_id).first()
    if notice is None:
        raise NotFound("没有这条通知")
    if notice.read_at is None:
        notice.read_at = ctx.now
        Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=ctx.now)
    return notice


def read_all(ctx: Ctx, topic: str = "") -> int:
    """Mark all of the actor's notices (of a topic) as read; return how many were not."""
    rows = selectors.inbox(ctx, topic=topic).filter(read_at=None)
    return rows.update(read_at=ctx.now)


def forget_old(ctx: Ctx) -> int:
    """Delete notices older than ``KEEP`` and ended jobs older than ``KEEP_JOBS``; how many."""
    notices, _ = Notice.objects.filter(created__lt=ctx.now - KEEP).delete()
    ended = Job.objects.exclude(state__in=OPEN).filter(finished__lt=ctx.now - KEEP_JOBS)
    jobs, _ = ended.delete()
    return notices + jobs


def _is_local(link: str) -> bool:
    return link.startswith("/") and not link.startswith(("//", "/\\")) and len(link) <= 300
