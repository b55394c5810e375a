"""Who sees which collection task, and who owes an answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from anze.domains.burden.models import (
    AnswerState,
    CollectionAnswer,
    CollectionField,
    CollectionTask,
    TaskState,
)
from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.bus.errors import Conflict, Denied, NotFound
from anze.kernel.work.mine import Waiting

COLLECT, APPROVE, ANSWER = "burden.collect", "burden.approve", "burden.answer"


def visible(ctx: Ctx) -> QuerySet[CollectionTask]:
    """Return the tasks to units the actor may ask, with how many answered; drafts: one's own."""
    rows = CollectionTask.objects.select_related("owner", "scope", "author", "approver").annotate(
        asked=Count("answers"),
        done=Count("answers", filter=Q(answers__state=AnswerState.ANSWERED)),
    )
    rows = narrow(rows, ctx.access.visible(COLLECT), "scope_id")
    return rows.exclude(~Q(author_id=ctx.actor_id), state=TaskState.DRAFT)


def waiting_count(ctx: Ctx) -> int:
    """Return how many wait for the actor's approval: the number in the menu. One query."""
    units = ctx.access.visible(APPROVE)
    rows = CollectionTask.objects.filter(state=TaskState.WAITING).exclude(author_id=ctx.actor_id)
    return narrow(rows, units, "scope_id").count()


def see(ctx: Ctx, task_id: UUID) -> CollectionTask:
    """Return a task in sight; NotFound otherwise."""
    row = visible(ctx).filter(pk=task_id).first()
    if row is None:
        raise NotFound("没有这份临时报表")
    return row


def own(ctx: Ctx, task_id: UUID) -> CollectionTask:
    """Return a task of one's own; Denied for another's in sight."""
    row = see(ctx, task_id)
    if row.author_id != ctx.actor_id:
        raise Denied("这是别人发起的临时报表", remedy="请发起人修改")
    return row


def answers(ctx: Ctx) -> QuerySet[CollectionAnswer]:
    """Return the answers of units the actor may ask."""
    rows = CollectionAnswer.objects.select_related("task", "unit", "by")
    return narrow(rows, ctx.access.visible(COLLECT))


def late(ctx: Ctx) -> QuerySet[CollectionAnswer]:
    """Return who has not answered what still runs."""
    rows = answers(ctx).exclude(state=AnswerState.ANSWERED)
    return rows.filter(**_running(ctx))


def _running(ctx: Ctx) -> dict[str, object]:
    # The day counts, not the sweep: after the last day nobody is asked, whatever the state says.
    return {"task__state": TaskState.OPEN, "task__ends__gte": ctx.today, "unit__closed_on": None}


def owed(ctx: Ctx) -> QuerySet[CollectionAnswer]:
    """Return what the actor's units have not answered of what still runs, the nearest end first."""
    rows = CollectionAnswer.objects.select_related("task", "unit")
    mine = narrow(rows.filter(**_running(ctx)), ctx.access.visible(ANSWER))
    return mine.exclude(state=AnswerState.ANSWERED).order_by("task__ends", "unit__pinyin", "pk")


def waiting(ctx: Ctx) -> list[Waiting]:
    """Return what Home shows of it. One query."""
    return [
        Waiting(
            title=row.task.title,
            unit=row.unit.short_name or row.unit.name,
            due=row.task.ends,
            url=f"/collections/{row.task_id}/units/{row.unit_id}/",
            note="临时报表" if row.state == AnswerState.OWED else "临时报表 · 填了一部分",
        )
        for row in owed(ctx)[:50]
    ]


def answer_of(ctx: Ctx, task_id: UUID, unit_id: UUID) -> CollectionAnswer:
    """Return a unit's answer for whoever answers for it; Conflict when the task runs no more."""
    rows = CollectionAnswer.objects.select_related("task", "task__owner", "task__approver", "unit")
    row = rows.filter(task_id=task_id, unit_id=unit_id).first()
    if row is None:
        raise NotFound("没有要您填的这份临时报表", remedy="它可能没有发给您的单位")
    ctx.access.check(ANSWER, unit_id)
    if row.task.state != TaskState.OPEN or row.task.ends < ctx.today:
        raise Conflict(f"“{row.task.title}”已经结束，不用再填", remedy="回首页看还有什么要办")
    return row


@dataclass(frozen=True)
class Earlier:
    """What a unit answered last to a field of the same meaning and type, and in which task."""

    value: object
    title: str


def earlier(answer: CollectionAnswer) -> dict[int, Earlier]:
    """Return position → the unit's last answer to the same field in another task. Three queries."""
    fields = list(answer.task.fields.all())
    same = CollectionField.objects.filter(meaning__in={one.meaning for one in fields})
    tasks = same.exclude(task=answer.task).values_list("task_id", flat=True)
    done = CollectionAnswer.objects.filter(
        unit=answer.unit, state=AnswerState.ANSWERED, task_id__in=tasks
    ).select_related("task")
    by_task: dict[UUID, list[CollectionField]] = {}
    for one in same.exclude(task=answer.task):
        by_task.setdefault(one.task_id, []).append(one)
    found: dict[int, Earlier] = {}
    for past in done.order_by("-answered", "-pk"):
        values = content(past)
        for field in fields:
            for old in by_task.get(past.task_id, ()):
                fits = (old.meaning, old.type, old.options) == (
                    field.meaning, field.type, field.options,
                )  # fmt: skip
                if fits and str(old.position) in values:
                    given = Earlier(values[str(old.position)], past.task.title)
                    found.setdefault(field.position, given)
    return found


def content(answer: CollectionAnswer) -> dict[str, object]:
    """Return the values of an answer by position."""
    return dict(json.loads(answer.content))
