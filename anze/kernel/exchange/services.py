"""Taking in a file, checking it, starting and stopping its commit (which is ``commit.py``)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.exchange import checking, importers, memory, reading
from anze.kernel.exchange.checking import Checked
from anze.kernel.exchange.columns import Template
from anze.kernel.exchange.models import ImportBatch, ImportRow, State, Written
from anze.kernel.exchange.tables import Book, Table
from anze.kernel.units.models import Unit
from anze.kernel.work import jobs
from anze.kernel.work.models import OPEN, Job
from anze.kernel.work.pace import Pace

IMPORT = "exchange.import"
JOB = "exchange.commit"
KEEP_FILE = timedelta(days=30)
# What a batch itself holds of people: the file, what was typed on the page, lines and rows named.
FORGOTTEN: Mapping[str, Any] = {"content": None, "edits": "{}", "absent": "[]", "unread": "[]"}
_SLICE = 100


def upload(ctx: Ctx, kind: str, scope_id: UUID, data: bytes, *, name: str) -> ImportBatch:
    """Take in a file for a district and check it; nothing of it is written yet.

    Raises Refused for what is no readable table or has no header, NotFound or Denied by scope.
    """
    importer = importers.find(kind)
    if importer is None:
        raise NotFound("没有这个模板")
    for needed in (IMPORT, *importer.needed):
        ctx.access.check(needed, scope_id)
    scope = Unit.objects.filter(pk=scope_id).first()
    if scope is None:
        raise NotFound("没有这个单位")
    if scope.level not in importer.levels:
        raise Refused(
            f"{importer.title}不能导入到{scope.get_level_display()}",
            field="scope",
            where=scope.name,
            remedy="请换一个单位。",
        )
    book = reading.read(data, importer.template, memory.Remembered(kind, scope_id))
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
    _refuse_closed(batch)
    if take_hidden is not None:
        batch.take_hidden = take_hidden
    if chosen is not None:
        batch.chosen = json.dumps({**json.loads(batch.chosen), **_sane(batch, chosen)})
        memory.keep(ctx, batch, chosen)
    return _check(ctx, batch, _book(batch))


def fix(ctx: Ctx, batch_id: UUID, where: str, typed: Mapping[str, str]) -> ImportBatch:
    """Correct cells of one line on the page and check the file again; the file itself stays.

    ``where`` is the line (``名册!7``), ``typed`` field → text. Raises NotFound for a line that is
    not in the batch.
    """
    batch = get(ctx, batch_id)
    _refuse_closed(batch)
    row = next((r for r in _present(batch) if r.where == where), None)
    if row is None:
        raise NotFound("没有这一行", where=where[:80])
    known = {c.key for c in _template(batch).columns if not c.computed}
    table = next(t for t in batch.table_list if t["sheet"][:60] == row.sheet)
    cells = {k: v[:500] for k, v in typed.items() if k in known and k in table["columns"]}
    edits = batch.edit_map
    edits[where] = {**edits.get(where, {}), **cells}
    batch.edits = json.dumps(edits, ensure_ascii=False)
    return _check(ctx, batch, _book(batch))


def _present(batch: ImportBatch) -> Iterable[ImportRow]:
    rows = ImportRow.objects.filter(batch=batch, revision=batch.revision)
    return rows.only("batch_id", "sheet", "line").iterator(500)


def _refuse_closed(batch: ImportBatch) -> None:
    if batch.state not in (State.PARSED, State.CHECKED, State.FAILED):
        raise Conflict("这次导入已经开始或结束，不能再核对", where=batch.get_state_display())
    if batch.content is None:
        raise Conflict("上传的文件已按期清除", remedy="请重新上传。")


def _book(batch: ImportBatch) -> Book:
    """Read the kept file as it was understood: columns chosen, cells corrected."""
    remembered = memory.Remembered(batch.kind, batch.scope_id, json.loads(batch.chosen))
    data = bytes(batch.content or b"")
    return reading.read(data, _template(batch), remembered, batch.edit_map)


def _template(batch: ImportBatch) -> Template:
    return importers.get(batch.kind).template


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
    move(batch, old, State.CANCELLED, finished=ctx.now, **FORGOTTEN)
    return batch


def get(ctx: Ctx, batch_id: UUID) -> ImportBatch:
    """Return a batch whose district the actor may import into; NotFound or Denied."""
    batch = ImportBatch.objects.select_related("scope").filter(pk=batch_id).first()
    if batch is None:
        raise NotFound("没有这次导入")
    importer = importers.find(batch.kind)
    try:
        for needed in (IMPORT, *(importer.needed if importer else ())):
            ctx.access.check(needed, batch.scope_id)
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
    said = "写入多次中断。已写入的行不会重复写入，可以从停下的地方继续。"
    return give_back(State.COMMITTING, JOB, State.FAILED, said)


def give_back(state: str, job: str, to: str, said: str) -> int:
    """Move the batches of a state that have no open job any more; return how many."""
    lost = [
        batch
        for batch in ImportBatch.objects.filter(state=state).defer("content")
        if not Job.objects.filter(name=job, key=str(batch.pk), state__in=OPEN).exists()
    ]
    for batch in lost:
        move(batch, (state,), to, message=said)
    return len(lost)


def forget_old(ctx: Ctx) -> int:
    """Drop the file and lines of batches older than ``KEEP_FILE``: they hold names and phones."""
    old = ImportBatch.objects.filter(created__lt=ctx.now - KEEP_FILE)
    idle = old.exclude(state__in=[State.COMMITTING, State.UNDOING])
    idle.exclude(**FORGOTTEN).update(**FORGOTTEN)
    pending = idle.filter(state__in=[State.PARSED, State.CHECKED, State.FAILED])
    pending.update(state=State.CANCELLED, finished=ctx.now, message="超过 30 天没有办理")
    rows = ImportRow.objects.filter(batch__in=idle).values_list("pk", flat=True)[:2000]
    return _delete(list(rows))


def _check(ctx: Ctx, batch: ImportBatch, book: Book) -> ImportBatch:
    """Run the checks and keep their outcome as the next revision."""
    importer, fresh = importers.get(batch.kind), batch.revision + 1
    known = importer.load(ctx, batch.scope_id)
    rows = importer.check(book.tables, known, take_hidden=batch.take_hidden)
    gone = importer.absent(known, rows) if importer.absent else ()
    _write_rows(batch, fresh, rows)
    counts = Counter(row.outcome for row in rows)
    if gone:
        counts["absent"] = len(gone)
    counts["faults"] = sum(len(row.faults) for row in rows if row.outcome == checking.FAULTY)
    values = {
        "take_hidden": batch.take_hidden,
        "chosen": batch.chosen,
        "edits": batch.edits,
        "absent": json.dumps(list(gone[:500]), ensure_ascii=False),
        "tables": json.dumps([_table(table) for table in book.tables], ensure_ascii=False),
        "unread": json.dumps([asdict(item) for item in book.unread][:500], ensure_ascii=False),
        "problems": json.dumps(list(_problems(book.tables, importer.template)), ensure_ascii=False),
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
    template = _template(batch)
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
