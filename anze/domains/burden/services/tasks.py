"""Draft a collection task, have somebody else let it go out, take it back, let it end."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from anze.domains.burden import kinds, known, meaning
from anze.domains.burden.models import CollectionField, CollectionTask, FieldType, TaskState
from anze.domains.burden.selectors import suggestions, tasks
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.units import rules
from anze.kernel.units import selectors as units
from anze.kernel.work import jobs
from anze.kernel.work import services as work
from anze.kernel.work.topics import Topic
from anze.lib import canon

FIELDS: Final = 20
LONGEST: Final = timedelta(days=92)
FAN_OUT: Final = "burden.fan_out"
TOPIC = Topic("burden.tasks", "临时报表的审批", "normal", ("wecom", "dingtalk"), "发起人")
LENGTHS: Final = {"title": 80, "why": 300, "basis": 200, "readers": 200}
WORDS: Final = {
    "title": ("没有标题", "用一句话写要什么"),
    "why": ("没有写为什么要", "写清要拿来办什么事"),
    "basis": ("没有写依据", "写法规、文件或会议要求；没有依据的不该收集"),
    "readers": ("没有写谁看、怎么用", "写清哪个科室看、看了做什么"),
}


@dataclass(frozen=True)
class Asked:
    """One field an author wants: ``options`` of a choice, ``again`` why it is asked once more."""

    label: str
    type: str = "text"
    options: tuple[str, ...] = ()
    required: bool = True
    again: str = ""


@dataclass(frozen=True)
class Draft:
    """What an author has written so far; the same ``client_id`` is the same draft."""

    client_id: UUID
    scope_id: UUID
    title: str
    why: str
    basis: str
    readers: str
    ends: date
    kinds: tuple[str, ...] = ()
    fields: tuple[Asked, ...] = ()


def keep(ctx: Ctx, draft: Draft) -> CollectionTask:
    """Keep a draft of one's own, with what of it is kept already; nothing goes out.

    Refused for words too long, bad fields or days, NotFound or Denied for units one may not ask,
    Conflict when it is no draft any more or somebody else's.
    """
    units.get(ctx, draft.scope_id, tasks.COLLECT)
    _check(ctx, draft)
    row = CollectionTask.objects.filter(pk=draft.client_id).first()
    if row and (row.author_id != ctx.actor_id or row.state != TaskState.DRAFT):
        raise Conflict(
            "这份临时报表已经提请，或者是别人的草稿", remedy="打开它看看进展；要改先退回"
        )
    try:
        with transaction.atomic():
            return _kept(ctx, draft, row)
    except IntegrityError:
        raise Conflict("同一份草稿正在别处保存", remedy="刷新后再改") from None


def line(text: str) -> str:
    """Return a text as one line: what cannot be seen would be approved unseen, and has no CJ-1."""
    seen = "".join(
        " " if one.isspace() else one for one in text if one.isspace() or one.isprintable()
    )
    return " ".join(seen.split())


def _check(ctx: Ctx, draft: Draft) -> None:
    for name, most in LENGTHS.items():
        if len(getattr(draft, name)) > most:
            raise Refused(f"超过 {most} 字", field=name, remedy="请缩短")
    if not line(draft.title):
        raise Refused(WORDS["title"][0], field="title", remedy=WORDS["title"][1])
    if not ctx.today <= draft.ends <= ctx.today + LONGEST:
        days = LONGEST.days
        raise Refused(
            "截止日期不对", field="ends", remedy=f"从今天起 {days} 天以内；要长期收集的应写进要求"
        )
    if unknown := set(draft.kinds) - set(rules.KINDS):
        raise Refused(f"没有这种单位类别：{sorted(unknown)[0]}", field="kinds", remedy="请重新选")
    if len(draft.fields) > FIELDS:
        raise Refused(f"超过 {FIELDS} 项", field="fields", remedy="留最要紧的，其余去掉")
    for number, field in enumerate(draft.fields, 1):
        _check_field(number, field)
    labels = [meaning.of(one.label) for one in draft.fields]
    if twice := next(
        (one for one in draft.fields if labels.count(meaning.of(one.label)) > 1), None
    ):
        raise Refused(f"“{twice.label}”问了两遍", field="fields", remedy="去掉重复的一项")


def _check_field(number: int, field: Asked) -> None:
    where = f"第 {number} 项"
    if not line(field.label) or len(field.label) > 60 or not meaning.of(field.label):
        raise Refused("名称应为 1 到 60 字", field="fields", where=where, remedy="写要填的是什么")
    if field.type not in FieldType.values:
        raise Refused("没有这种类型", field="fields", where=where, remedy="从类型里选一个")
    given = [line(one) for one in field.options if line(one)]
    if (field.type == FieldType.CHOICE) != (len(given) > 1) or len(set(given)) != len(given):
        remedy = "单选写两个以上不同的选项，用顿号或换行隔开；其他类型不写选项"
        raise Refused("选项不对", field="fields", where=where, remedy=remedy)
    if len("\n".join(given)) > 400 or len(field.again) > 200:
        raise Refused("选项或理由太长", field="fields", where=where, remedy="请缩短")


def _kept(ctx: Ctx, draft: Draft, row: CollectionTask | None) -> CollectionTask:
    owner = suggestions.unit_of(ctx)
    if ctx.actor_id is None or owner is None:
        raise Refused("临时报表要由有岗位的人发起", remedy="请登录后再发起")
    row = row or CollectionTask(
        pk=draft.client_id, author_id=ctx.actor_id, owner_id=owner, created=ctx.now
    )
    for name in LENGTHS:
        setattr(row, name, line(getattr(draft, name)))
    row.scope_id, row.ends = draft.scope_id, draft.ends
    row.kinds = ",".join(sorted(draft.kinds))
    row.save()
    already = known.everything(ctx, besides=row.pk)
    row.fields.all().delete()
    CollectionField.objects.bulk_create(
        CollectionField(
            task=row,
            position=position,
            label=line(one.label),
            type=one.type,
            options="\n".join(line(option) for option in one.options if line(option)),
            required=one.required,
            meaning=meaning.of(one.label),
            kept="\n".join(meaning.kept(one.label, already)),
            again=line(one.again),
        )
        for position, one in enumerate(draft.fields, 1)
    )
    return row


def submit(ctx: Ctx, task_id: UUID) -> CollectionTask:
    """Ask for a task to be let out; again changes nothing.

    Refused while something is missing, above all why a field is asked that is kept already.
    """
    row = tasks.own(ctx, task_id)
    with transaction.atomic():
        # Held while it is looked at: no draft changes between the look and the entry.
        moved = CollectionTask.objects.filter(pk=row.pk, state=TaskState.DRAFT).update(
            state=TaskState.WAITING, returned=""
        )
        if moved:
            row.refresh_from_db()
            _propose(ctx, row)
    row.refresh_from_db()
    if row.state not in (TaskState.WAITING, TaskState.OPEN):
        raise Conflict("这份临时报表已经撤回或结束", remedy="要再收集，请另起一份")
    return row


def _propose(ctx: Ctx, row: CollectionTask) -> None:
    for name, (message, remedy) in WORDS.items():
        if not getattr(row, name):
            raise Refused(message, field=name, remedy=remedy)
    fields = list(row.fields.all())
    if not fields:
        raise Refused("没有要填的内容", field="fields", remedy="至少写一项")
    if row.ends < ctx.today:
        raise Refused("截止日期已过", field="ends", remedy="改一个以后的日子")
    already = known.everything(ctx, besides=row.pk)
    for one in fields:
        one.kept = "\n".join(meaning.kept(one.label, already))
        if one.kept and not one.again:
            first = one.kept.splitlines()[0]
            raise Refused(
                f"“{one.label}”已经有了（{first}）",
                field="fields",
                where=f"第 {one.position} 项",
                remedy="去掉这一项，或者写明为什么还要再问",
            )
    CollectionField.objects.bulk_update(fields, ["kept"])
    text = content_of(row)
    row.digest = hashlib.sha256(text).hexdigest()
    CollectionTask.objects.filter(pk=row.pk).update(digest=row.digest)
    ledger.record(
        ctx,
        kinds.PROPOSED.name,
        unit_id=row.owner_id,
        facts={
            "task": row.pk,
            "digest": row.digest,
            "fields": len(fields),
            "asked_again": sum(1 for one in fields if one.kept),
            "scope": row.scope_id,
            "ends": row.ends,
        },
        private={"text": text.decode()},
    )


def content_of(row: CollectionTask) -> bytes:
    """Return what a task asks, of whom and why, as CJ-1: what its digest is taken of."""
    names = ("title", "why", "basis", "readers", "kinds")
    fields = [
        {
            "label": one.label,
            "type": one.type,
            "options": one.options.splitlines(),
            "required": one.required,
            "again": one.again,
        }
        for one in row.fields.order_by("position")
    ]
    said: dict[str, Any] = {name: getattr(row, name) for name in names}
    return canon.dumps(
        {**said, "scope": str(row.scope_id), "ends": row.ends.isoformat(), "fields": fields}
    )


def approve(ctx: Ctx, task_id: UUID) -> CollectionTask:
    """Let a task go out to its units; again changes nothing. Denied for its own author."""
    row = _to_decide(ctx, task_id)
    with transaction.atomic():
        if _decide(ctx, row, state=TaskState.OPEN, approver_id=ctx.actor_id, opened=ctx.now):
            entry = _record_decision(ctx, row, approved=True)
            CollectionTask.objects.filter(pk=row.pk).update(entry_uid=entry)
            jobs.enqueue(ctx, FAN_OUT, {"task": str(row.pk)}, key=f"{FAN_OUT}/{row.pk}")
            _tell_author(ctx, row, f"临时报表已批准：{row.title}", "正在发给各单位。")
    row.refresh_from_db()
    if row.state != TaskState.OPEN:
        raise Conflict("这份临时报表不在待审批", remedy="刷新页面看现在的状态")
    return row


def give_back(ctx: Ctx, task_id: UUID, words: str) -> CollectionTask:
    """Give a task back to its author with what has to change."""
    row = _to_decide(ctx, task_id)
    words = words.strip()[:300]
    if not words:
        raise Refused("没有写退回意见", field="words", remedy="写一句要改什么")
    with transaction.atomic():
        if not _decide(ctx, row, state=TaskState.DRAFT, returned=words):
            raise Conflict("这份临时报表不在待审批", remedy="刷新页面看现在的状态")
        _record_decision(ctx, row, approved=False)
        _tell_author(ctx, row, f"临时报表被退回：{row.title}", words)
    row.refresh_from_db()
    return row


def _to_decide(ctx: Ctx, task_id: UUID) -> CollectionTask:
    row = tasks.see(ctx, task_id)
    ctx.access.check(tasks.APPROVE, row.scope_id)
    if row.author_id == ctx.actor_id or ctx.actor_id is None:
        raise Denied("自己发起的临时报表不能自己批", remedy="请局领导或另一位经办人审批")
    if row.state == TaskState.WAITING and row.ends < ctx.today:
        raise Refused("截止日期已过，不能再发出", remedy="退回发起人改日期")
    return row


def _decide(ctx: Ctx, row: CollectionTask, **changes: Any) -> int:
    waiting = CollectionTask.objects.filter(
        pk=row.pk, state=TaskState.WAITING, digest=row.digest
    ).exclude(author_id=ctx.actor_id)
    return waiting.update(**changes)


def _record_decision(ctx: Ctx, row: CollectionTask, *, approved: bool) -> UUID:
    facts = {"task": row.pk, "digest": row.digest, "author": row.author_id, "approved": approved}
    return ledger.record(ctx, kinds.DECIDED.name, unit_id=row.owner_id, facts=facts).uid


def _tell_author(ctx: Ctx, row: CollectionTask, title: str, body: str) -> None:
    link = f"/collections/{row.pk}/"
    work.notify(ctx, [row.author_id], TOPIC.code, title=title, body=body, link=link)


def withdraw(ctx: Ctx, task_id: UUID) -> CollectionTask:
    """Take a task back: from now on nobody is asked; what was answered stays. Again: the same.

    By its author, or by who may approve.
    """
    row = tasks.see(ctx, task_id)
    if row.author_id != ctx.actor_id:
        ctx.access.check(tasks.APPROVE, row.scope_id)
    _close(ctx, row, TaskState.WITHDRAWN, (TaskState.DRAFT, TaskState.WAITING, TaskState.OPEN))
    row.refresh_from_db()
    if row.state != TaskState.WITHDRAWN:
        raise Conflict("这份临时报表已经结束", remedy="不用再撤回")
    return row


def _close(ctx: Ctx, row: CollectionTask, state: TaskState, from_states: Any) -> None:
    with transaction.atomic():
        rows = CollectionTask.objects.filter(pk=row.pk, state__in=from_states)
        if rows.update(state=state, closed=ctx.now):
            facts = {"task": row.pk, "reason": str(state)}
            ledger.record(ctx, kinds.CLOSED.name, unit_id=row.owner_id, facts=facts)


def end_due(ctx: Ctx) -> int:
    """Let tasks whose last day is over end; return how many."""
    over = CollectionTask.objects.filter(ends__lt=ctx.today)
    due = list(over.filter(state=TaskState.OPEN))
    for row in due:
        _close(ctx, row, TaskState.ENDED, (TaskState.OPEN,))
    return len(due)
