"""Taking a written batch back as a whole: first what it would do, then, asked again, doing it.

Like a commit: line by line backwards, each line's outcome in the transaction of its effect, so that
an undoing that was killed goes on where it stood. A line that was used or changed since stays, with
its reason at its cell, and so does every line of its group.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import transaction

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Problem, Refused
from anze.kernel.exchange import commit, importers, kinds, services
from anze.kernel.exchange.faults import Fault
from anze.kernel.exchange.models import ImportBatch, ImportRow, State, Written
from anze.kernel.ledger import services as ledger
from anze.kernel.work import jobs
from anze.kernel.work.jobs import Handle, Stopped
from anze.kernel.work.pace import Pace

log = logging.getLogger("anze.exchange")
JOB = "exchange.undo"
SHOWN = 200
_READ = 500


@dataclass
class Effect:
    """What undoing a batch would do: ``lines`` (where, words) and ``kept`` (where, reasons)."""

    total: int = 0
    lines: list[tuple[str, list[str]]] = field(default_factory=list)
    kept: list[tuple[str, list[Fault]]] = field(default_factory=list)
    blocked: int = 0

    @property
    def undone(self) -> int:
        """How many lines would be taken back."""
        return self.total - self.blocked


def preview(ctx: Ctx, batch_id: UUID) -> Effect:
    """Return what undoing would do to each line, and which lines would stay and why."""
    batch = services.get(ctx, batch_id)
    importer = _undoable(batch)
    rows = list(_written(batch))
    if not rows:
        raise Refused("这次导入的行已按期清除，不能整批撤销", remedy="请逐条更正。")
    reasons = _reasons(ctx, batch, importer, rows)
    groups = {row.group for row in rows if row.pk in reasons}
    effect = Effect(total=len(rows))
    for row in rows:
        if row.group in groups:
            effect.blocked += 1
            effect.kept.append((row.where, list(reasons.get(row.pk, ()))))
        elif len(effect.lines) < SHOWN and importer.effect:
            effect.lines.append((row.where, importer.effect(row)))
    effect.kept.sort(key=lambda item: not item[1])
    return effect


def begin(ctx: Ctx, batch_id: UUID, *, leave_out: bool = False) -> ImportBatch:
    """Start undoing in the background; ``leave_out`` takes back what can be and keeps the rest."""
    batch = services.get(ctx, batch_id)
    effect = preview(ctx, batch_id)
    if effect.blocked and not leave_out:
        raise Refused(
            f"有 {effect.blocked} 行后来已被使用或更改，没有撤销任何内容",
            remedy="请先处理这些行，或勾选“保留这些行，撤销其余的”。",
        )
    if not effect.undone:
        raise Refused("没有可以撤销的行", remedy="请在单位、人员或台账里逐条更正。")
    with transaction.atomic():
        services.move(
            batch,
            (State.DONE, State.CANCELLED),
            State.UNDOING,
            undo_begun=ctx.now,
            undo_actor_id=ctx.actor_id,
            undone=0,
            message="",
        )
        jobs.enqueue(ctx, JOB, {"batch": str(batch.pk)}, key=str(batch.pk))
    return batch


def run_job(handle: Handle) -> str:
    """The background job: take back the batch it names."""
    batch = ImportBatch.objects.select_related("scope").get(pk=handle.args["batch"])
    return run(batch, handle.progress)


def run(batch: ImportBatch, progress: Any = None) -> str:
    """Take back what is still to be taken back; return a sentence about it."""
    if batch.state != State.UNDOING:
        return f"已处于“{batch.get_state_display()}”"
    try:
        undoer = _Undoer(batch, commit.context(batch, batch.undo_actor_id), _undoable(batch))
        undoer.run(progress)
    except Stopped:
        raise
    except Problem as problem:
        return _stop(batch, problem)
    except Exception:
        log.exception("undoing of import %s stopped", batch.pk)
        return _stop(batch, commit.BROKEN)
    return _finish(batch, undoer.ctx)


def give_back_lost(_ctx: Ctx) -> int:
    """Let an undoing whose job was given up be begun again; the periodic job."""
    return services.give_back(
        State.UNDOING, JOB, State.DONE, "撤销多次中断，可以再次撤销其余的行。"
    )


def _undoable(batch: ImportBatch) -> importers.Importer:
    importer = importers.find(batch.kind)
    if importer is None or importer.revert is None or importer.hindered is None:
        raise Refused("这种导入不能整批撤销", remedy="请逐条更正。")
    if batch.state not in (State.DONE, State.CANCELLED, State.UNDOING):
        raise Conflict("这次导入没有写入完，或已经撤销", where=batch.get_state_display())
    return importer


def _written(batch: ImportBatch) -> Iterator[ImportRow]:
    """Yield the lines that were written and not taken back, the last one first."""
    rows = ImportRow.objects.filter(batch=batch, revision=batch.revision, written=Written.WRITTEN)
    return rows.order_by("-number").iterator(_READ)


def _reasons(
    ctx: Ctx, batch: ImportBatch, importer: importers.Importer, rows: Sequence[ImportRow]
) -> dict[int, Sequence[Fault]]:
    assert importer.hindered is not None
    found: dict[int, Sequence[Fault]] = {}
    for start in range(0, len(rows), _READ):
        found |= importer.hindered(ctx, batch, rows[start : start + _READ])
    return found


@dataclass
class _Undoer:
    """Takes lines back, a group of them in one transaction, so that no group is half undone."""

    batch: ImportBatch
    ctx: Ctx
    importer: importers.Importer
    at: int = 0

    def run(self, progress: Any) -> None:
        """Take back what is left."""
        pace: Pace[list[ImportRow]] = Pace(self.one, self.after)
        for _chunk in pace.run(_by_group(list(_written(self.batch)))):
            if progress is not None:
                batch = self.batch
                progress(batch.undone, batch.done + 1, f"已撤销 {batch.undone} 行")

    def one(self, rows: list[ImportRow]) -> None:
        """Take one group back, or keep it with its reasons."""
        assert self.importer.hindered is not None
        assert self.importer.revert is not None
        self.ctx = replace(self.ctx, now=clock.now())
        if reasons := self.importer.hindered(self.ctx, self.batch, rows):
            self._keep(rows, reasons)
            return
        try:
            with transaction.atomic():
                self.importer.revert(self.ctx, self.batch, rows)
        except Problem as problem:
            where = rows[0].where
            said = Fault("refused", "", problem.message, problem.remedy, problem.where or where)
            self._keep(rows, {rows[0].pk: [said]})
            return
        ImportRow.objects.filter(pk__in=[row.pk for row in rows]).update(written=Written.UNDONE)

    def _keep(self, rows: list[ImportRow], reasons: importers.Hindrances) -> None:
        for row in rows:
            row.written = Written.KEPT
            why = [fault.as_dict() for fault in reasons.get(row.pk, ())]
            row.faults = json.dumps(why, ensure_ascii=False)
        ImportRow.objects.bulk_update(rows, ["written", "faults"])

    def after(self, _parts: list[list[ImportRow]]) -> None:
        """Keep how far it came in the same transaction."""
        rows = ImportRow.objects.filter(batch=self.batch, revision=self.batch.revision)
        undone = rows.filter(written=Written.UNDONE).count()
        held = ImportBatch.objects.filter(pk=self.batch.pk, state=State.UNDOING)
        if not held.update(undone=undone):
            raise Refused("撤销已被停下", where=self.batch.file_name)
        self.batch.undone = undone


def _by_group(rows: Sequence[ImportRow]) -> Iterator[list[ImportRow]]:
    groups: dict[str, list[ImportRow]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return iter(groups.values())


def _stop(batch: ImportBatch, problem: Problem) -> str:
    said = f"撤销中途停下：{problem.said}"
    with transaction.atomic():
        services.move(batch, (State.UNDOING,), State.DONE, message=said[:400])
        commit.tell(batch, "撤销中途停下", said, f"undo/{batch.undone}")
    return said


def _finish(batch: ImportBatch, ctx: Ctx) -> str:
    rows = ImportRow.objects.filter(batch=batch, revision=batch.revision)
    kept = rows.filter(written=Written.KEPT).count()
    undone = rows.filter(written=Written.UNDONE).count()
    said = f"已撤销 {undone} 行，{kept} 行因后来已使用或更改而保留。"
    facts = {"batch": batch.pk, "template": batch.kind, "undone": undone, "kept": kept}
    with transaction.atomic():
        services.move(batch, (State.UNDOING,), State.UNDONE, undone=undone, message=said)
        ledger.record(
            ctx,
            kinds.UNDONE.name,
            unit_id=batch.scope_id,
            facts=facts,
            proofs=[batch.sha256],
            client_id=f"{batch.pk}/undone",
        )
        commit.tell(batch, "导入已撤销", said, "undone")
    return said
