"""Runs: chosen and shown (draft), done in chunks, undone. What was shown is what is done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.http import QueryDict

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Problem, Refused
from anze.kernel.people.access import ctx_for
from anze.kernel.web.bulk.registry import BulkAction, OpenList, Outcome, Preview, find, opened
from anze.kernel.web.models import BulkItem, BulkRun, ItemState, RunState
from anze.kernel.work import jobs, pace
from anze.kernel.work.models import OPEN, Job, JobState

JOB = "web.bulk"
AT_ONCE = 200  # more than this is done in the background
MOST = 5_000
TICKED = 500
DRAFTS_LAST = timedelta(days=1)
RUNS_LAST = timedelta(days=30)
LOST_AFTER = timedelta(minutes=2)
GONE = "已经办过，或不在您的范围内"


def the_list(ctx: Ctx, key: str) -> OpenList:
    """Return an opened list the actor may look at; NotFound or Denied."""
    found = opened(key)
    if found is None:
        raise NotFound("没有这个列表")
    ctx.access.check(found.action, None)
    return found


def the_action(ctx: Ctx, listing: str, code: str) -> BulkAction:
    """Return an action of a list that the actor may do somewhere; NotFound or Denied."""
    found = find(listing, code)
    if found is None:
        raise NotFound("没有这项批量操作", remedy="请从列表上的按钮进入")
    ctx.access.check(found.action, None)
    return found


def rows_of(ctx: Ctx, where: OpenList, query: str, ids: Sequence[str] | None) -> QuerySet[Any]:
    """Return the ticked rows, or with ``ids=None`` all that the list's filters match."""
    from anze.kernel.web.listing import Shown

    asked = QueryDict(query)
    listing = where.make(ctx, asked)
    if ids is None:
        return Shown(listing, asked, ctx, "").matching
    rows: QuerySet[Any] = listing.rows(ctx)
    return rows.filter(pk__in=_keys(rows, ids[:TICKED]))


def _keys(rows: QuerySet[Any], ids: Iterable[str]) -> list[Any]:
    found = []
    for one in ids:
        try:
            found.append(rows.model._meta.pk.to_python(one[:40]))
        except ValidationError:
            continue
    return found


def draft(
    ctx: Ctx, listing: str, code: str, *, query: str, ids: Sequence[str] | None, client_id: str
) -> BulkRun:
    """Choose the rows and say what would be done; nothing is done yet.

    The same ``client_id`` again gives the same run. Raises Refused when nothing is chosen or the
    filter matches more than ``MOST``.
    """
    where, action = the_list(ctx, listing), the_action(ctx, listing, code)
    known = BulkRun.objects.filter(actor_id=ctx.actor_id, client_id=client_id).first()
    if known is not None:
        return known
    rows = rows_of(ctx, where, query, ids)
    chosen = rows.order_by()[: MOST + 1].count()
    if chosen > MOST:
        raise Refused(
            f"符合条件的超过 {MOST:,} 项，一次办不了", remedy="请用筛选缩小范围，分几次办"
        )
    if not chosen:
        raise Refused(
            "没有选中可以办的内容",
            remedy="请先勾选；刚刚已经办完的，或不在您范围内的，不再列入",
        )
    shown = action.preview(ctx, rows)
    gone = 0 if ids is None else len(set(ids[:TICKED])) - chosen
    return _keep(ctx, listing, action, query, client_id, shown, gone)


def _keep(
    ctx: Ctx, listing: str, action: BulkAction, query: str, client_id: str, shown: Preview,
    gone: int,
) -> BulkRun:  # fmt: skip
    skipped = dict(shown.skipped) | ({GONE: gone} if gone > 0 else {})
    told = {"skipped": skipped, "lines": list(shown.lines), "notes": list(shown.notes)}
    if ctx.actor_id is None:
        raise Denied("没有登录，不能批量办理", remedy="请先登录")
    run = BulkRun(
        actor_id=ctx.actor_id, client_id=client_id[:60], listing=listing, action=action.code,
        query=query[:1500], told=json.dumps(told, ensure_ascii=False), total=len(shown.keys),
        created=ctx.now, touched=ctx.now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            BulkItem.objects.bulk_create(
                (BulkItem(run=run, key=key) for key in dict.fromkeys(shown.keys)), batch_size=500
            )
    except IntegrityError:
        return BulkRun.objects.get(actor_id=ctx.actor_id, client_id=client_id[:60])
    return run


def get(ctx: Ctx, run_id: UUID) -> BulkRun:
    """Return one of the actor's runs; NotFound for anybody else's."""
    found = BulkRun.objects.filter(pk=run_id, actor_id=ctx.actor_id).first()
    if found is None:
        raise NotFound("没有这次批量办理", remedy="它可能已过期，请从列表重新选择")
    return found


def confirm(ctx: Ctx, run_id: UUID) -> BulkRun:
    """Do what was shown; a second confirmation changes nothing."""
    run = get(ctx, run_id)
    action = the_action(ctx, run.listing, run.action)
    if _move(run, RunState.DRAFT, RunState.RUNNING, ctx):
        _start(ctx, run, action)
    run.refresh_from_db()
    return run


def undo(ctx: Ctx, run_id: UUID) -> BulkRun:
    """Take back what the run did. Refused when there is no way back, Conflict when it is too late
    or somebody was quicker."""
    run = get(ctx, run_id)
    action = the_action(ctx, run.listing, run.action)
    if action.undo is None:
        raise Refused(f"“{action.label}”不能撤销", remedy=action.warning)
    if run.state in (RunState.UNDOING, RunState.UNDONE):
        return run
    if run.undo_until is None or ctx.now >= run.undo_until:
        raise Conflict("已经过了可以撤销的时间", remedy="请在列表里逐条改正")
    if not _move(run, RunState.DONE, RunState.UNDOING, ctx):
        raise Conflict("这次批量办理现在不能撤销", remedy="请刷新页面，看最新的情况")
    _start(ctx, run, action)
    run.refresh_from_db()
    return run


def _move(run: BulkRun, old: RunState, new: RunState, ctx: Ctx) -> bool:
    rows = BulkRun.objects.filter(pk=run.pk, state=old)
    return bool(rows.update(state=new, touched=ctx.now, problem=""))


def _start(ctx: Ctx, run: BulkRun, action: BulkAction) -> None:
    if run.total > AT_ONCE:
        jobs.enqueue(ctx, JOB, {"run": str(run.pk)}, key=str(run.pk))
        return
    run.refresh_from_db()
    for _done in drive(ctx, run, action):
        pace.rest()


def drive(ctx: Ctx, run: BulkRun, action: BulkAction) -> Iterator[int]:
    """Go on with a run from where it stands; yield after each chunk how many are settled.

    Each chunk and what is noted of it commit together, so that a killed process repeats nothing.
    """
    undoing = run.state == RunState.UNDOING
    here = ItemState.DONE if undoing else ItemState.WAITING
    settled = 0
    while keys := _next(run, here, action.chunk):
        try:
            settled += _chunk(ctx, run, action, keys, undoing)
        except Problem as problem:
            _stop(ctx, run, problem)
            return
        yield settled
    ended = RunState.UNDONE if undoing else RunState.DONE
    until = ctx.now + action.undo_for if action.undo and not undoing else None
    BulkRun.objects.filter(pk=run.pk, state=run.state).update(
        state=ended, touched=ctx.now, undo_until=until
    )


def _next(run: BulkRun, state: ItemState, count: int) -> list[str]:
    rows = BulkItem.objects.filter(run=run, state=state).order_by("pk")
    return list(rows.values_list("key", flat=True)[:count])


def _chunk(ctx: Ctx, run: BulkRun, action: BulkAction, keys: list[str], undoing: bool) -> int:
    way = action.undo if undoing else action.do
    assert way is not None
    with transaction.atomic():
        outcome = way(ctx, keys, f"bulk/{run.pk.hex}/{'undo' if undoing else 'do'}")
        _note(run, keys, outcome, ItemState.UNDONE if undoing else ItemState.DONE)
        BulkRun.objects.filter(pk=run.pk).update(touched=ctx.now)
    return len(keys)


def _note(run: BulkRun, keys: Sequence[str], outcome: Outcome, done: ItemState) -> None:
    items = BulkItem.objects.filter(run=run)
    items.filter(key__in=outcome.done).update(state=done)
    reasons: dict[str, list[str]] = {}
    for key in keys:
        if key not in outcome.done:
            reasons.setdefault(outcome.skipped.get(key, GONE)[:80], []).append(key)
    for reason, passed in reasons.items():
        items.filter(key__in=passed).update(state=ItemState.SKIPPED, reason=reason)


def _stop(ctx: Ctx, run: BulkRun, problem: Problem) -> None:
    words = problem.said[:300]
    rows = BulkRun.objects.filter(pk=run.pk)
    rows.update(state=RunState.STOPPED, problem=words, touched=ctx.now)


def run_job(handle: jobs.Handle) -> str:
    """Do or undo a long run in the background, with the actor's rights of now."""
    run = BulkRun.objects.select_related("actor").get(pk=UUID(str(handle.args["run"])))
    if run.state not in (RunState.RUNNING, RunState.UNDOING):
        return ""
    action = find(run.listing, run.action)
    if action is None:
        raise Refused("没有这项批量操作了", remedy="请从列表重新选择")
    for settled in drive(ctx_for(run.actor), run, action):
        handle.progress(min(settled, run.total - 1), run.total)
        pace.rest()
    return ""


def counts(run: BulkRun) -> Mapping[str, int]:
    """Return state → how many rows of a run. One query."""
    rows = run.items.values_list("state").annotate(Count("pk")).order_by()
    return dict(rows)


def passed_over(run: BulkRun) -> list[tuple[str, int]]:
    """Return why rows were passed over while it was done, and how many. One query."""
    rows = run.items.filter(state=ItemState.SKIPPED).values_list("reason").annotate(Count("pk"))
    return list(rows.order_by("reason"))


def sweep(ctx: Ctx) -> None:
    """Take up runs whose process died, forget old ones."""
    under_way = BulkRun.objects.filter(state__in=(RunState.RUNNING, RunState.UNDOING))
    for run in under_way.filter(touched__lt=ctx.now - LOST_AFTER)[:20]:
        _take_up(ctx, run)
    old = BulkRun.objects.filter(state=RunState.DRAFT, created__lt=ctx.now - DRAFTS_LAST)
    ended = BulkRun.objects.filter(created__lt=ctx.now - RUNS_LAST).exclude(
        pk__in=under_way.values("pk")
    )
    for rows in (old, ended):
        ids = list(rows.values_list("pk", flat=True)[:5])
        BulkRun.objects.filter(pk__in=ids).delete()


def _take_up(ctx: Ctx, run: BulkRun) -> None:
    """Queue a run anew whose process died; stop one whose job was given up or called off."""
    last = Job.objects.filter(name=JOB, key=str(run.pk)).order_by("-created").first()
    if last is not None and last.state in OPEN:
        return
    if last is not None and last.state in (JobState.FAILED, JobState.CANCELLED):
        why = "后台任务被取消" if last.state == JobState.CANCELLED else "后台任务没有办成"
        _stop(ctx, run, Problem(why, remedy="已办的已经生效；其余的请从列表重新选择"))
        return
    jobs.enqueue(ctx, JOB, {"run": str(run.pk)}, key=str(run.pk))
