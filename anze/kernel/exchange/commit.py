"""Writing a checked file through the services of units and people, a short transaction at a time.

Each line's outcome is written in the transaction of its effect, so a commit that was killed goes on
with the first line that has none, and nothing is created twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import SYSTEM_ACCESS, Ctx
from anze.kernel.bus.errors import Problem, Refused
from anze.kernel.exchange import checking, kinds, services
from anze.kernel.exchange.models import ImportBatch, ImportRow, State, Written
from anze.kernel.ledger import services as ledger
from anze.kernel.people import services as people
from anze.kernel.people.access import PersonAccess
from anze.kernel.people.models import User
from anze.kernel.units import services as units
from anze.kernel.units.names import pinyin_of
from anze.kernel.work import services as work
from anze.kernel.work.jobs import Handle, Stopped
from anze.kernel.work.pace import Pace

log = logging.getLogger("anze.exchange")

JOB = services.JOB
_BROKEN = Refused(
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
    writer = _Writer(batch, _context(batch))
    writer.load()
    pinyin_of("安")  # loads its dictionary now, outside any transaction
    pace: Pace[ImportRow] = Pace(writer.one, writer.after)
    try:
        for _chunk in pace.run(writer.rows()):
            if progress is not None:
                progress(batch.done, batch.total + 1, f"已写入 {batch.done} 行")
    except Problem as problem:
        return _stop(batch, writer.at, problem)
    except Stopped:
        raise
    except Exception:
        log.exception("import %s stopped", batch.pk)
        return _stop(batch, writer.at, _BROKEN)
    return _finish(batch, writer.ctx)


def _context(batch: ImportBatch) -> Ctx:
    """Return the actor's context, his rights over the district asked once more.

    Inside, the units are those the checks resolved in this district or made by this batch, and the
    people hold posts of units only; so the walk over the tree is not repeated for each line.
    """
    now = clock.now()
    if batch.actor_id is not None:
        access = PersonAccess(User.objects.get(pk=batch.actor_id), now)
        for needed in services.NEEDED:
            access.check(needed, batch.scope_id)
    return Ctx(batch.actor_id, now, "import", SYSTEM_ACCESS, request_id=batch.pk)


@dataclass
class _Writer:
    """Applies lines one by one; knows which units this batch has made."""

    batch: ImportBatch
    ctx: Ctx
    made: dict[str, UUID] = field(default_factory=dict)
    at: ImportRow | None = None

    def load(self) -> None:
        """Learn what an earlier run has made."""
        done = self._mine().filter(written=Written.WRITTEN)
        self.made = dict(done.exclude(unit_id=None).values_list("group", "unit_id"))
        self.batch.done = done.count()

    def _mine(self) -> Any:
        return ImportRow.objects.filter(batch=self.batch, revision=self.batch.revision)

    def rows(self) -> Iterator[ImportRow]:
        """Yield the lines still to be written, in the order of the file."""
        last = 0
        waiting = self._mine().filter(outcome__in=[checking.NEW, checking.CHANGED])
        waiting = waiting.exclude(written=Written.WRITTEN).order_by("number")
        while part := list(waiting.filter(number__gt=last)[:_READ]):
            yield from part
            last = part[-1].number

    def one(self, row: ImportRow) -> None:
        """Write one line: unit, campus, facts, posts."""
        self.at = row
        self.ctx = replace(self.ctx, now=clock.now())
        plan = row.loads("plan")
        if self.batch.kind == "roster":
            row.unit_id = self._unit(row, plan)
            row.result_id = self._campus(row.unit_id, plan)
            self._facts({"unit": row.unit_id, "campus": row.result_id}, plan)
        else:
            row.unit_id = UUID(plan["unit"])
        bodies = {"unit": row.unit_id, "campus": row.result_id or row.unit_id}
        for post in plan.get("posts", []):
            holder = self._post(bodies[post["at"]], post)
            if self.batch.kind == "accounts":
                row.result_id = holder
        row.written = Written.WRITTEN

    def after(self, rows: list[ImportRow]) -> None:
        """Keep the outcomes in the same transaction."""
        ImportRow.objects.bulk_update(rows, ["written", "unit_id", "result_id"])
        done = self.batch.done + len(rows)
        held = ImportBatch.objects.filter(pk=self.batch.pk, state=State.COMMITTING)
        if not held.update(done=done):
            raise Refused("导入已被停下", where=self.batch.file_name)
        self.batch.done = done

    def _unit(self, row: ImportRow, plan: dict[str, Any]) -> UUID:
        if "unit" not in plan:
            if row.group not in self.made:
                wanted = dict(plan["register"])
                unit = units.register_unit(
                    self.ctx, level="unit", parent_id=UUID(wanted.pop("parent")), **wanted
                )
                self.made[row.group] = unit.pk
            return self.made[row.group]
        unit_id = UUID(plan["unit"])
        if rename := plan.get("rename"):
            units.rename(self.ctx, unit_id, name=rename[0], short_name=rename[1])
        if to := plan.get("move"):
            units.move(self.ctx, unit_id, to=UUID(to), since=self.ctx.today)
        return unit_id

    def _campus(self, unit_id: UUID, plan: dict[str, Any]) -> UUID:
        if "campus" in plan:
            return UUID(plan["campus"])
        wanted = plan["register_campus"]
        return units.register_unit(self.ctx, level="campus", parent_id=unit_id, **wanted).pk

    def _facts(self, bodies: dict[str, UUID], plan: dict[str, Any]) -> None:
        for target, key, value in plan.get("facts", []):
            units.set_fact(self.ctx, bodies[target], key, value, since=self.ctx.today)

    def _post(self, body: UUID, post: dict[str, Any]) -> UUID:
        user = User.objects.filter(phone=post["phone"]).first()
        if user is None:
            user = people.create_account(
                self.ctx,
                username=post["username"] or f"u{post['phone']}",
                name=post["name"],
                phone=post["phone"],
                unit_id=body,
            )
        elif user.name != post["name"]:
            raise Refused("手机号刚被登记在别人名下", field="phone", remedy="请重新核对这个文件。")
        for holding in post["ends"]:
            people.end_post(self.ctx, UUID(holding), until=self.ctx.today)
        since = date.fromisoformat(post["since"]) if post["since"] else None
        people.give_post(self.ctx, user.pk, unit_id=body, post=post["post"], since=since)
        return user.pk


def _stop(batch: ImportBatch, at: ImportRow | None, problem: Problem) -> str:
    where = f"{at.sheet}!{at.line}" if at else ""
    said = f"{where} 没有写入：{problem.message}。{problem.remedy}".replace("。。", "。")
    with transaction.atomic():
        if at is not None:
            ImportRow.objects.filter(pk=at.pk).update(written=Written.STOPPED)
        services.move(batch, (State.COMMITTING,), State.FAILED, message=said[:400])
        _tell(batch, "导入中途停下", said, f"stopped/{batch.revision}/{batch.done}")
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
        _tell(batch, "导入完成", said, "done")
    return said


def _tell(batch: ImportBatch, title: str, body: str, what: str) -> None:
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
