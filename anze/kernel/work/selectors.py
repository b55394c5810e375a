"""Reading notices and jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.work import sweep, topics
from anze.kernel.work.models import Job, Notice, SweepRun


def inbox(ctx: Ctx, *, topic: str = "", unread: bool = False) -> QuerySet[Notice]:
    """Return the actor's notices, newest first; nobody sees another's."""
    if not ctx.actor_id:
        return Notice.objects.none()
    rows = Notice.objects.filter(user_id=ctx.actor_id)
    if topic:
        rows = rows.filter(topic=topic)
    return rows.filter(read_at=None) if unread else rows


def own_topics(ctx: Ctx) -> list[tuple[str, str]]:
    """Return the topics in the actor's inbox as (code, label). One query."""
    codes = inbox(ctx).order_by().values_list("topic", flat=True).distinct()
    return sorted(((code, topics.get(code).label) for code in codes), key=lambda one: one[1])


def unread(ctx: Ctx) -> int:
    """Return how many of the actor's notices are unread: the number in the menu."""
    return inbox(ctx, unread=True).count()


def jobs(ctx: Ctx) -> QuerySet[Job]:
    """Return all jobs of the house; Denied unless the actor manages them."""
    ctx.access.check("work.jobs", None)
    return Job.objects.all()


@dataclass(frozen=True)
class Periodic:
    """A periodic task: how often it is due, and how its last run went (None: never)."""

    name: str
    every: timedelta
    run: SweepRun | None


def periodic(ctx: Ctx) -> list[Periodic]:
    """Return the periodic tasks in their order; Denied unless the actor manages jobs."""
    ctx.access.check("work.jobs", None)
    runs = {run.name: run for run in SweepRun.objects.all()}
    return [Periodic(name, every, runs.get(name)) for name, every in sweep.registered()]


def job(job_id: UUID) -> Job:
    """Return a job; NotFound if it is gone. Who may see it is for the room that queued it."""
    row = Job.objects.filter(pk=job_id).first()
    if row is None:
        raise NotFound("没有这个任务")
    return row
