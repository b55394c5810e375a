"""``anze roster import FILE --district …``: the same import from the console."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Problem
from anze.kernel.exchange import services
from anze.kernel.exchange.models import ImportBatch, ImportRow, State
from anze.kernel.units.models import Unit
from anze.kernel.work import jobs


class Command(BaseCommand):
    """Check a file; unless it is a dry run, write it, whole or not at all."""

    help = "Import a roster or accounts from Excel: roster import FILE --district NAME"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments."""
        parser.add_argument("what", choices=["import"])
        parser.add_argument("file", type=Path)
        parser.add_argument("--district", required=True, help="name or id of the district")
        parser.add_argument("--kind", choices=["roster", "accounts"], default="roster")
        parser.add_argument("--dry-run", action="store_true", help="check only, write nothing")
        parser.add_argument("--leave-out-faulty", action="store_true")
        parser.add_argument("--take-hidden", action="store_true", help="also take hidden lines")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check, say what was found, write."""
        try:
            self._import(options)
        except Problem as problem:
            raise CommandError(" ".join((problem.message, problem.where, problem.remedy))) from None
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from None

    def _import(self, options: dict[str, Any]) -> None:
        ctx = Ctx.system(via="import")
        data = options["file"].read_bytes()
        district = _district(options["district"])
        batch = services.upload(ctx, options["kind"], district.pk, data, name=options["file"].name)
        if options["take_hidden"]:
            batch = services.recheck(ctx, batch.pk, take_hidden=True)
        self._say(batch)
        if options["dry_run"]:
            services.cancel(ctx, batch.pk)
            if batch.count.get("faulty") or batch.problem_list:
                raise CommandError("有错，没有写入任何内容。")
            return
        if not batch.total and not batch.count.get("faulty"):
            services.cancel(ctx, batch.pk)
            return
        try:
            services.begin(ctx, batch.pk, leave_out=options["leave_out_faulty"])
        except Problem:
            services.cancel(ctx, batch.pk)
            raise
        self._write(batch)

    def _write(self, batch: ImportBatch) -> None:
        """Run the job here, unless a serving process was quicker."""
        jobs.run_waiting()
        batch.refresh_from_db()
        if batch.state == State.COMMITTING:
            self.stdout.write("已交给正在运行的服务写入。")
            return
        self.stdout.write(batch.message)
        if batch.state != State.DONE:
            raise CommandError("中途停下；改正原因后再运行一次，会从停下的地方继续。")

    def _say(self, batch: ImportBatch) -> None:
        count = batch.count
        self.stdout.write(
            f"新增 {count.get('new', 0)}，有变化 {count.get('changed', 0)}，"
            f"无变化 {count.get('unchanged', 0)}，有错 {count.get('faulty', 0)}，"
            f"隐藏 {count.get('hidden', 0)}"
        )
        for item in batch.problem_list:
            self.stdout.write(f"{item['where']}\t{item['text']}\t{item['remedy']}")
        for item in batch.unread_list:
            self.stdout.write(f"{item['where']}\t{item['why']}\t{item['said']}")
        rows = ImportRow.objects.filter(batch=batch, revision=batch.revision)
        for row in rows.filter(outcome="faulty").iterator(500):
            for fault in row.loads("faults"):
                self.stdout.write(f"{fault['cell']}\t{fault['text']}\t{fault['remedy']}")


def _district(text: str) -> Unit:
    rows = Unit.objects.filter(level="district")
    found = [unit for unit in rows if text in (unit.name, unit.short_name, str(unit.pk))]
    if len(found) != 1:
        names = "、".join(unit.name for unit in rows) or "（尚未登记）"
        raise CommandError(f"没有叫“{text}”的区县；已登记的有：{names}")
    return found[0]
