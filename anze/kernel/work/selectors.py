"""Reading notices and jobs."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.work.models import Job, Notice


def inbox(ctx: Ctx) -> QuerySet[Notice]:
    """Return the actor's notices, newest first; nobody sees another's."""
    return Notice.objects.filter(user_id=ctx.actor_id) if ctx.actor_id else Notice.objects.none()


def unread(ctx: Ctx) -> int:
    """Return how many of the actor's notices are unread: the number in the menu."""
    return inbox(ctx).filter(read_at=None).count()


def job(job_id: UUID) -> Job:
    """Return a job; NotFound if it is gone. Who may see it is for the room that queued it."""
    row = Job.objects.filter(pk=job_id).first()
    if row is None:
        raise NotFound("没有这个任务")
    return row
