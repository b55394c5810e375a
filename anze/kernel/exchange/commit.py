"""Writing a checked file, a short transaction at a time.

Each line's outcome is written in the transaction of its effect, so a commit that was killed goes on
with the first line that has none, and nothing is created twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Field

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import SYSTEM_ACCESS, Ctx
from anze.kernel.bus.errors import Problem, Refused
from anze.kernel.exchange import checking, importers, kinds, services
from anze.kernel.exchange.models import ImportBatch, ImportRow, State, Written
from anze.kernel.ledger import services as ledger
from anze.kernel.people.access import PersonAccess
from anze.kernel.people.models import User
from anze.kernel.units.names import pinyin_of
from anze.kernel.work import services as work
from anze.kernel.work.jobs import Handle, Stopped
from anze.kernel.work.pace import HOLD_SECONDS, Pace

log = logging.getLogger("anze.exchange")

JOB = services.JOB
BROKEN = Refused(
    "系统出了问题，错误已记入日志", remedy="稍后从停下的地方继续；如果一直这样，请联系系统管理员。"
)
_READ = 500


def run_job(handle: Handle) -> str:
    """The background job: write the batch it names, telling how far it is."""
    batch = ImportBatch.objects.select_related("scope").get(pk=handle.args["batch"])
    return run(batch, handle.progress)


def run(batch: ImportBatch, progress: Any = None) -> str:
    """Write what is still to be written; return a sentence about it.

    A line that the services refuse (somebody else was quicker) stops the batch in the state
    ``failed`` with the reason; what was written before stays and is not written again.
    """
    if batch.state != State.COMMITTING:
        return f"已处于“{batch.get_state_display()}”"
    try:
        writer = _Writer(batch, context(batch, batch.actor_id), importers.get(batch.kind))
    except Problem as problem:
        return _stop(batch, None, problem)
    pinyin_of("安")  # loads its dictionary now, outside any transaction
    try:
        writer.run(writer.importer.slice, progress)
    except Problem as problem:
        return _stop(batch, writer.at, problem)
    except Stopped:
        raise
    except Exception:
        log.exception("import %s stopped", batch.pk)
        return _stop(batch, writer.at, BROKEN)
    return _finish(batch, writer.ctx)


def context(batch: ImportBatch, actor_id: Any) -> Ctx:
    """Return the actor's context, his rights over the scope asked once more.

    Inside, the units are those the checks resolved in this scope or made by this batch, and the
    people hold posts of units only; so the walk over the tree is not repeated for each line.
    """
    now = clock.now()
    if actor_id is not None:
        access = PersonAccess(User.objects.get(pk=actor_id), now)
        for needed in importers.get(batch.kind).needed:
            access.check(needed, batch.scope_id)
    return Ctx(actor_id, now, "import", SYSTEM_ACCESS, request_id=batch.pk)


@dataclass
class _Writer:
    """Applies lines, a slice of them at a time."""

    batch: ImportBatch
    ctx: Ctx
    importer: importers.Importer
    at: ImportRow | None = field(default=None)
    size: int = 1
    refused: Problem | None = None

    def run(self, size: int, progress: Any) -> None:
        """Write what is left in slices of at most ``size`` lines; raise what refused a line."""
        self.batch.done = self._mine().filter(written=Written.WRITTEN).count()
        pace: Pace[list[ImportRow]] = Pace(self.one, self.after)
        self.size = min(size, self.importer.first)
        for _chunk in pace.run(self._slices(size)):
            if progress is not None:
                batch = self.batch
                progress(batch.done, batch.total + 1, f"已写入 {batch.done} 行")
        if self.refused:
            raise self.refused

    def _mine(self) -> Any:
        return ImportRow.objects.filter(batch=self.batch, revision=self.batch.revision)

    def _slices(self, most: int) -> Iterator[list[ImportRow]]:
        """Yield slices of at most ``most`` lines, fewer where lines cost more: see ``one``."""
        rows = self.rows()
        while not self.refused and (part := list(islice(rows, min(most, self.size)))):
            yield part

    def rows(self) -> Iterator[ImportRow]:
        """Yield the lines still to be written, in the order of the file."""
        last = 0
        waiting = self._mine().filter(outcome__in=[checking.NEW, checking.CHANGED])
        waiting = waiting.exclude(written=Written.WRITTEN).order_by("number")
        while part := list(waiting.filter(number__gt=last)[:_READ]):
            yield from part
            last = part[-1].number

    def one(self, part: list[ImportRow]) -> None:
        """Write a slice; where one of its lines is refused, those before it, and remember why."""
        began = time.perf_counter()
        self.ctx = replace(self.ctx, now=clock.now())
        try:
            self._write(part)
        except Problem as problem:
            self._one_by_one(part, problem)
        spent = time.perf_counter() - began
        # Half a hold for a slice: what its commit sets off is to fit into the other half.
        self.size = max(1, round(len(part) * min(2.0, HOLD_SECONDS / 2 / spent)))

    def _write(self, part: list[ImportRow]) -> None:
        """Write everything some lines ask for, then their outcomes: all or, on a Problem, none."""
        self.at = part[0]
        with transaction.atomic():
            with ledger.gather():
                self.importer.write(self.ctx, self.batch, part)
            keep(part, self.ctx)

    def _one_by_one(self, part: list[ImportRow], problem: Problem) -> None:
        """Find the line that is refused: what stands before it is written and stays."""
        self.refused = problem
        if len(part) == 1:
            return
        try:
            for row in part:
                self._write([row])
        except Problem as its_own:
            self.refused = its_own
        else:
            self.refused = None  # together they were too much, one after the other they were not

    def after(self, parts: list[list[ImportRow]]) -> None:
        """Keep how far it came in the same transaction."""
        written = sum(row.written == Written.WRITTEN for part in parts for row in part)
        done = self.batch.done + written
        held = ImportBatch.objects.filter(pk=self.batch.pk, state=State.COMMITTING)
        if not held.update(done=done):
            raise Refused("导入已被停下", where=self.batch.file_name)
        self.batch.done = done


def keep(rows: list[ImportRow], ctx: Ctx) -> None:
    """Write the outcomes of a slice: one prepared statement, many times."""
    ids, instants = ImportRow._meta.get_field("unit_id"), ImportRow._meta.get_field("written_at")
    assert isinstance(ids, Field)
    assert isinstance(instants, Field)
    values = [
        [
            ids.get_db_prep_save(row.unit_id, connection),
            ids.get_db_prep_save(row.result_id, connection),
            row.made,
            instants.get_db_prep_save(ctx.now, connection),
            Written.WRITTEN.value,
            row.pk,
        ]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE exchange_importrow SET unit_id = %s, result_id = %s, made = %s,"
            " written_at = %s, written = %s WHERE id = %s",
            values,
        )
    for row in rows:
        row.written, row.written_at = Written.WRITTEN, ctx.now


def _stop(batch: ImportBatch, at: ImportRow | None, problem: Problem) -> str:
    where = at.where if at else ""
    said = f"{where} 没有写入：{problem.said}".strip()
    with transaction.atomic():
        if at is not None:
            ImportRow.objects.filter(pk=at.pk).update(written=Written.STOPPED)
        services.move(batch, (State.COMMITTING,), State.FAILED, message=said[:400])
        tell(batch, "导入中途停下", said, f"stopped/{batch.revision}/{batch.done}")
    return said


def _finish(batch: ImportBatch, ctx: Ctx) -> str:
    count = batch.count
    facts = {
        "batch": batch.pk,
        "template": batch.kind,
        "written": batch.done,
        "unchanged": count.get(checking.SAME, 0),
        "left_out": count.get(checking.FAULTY, 0) + count.get(checking.HIDDEN, 0),
    }
    said = f"已写入 {batch.done} 行，{facts['unchanged']} 行没有变化，跳过 {facts['left_out']} 行。"
    with transaction.atomic():
        services.move(batch, (State.COMMITTING,), State.DONE, finished=clock.now(), message=said)
        ledger.record(
            ctx,
            kinds.IMPORTED.name,
            unit_id=batch.scope_id,
            facts=facts,
            proofs=[batch.sha256],
            client_id=f"{batch.pk}/done",
        )
        tell(batch, "导入完成", said, "done")
    return said


def tell(batch: ImportBatch, title: str, body: str, what: str) -> None:
    """Tell who uploaded the file what became of it."""
    if batch.actor_id is not None:
        work.notify(
            Ctx.system(),
            [batch.actor_id],
            "exchange.batch",
            title=f"{title}：{batch.file_name}",
            body=body,
            link=f"/exchange/{batch.pk}/",
            key=f"exchange/{batch.pk}/{what}",
        )
