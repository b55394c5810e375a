"""Ask the units, keep what they fill in, remind those who have not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.db import transaction

from anze.domains.burden import kinds
from anze.domains.burden.models import (
    AnswerState,
    CollectionAnswer,
    CollectionField,
    CollectionTask,
    TaskState,
)
from anze.domains.burden.selectors import tasks
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.people import selectors as people
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Unit
from anze.kernel.work import services as work
from anze.kernel.work.jobs import Handle
from anze.kernel.work.pace import Pace
from anze.kernel.work.topics import Topic

TOPIC = Topic(
    "burden.asked", "临时报表", "normal", ("wecom", "dingtalk"), "被要求填报的单位的安全管理人员"
)
POSTS, HEADS = ("safety_officer",), ("principal", "deputy_in_charge")
TEXT, NUMBER = 500, re.compile(r"-?\d{1,12}(\.\d{1,6})?")


def fan_out(handle: Handle) -> str:
    """Make the row of each unit asked and tell who answers for it; repeatable."""
    row = CollectionTask.objects.get(pk=UUID(handle.args["task"]))
    ctx = handle.ctx
    asked = _units(row, ctx.today)
    done = 0

    def ask(unit: Unit) -> None:
        CollectionAnswer.objects.get_or_create(task=row, unit=unit, defaults={"asked": ctx.now})
        _tell(ctx, row, unit.pk, f"请填报：{row.title}", f"collection/{row.pk}/{unit.pk}")

    for chunk in Pace(ask).run(asked):
        done += len(chunk)
        handle.progress(done, len(asked), row.title)
    return f"发给 {done} 个单位"


def _units(row: CollectionTask, day: date) -> list[Unit]:
    if row.state != TaskState.OPEN:
        return []
    inside = units.subtree(row.scope_id, day)
    found = Unit.objects.filter(pk__in=inside, level="unit", status="open", closed_on=None)
    wanted = [one for one in row.kinds.split(",") if one]
    return list((found.filter(kind__in=wanted) if wanted else found).order_by("pk"))


def _tell(ctx: Ctx, row: CollectionTask, unit_id: UUID, title: str, key: str) -> None:
    told = people.with_post([unit_id], POSTS, ctx.today)
    told = told or people.with_post([unit_id], HEADS, ctx.today)
    body = f"{row.why}（{row.ends:%m月%d日}前，{row.readers}）"
    link = f"/collections/{row.pk}/units/{unit_id}/"
    work.notify(ctx, told, TOPIC.code, title=title, body=body, link=link, key=key, unit_id=unit_id)


def keep(ctx: Ctx, task_id: UUID, unit_id: UUID, typed: Mapping[str, str]) -> CollectionAnswer:
    """Keep what is filled in so far, whatever is missing; an answer given is never undone by it.

    ``typed`` is position → text. Refused for what does not fit its field.
    """
    row = tasks.answer_of(ctx, task_id, unit_id)
    values = _read(row.task, typed, whole=False)
    if row.state == AnswerState.ANSWERED:
        raise Conflict("已经报过了", remedy="要改，直接改好再点“提交”")
    _write(row, content=_json(values), state=AnswerState.DRAFT)
    return row


def hand_in(ctx: Ctx, task_id: UUID, unit_id: UUID, typed: Mapping[str, str]) -> CollectionAnswer:
    """Answer for a unit; the same again changes nothing, other values correct the first.

    Refused for missing or wrong values, Conflict after the end or when another phone was quicker.
    """
    row = tasks.answer_of(ctx, task_id, unit_id)
    values = _read(row.task, typed, whole=True)
    content = _json(values)
    if row.state == AnswerState.ANSWERED and row.content == content:
        return row
    before = tasks.earlier(row)
    same = sum(1 for position, one in before.items() if values.get(str(position)) == one.value)
    facts = {"task": row.task_id, "filled": len(values), "prefilled": same}
    with transaction.atomic():
        first = row.entry_uid
        _write(
            row, content=content, state=AnswerState.ANSWERED, answered=ctx.now,
            by_id=ctx.actor_id, prefilled=same,
        )  # fmt: skip
        if first:
            known = Entry.objects.get(uid=first)
            private = {"text": content}
            entry = ledger.supersede(ctx, known, facts=facts, private=private, happened=ctx.now)
        else:
            entry = ledger.record(
                ctx, kinds.COLLECTED.name, unit_id=unit_id, facts=facts, private={"text": content}
            )
        CollectionAnswer.objects.filter(pk=row.pk).update(entry_uid=entry.uid)
    row.refresh_from_db()
    return row


def _write(row: CollectionAnswer, **changes: object) -> None:
    fresh = CollectionAnswer.objects.filter(pk=row.pk, revision=row.revision)
    if not fresh.update(revision=row.revision + 1, **changes):
        raise Conflict("别人刚刚也填了这一份", remedy="刷新页面，看过现在的内容再改")
    row.refresh_from_db()


def _json(values: Mapping[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def _read(task: CollectionTask, typed: Mapping[str, str], *, whole: bool) -> dict[str, object]:
    found: dict[str, object] = {}
    for field in task.fields.all():
        text = str(typed.get(str(field.position), "")).replace("\x00", "").strip()
        if text:
            found[str(field.position)] = _value(field, text)
        elif whole and field.required:
            raise _wrong(field, "还没有填")
    return found


def _wrong(field: CollectionField, what: str) -> Refused:
    remedy = f"填“{field.label}”再提交" if what == "还没有填" else "改好再提交"
    return Refused(f"“{field.label}”{what}", field=f"f{field.position}", remedy=remedy)


def _value(field: CollectionField, text: str) -> object:
    if field.type == "text":
        if len(text) > TEXT:
            raise _wrong(field, f"超过 {TEXT} 字")
        return text
    if field.type == "choice":
        if text not in field.options.splitlines():
            raise _wrong(field, "不在选项里")
        return text
    if field.type == "bool":
        if text not in ("yes", "no"):
            raise _wrong(field, "应为是或否")
        return text
    return _number_or_day(field, text)


def _number_or_day(field: CollectionField, text: str) -> object:
    try:
        if field.type == "date":
            return date.fromisoformat(text).isoformat()
        if not NUMBER.fullmatch(text):
            raise ValueError(text)
        if field.type == "integer":
            return int(text)
        return format(Decimal(text), "f")
    except (ValueError, InvalidOperation):
        said = {"date": "应是日期", "integer": "应是整数", "decimal": "应是数字"}[field.type]
        raise _wrong(field, said) from None


def reminded_today(ctx: Ctx, rows: Sequence[CollectionAnswer]) -> set[int]:
    """Return which of these were reminded today already."""
    return {row.pk for row in rows if row.reminded and clock.day_of(row.reminded) == ctx.today}


def remind(ctx: Ctx, answers: Sequence[int]) -> Iterator[int]:
    """Remind units of what they have not answered, each once a day; yield which were reminded."""
    for row in tasks.late(ctx).filter(pk__in=answers).order_by("pk"):
        with transaction.atomic():
            before = CollectionAnswer.objects.filter(pk=row.pk, reminded=row.reminded)
            if row.pk in reminded_today(ctx, [row]) or not before.update(reminded=ctx.now):
                continue
            facts = {"task": row.task_id}
            ledger.record(ctx, kinds.REMINDED.name, unit_id=row.unit_id, facts=facts)
            key = f"collection/{row.task_id}/{row.unit_id}/{ctx.today}"
            _tell(ctx, row.task, row.unit_id, f"催办：{row.task.title}", key)
        yield row.pk
