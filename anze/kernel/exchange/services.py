"""Taking in a file, checking it, starting and stopping its commit (which is ``commit.py``)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.exchange import accounts, checking, known, reading, roster
from anze.kernel.exchange.checking import Checked
from anze.kernel.exchange.columns import TEMPLATES, Template
from anze.kernel.exchange.models import ImportBatch, ImportRow, State, Written
from anze.kernel.exchange.tables import Book, Table
from anze.kernel.units.models import Unit
from anze.kernel.work import jobs
from anze.kernel.work.models import OPEN, Job
from anze.kernel.work.pace import Pace

IMPORT = "exchange.import"
# Writing a roster writes units and people: whoever may import here may do both.
NEEDED = (IMPORT, "units.manage", "people.manage")
JOB = "exchange.commit"
KEEP_FILE = timedelta(days=30)
_SLICE = 100

Check = Callable[..., list[Checked]]
_CHECKS: Mapping[str, Check] = {"roster": roster.check, "accounts": accounts.check}


def upload(ctx: Ctx, kind: str, scope_id: UUID, data: bytes, *, name: str) -> ImportBatch:
    """Take in a file for a district and check it; nothing of it is written yet.

    Raises Refused for what is no readable table or has no header, NotFound or Denied by scope.
    """
    for needed in NEEDED:
        ctx.access.check(needed, scope_id)
    scope = Unit.objects.filter(pk=scope_id).first()
    if scope is None or kind not in TEMPLATES:
        raise NotFound("没有这个单位或模板")
    if scope.level != "district":
        raise Refused("名册按区县导入", field="scope", where=scope.name)
    book = reading.read(data, TEMPLATES[kind])
    batch = ImportBatch(
        kind=kind,
        scope=scope,
        actor_id=ctx.actor_id,
        file_name=_clean(name),
        sha256=hashlib.sha256(data).hexdigest(),
        content=data,
        created=ctx.now,
    )
    batch.save(force_insert=True)
    return _check(ctx, batch, book)


def recheck(
    ctx: Ctx,
    batch_id: UUID,
    *,
    chosen: Mapping[str, Mapping[str, int]] | None = None,
    take_hidden: bool | None = None,
) -> ImportBatch:
    """Check a file anew: with other columns, with its hidden lines, or against what changed since.

    ``chosen`` names sheet → field → column number for the sheets that were corrected. What an
    interrupted commit has written shows as unchanged, so a stopped batch can be checked and begun
    again.
    """
    batch = get(ctx, batch_id)
    if batch.state not in (State.PARSED, State.CHECKED, State.FAILED):
        raise Conflict("这次导入已经开始或结束，不能再核对", where=batch.get_state_display())
    if batch.content is None:
        raise Conflict("上传的文件已按期清除", remedy="请重新上传。")
    if take_hidden is not None:
        batch.take_hidden = take_hidden
    if chosen is not None:
        batch.chosen = json.dumps({**json.loads(batch.chosen), **_sane(batch, chosen)})
    template = TEMPLATES[batch.kind]
    book = reading.read(bytes(batch.content), template, json.loads(batch.chosen))
    return _check(ctx, batch, book)


def begin(ctx: Ctx, batch_id: UUID, *, leave_out: bool = False) -> ImportBatch:
    """Start writing a checked file in the background; go on with one that had stopped.

    Nothing is written while a fault stands, unless ``leave_out`` asks to leave faulty lines out.
    """
    batch = get(ctx, batch_id)
    if batch.problem_list:
        raise Refused(
            "表头缺少必需的列，不能导入", remedy="请在“列的对应”里指定，或改好后重新上传。"
        )
    if batch.count.get("faulty") and not leave_out:
        raise Refused(
            f"还有 {batch.count['faulty']} 行有错，没有写入任何内容",
            remedy="请改正后重新上传，或勾选“跳过有错的行”。",
        )
    if not batch.total:
        raise Refused("没有需要写入的行", remedy="文件与平台现有内容一致，或有错的行都被跳过。")
    with transaction.atomic():
        move(
            batch, (State.CHECKED, State.FAILED), State.COMMITTING, leave_out=leave_out, message=""
        )
        jobs.enqueue(ctx, JOB, {"batch": str(batch.pk)}, key=str(batch.pk))
    return batch


def cancel(ctx: Ctx, batch_id: UUID) -> ImportBatch:
    """Give a batch up. Lines already written stay written; the page says how many."""
    batch = get(ctx, batch_id)
    old = (State.PARSED, State.CHECKED, State.FAILED)
    move(batch, old, State.CANCELLED, finished=ctx.now, content=None)
    return batch


def get(ctx: Ctx, batch_id: UUID) -> ImportBatch:
    """Return a batch whose district the actor may import into; NotFound or Denied."""
    batch = ImportBatch.objects.select_related("scope").filter(pk=batch_id).first()
    if batch is None:
        raise NotFound("没有这次导入")
    try:
        ctx.access.check(IMPORT, batch.scope_id)
    except Denied:
        raise NotFound("没有这次导入") from None
    return batch


def move(batch: ImportBatch, old: Iterable[str], new: str, **values: Any) -> None:
    """Move a batch from one of ``old`` states to ``new``; Conflict if it has moved on meanwhile."""
    rows = ImportBatch.objects.filter(pk=batch.pk, revision=batch.revision, state__in=list(old))
    if not rows.update(state=new, **values):
        raise Conflict("这次导入的状态已经变了", remedy="请刷新页面，按最新的状态办理。")
    for key, value in {**values, "state": new}.items():
        setattr(batch, key, value)


def give_back_lost(ctx: Ctx) -> int:
    """Let batches whose job was given up be gone on with; the periodic job. Returns how many."""
    lost = [
        batch
        for batch in ImportBatch.objects.filter(state=State.COMMITTING).defer("content")
        if not Job.objects.filter(name=JOB, key=str(batch.pk), state__in=OPEN).exists()
    ]
    for batch in lost:
        said = "写入多次中断。已写入的行不会重复写入，可以从停下的地方继续。"
        move(batch, (State.COMMITTING,), State.FAILED, message=said)
    return len(lost)


def forget_old(ctx: Ctx) -> int:
    """Drop the file and lines of batches older than ``KEEP_FILE``: they hold names and phones."""
    old = ImportBatch.objects.filter(created__lt=ctx.now - KEEP_FILE)
    idle = old.exclude(state=State.COMMITTING)
    idle.exclude(content=None).update(content=None)
    pending = idle.filter(state__in=[State.PARSED, State.CHECKED, State.FAILED])
    pending.update(state=State.CANCELLED, finished=ctx.now, message="超过 30 天没有办理")
    rows = ImportRow.objects.filter(batch__in=idle).values_list("pk", flat=True)[:2000]
    return _delete(list(rows))


def _check(ctx: Ctx, batch: ImportBatch, book: Book) -> ImportBatch:
    """Run the checks and keep their outcome as the next revision."""
    template, fresh = TEMPLATES[batch.kind], batch.revision + 1
    rows = _CHECKS[batch.kind](
        book.tables, known.load(ctx, batch.scope_id), take_hidden=batch.take_hidden
    )
    _write_rows(batch, fresh, rows)
    counts = Counter(row.outcome for row in rows)
    counts["faults"] = sum(len(row.faults) for row in rows if row.outcome == checking.FAULTY)
    values = {
        "take_hidden": batch.take_hidden,
        "chosen": batch.chosen,
        "tables": json.dumps([_table(table) for table in book.tables], ensure_ascii=False),
        "unread": json.dumps([asdict(item) for item in book.unread][:500], ensure_ascii=False),
        "problems": json.dumps(list(_problems(book.tables, template)), ensure_ascii=False),
        "counts": json.dumps(counts),
        "done": 0,
        "total": counts[checking.NEW] + counts[checking.CHANGED],
        "message": "",
        "checked_at": ctx.now,
    }
    move(
        batch, (State.PARSED, State.CHECKED, State.FAILED), State.CHECKED, revision=fresh, **values
    )
    stale = ImportRow.objects.filter(batch=batch).exclude(revision=fresh)
    _delete(list(stale.values_list("pk", flat=True)))
    return batch


def _write_rows(batch: ImportBatch, revision: int, rows: Sequence[Checked]) -> None:
    """Insert the lines in short transactions. What another check of the same number left goes."""
    old = ImportRow.objects.filter(batch=batch, revision=revision)
    _delete(list(old.values_list("pk", flat=True)))
    made = (_row(batch, revision, number, row) for number, row in enumerate(rows, 1))
    pace: Pace[list[ImportRow]] = Pace(lambda part: _insert(part))
    for _ in pace.run(_slices(made)):
        pass


def _insert(rows: list[ImportRow]) -> None:
    ImportRow.objects.bulk_create(rows)


def _delete(ids: Sequence[int]) -> int:
    pace: Pace[list[int]] = Pace(lambda part: _delete_slice(part))
    return sum(len(part) for chunk in pace.run(_slices(iter(ids))) for part in chunk)


def _delete_slice(ids: list[int]) -> None:
    ImportRow.objects.filter(pk__in=ids).delete()


def _slices(items: Iterator[Any]) -> Iterator[list[Any]]:
    return iter(lambda: list(islice(items, _SLICE)), [])


def _row(batch: ImportBatch, revision: int, number: int, row: Checked) -> ImportRow:
    shown = {str(column): cell.text for column, cell in row.line.cells.items()}
    return ImportRow(
        batch=batch,
        revision=revision,
        number=number,
        sheet=row.line.sheet[:60],
        line=row.line.number,
        group=row.group[:140],
        shown=json.dumps(shown, ensure_ascii=False),
        faults=json.dumps([fault.as_dict() for fault in row.faults], ensure_ascii=False),
        changes=json.dumps(row.changes, ensure_ascii=False),
        notes=json.dumps(row.notes, ensure_ascii=False),
        plan=json.dumps(row.plan, ensure_ascii=False),
        outcome=row.outcome,
        written=Written.NOT_YET,
    )


def _table(table: Table) -> dict[str, Any]:
    return {
        "sheet": table.sheet,
        "header_row": table.header_row,
        "headers": {str(number): title for number, title in sorted(table.headers.items())},
        "columns": dict(table.columns),
        "repeated": {key: list(numbers) for key, numbers in table.repeated.items()},
        "lines": len(table.lines),
    }


def _problems(tables: Sequence[Table], template: Template) -> Iterator[dict[str, str]]:
    for table in tables:
        for column in template.required:
            if column.key not in table.columns:
                yield {
                    "where": f"{table.sheet}!{table.header_row}",
                    "text": f"没有“{column.title}”这一列",
                    "remedy": "请在“列的对应”里指定是哪一列，或在表里补上这一列后重新上传。",
                }


def _sane(batch: ImportBatch, chosen: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Return the choice limited to sheets, fields and columns that exist."""
    template = TEMPLATES[batch.kind]
    keys = {column.key for column in template.columns}
    headers = {table["sheet"]: {int(n) for n in table["headers"]} for table in batch.table_list}
    return {
        sheet: {
            key: number
            for key, number in columns.items()
            if key in keys and number in headers[sheet]
        }
        for sheet, columns in chosen.items()
        if sheet in headers
    }


def _clean(name: str) -> str:
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable()).strip()[-120:] or "未命名"
