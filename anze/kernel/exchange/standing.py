"""A file of a ``Spec`` against the rows as they stand: cell by cell, committed and undone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.exchange.checking import Checked, read_lines, settle
from anze.kernel.exchange.columns import ROW
from anze.kernel.exchange.faults import Fault
from anze.kernel.exchange.importers import Hindrances, Importer, Row
from anze.kernel.exchange.models import ImportBatch, ImportRow
from anze.kernel.exchange.specs import Change, Judge, Spec, Standing, exported
from anze.kernel.exchange.tables import Table

MOST = 200  # lines a slice: a list that writes by bulk services pays its statements once for each


@dataclass
class Rows:
    """The rows of a list as they stand, by id and by key, and what else a line is held against."""

    by_id: dict[str, Standing] = field(default_factory=dict)
    by_key: dict[tuple[str, ...], Standing] = field(default_factory=dict)
    judge: Judge | None = None


def importer(spec: Spec) -> Importer:
    """Return the importer a spec makes."""
    undoable = spec.remove is not None
    return Importer(
        template=spec.template,
        needed=spec.needed,
        levels=spec.levels,
        load=partial(load, spec),
        check=partial(check, spec),
        write=partial(write, spec),
        rows=partial(rows, spec),
        slice=MOST,
        seen=spec.seen,
        absent=partial(absent, spec),
        hindered=partial(hindered, spec) if undoable else None,
        revert=partial(revert, spec) if undoable else None,
        effect=partial(effect, spec) if undoable else None,
    )


def load(spec: Spec, ctx: Ctx, scope: UUID) -> Rows:
    """Read the rows as they stand, once for a whole file."""
    found = Rows(judge=spec.judging(ctx, scope) if spec.judging else None)
    for row in spec.current(ctx, scope, None):
        found.by_id[row.id] = row
        found.by_key.setdefault(spec.key_of(row.values), row)
    return found


def check(spec: Spec, tables: Iterable[Table], known: Rows, *, take_hidden: bool) -> list[Checked]:
    """Return every line with its faults, and with what it would change."""
    lines = read_lines(tables, spec.template)
    taken = [line for line in lines if take_hidden or not line.line.hidden]
    seen: dict[object, Checked] = {}
    for line in taken:
        row = _find(spec, line, known)
        _check_repeat(spec, line, row, seen)
        if not line.faults:
            _judge(spec, line, row, known)
        if not line.faults:
            _plan(spec, line, row)
    for line in lines:
        settle(line, take_hidden=take_hidden)
    return lines


def _judge(spec: Spec, line: Checked, row: Standing | None, known: Rows) -> None:
    """Say what only several cells, or the rest of the platform, show to be wrong."""
    whole = {**(row.values if row else {}), **line.values}
    if spec.check_line:
        for key, text in spec.check_line(whole):
            line.wrong("unsound", key, text)
    if known.judge:
        for key, text in known.judge(whole, row):
            line.wrong("unsound", key, text)


def _find(spec: Spec, line: Checked, known: Rows) -> Standing | None:
    """Return the row a line means: by the platform's number, else by its key."""
    number, key = line.value(ROW.key), spec.key_of(line.values)
    line.group = number or "/".join(key) or f"{line.line.sheet}!{line.line.number}"
    by_key = known.by_key.get(key) if any(key) else None
    if not number:
        return by_key
    row = known.by_id.get(number)
    if row is None:
        line.wrong(
            "unknown_row",
            ROW.key,
            "平台里没有这个编号的行",
            "可能已被删去；要作为新的一行登记，请清空这一格。",
        )
    elif by_key is not None and by_key.id != row.id:
        line.wrong(
            "key_taken",
            spec.key[0],
            f"{_titles(spec)}与平台里另一行相同",
            "请核对是不是改错了行。",
        )
    return row


def _check_repeat(
    spec: Spec, line: Checked, row: Standing | None, seen: dict[object, Checked]
) -> None:
    key = spec.key_of(line.values)
    for mark, column in ((key, spec.key[0]), (row.id if row else None, ROW.key)):
        if not mark or (isinstance(mark, tuple) and not any(mark)):
            continue
        first = seen.setdefault(mark, line)
        if first is not line:
            at = column if column in line.table.columns else spec.key[0]
            line.wrong(
                "duplicate_row",
                at,
                f"与第 {first.line.number} 行是同一{_titles(spec)}",
                "请删去多余的一行。",
            )


def _titles(spec: Spec) -> str:
    return "、".join(spec.column(key).title for key in spec.key)


def _plan(spec: Spec, line: Checked, row: Standing | None) -> None:
    """Say what changes. A cell that was emptied empties; a column that is not there is left."""
    old = {
        column.key: row.values.get(column.key, "") if row else ""
        for column in spec.compared
        if column.key in line.table.columns
        and line.value(column.key) != (row.values.get(column.key, "") if row else "")
    }
    for key, was in old.items():
        column = spec.column(key)
        line.change(column.title, column.shown(was), column.shown(line.value(key)))
    if row is None or old:
        line.plan = {
            "new": row is None,
            "row": row.id if row else "",
            "values": {c.key: line.value(c.key) for c in spec.compared if c.key in line.values},
            "old": old,
        }


def absent(spec: Spec, known: Rows, lines: Sequence[Checked]) -> list[str]:
    """Return the rows that stand and are not in the file: they are named and left alone."""
    said = {line.value(ROW.key) for line in lines} | {spec.key_of(line.values) for line in lines}
    return [
        row.label or "/".join(filter(None, spec.key_of(row.values)))
        for row in known.by_id.values()
        if row.id not in said and spec.key_of(row.values) not in said
    ]


def write(spec: Spec, ctx: Ctx, batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
    """Commit a slice by the spec's own function; note what came of each line."""
    plans = [row.loads("plan") for row in rows]
    fresh = _standing_now(spec, ctx, batch, [plan["row"] for plan in plans if plan["row"]])
    changes = [
        _change(spec, row, plan, fresh.get(plan["row"]))
        for row, plan in zip(rows, plans, strict=True)
    ]
    ids = spec.commit(ctx, batch.scope_id, changes)
    for row, plan, pk in zip(rows, plans, ids, strict=True):
        row.made = json.dumps({"row": str(pk), "new": plan["new"]})


def _standing_now(
    spec: Spec, ctx: Ctx, batch: ImportBatch, ids: Sequence[str]
) -> dict[str, Standing]:
    if not ids:
        return {}
    return {row.id: row for row in spec.current(ctx, batch.scope_id, ids)}


def _change(
    spec: Spec, row: ImportRow, plan: dict[str, dict[str, str]], now: Standing | None
) -> Change:
    """Return the change; refuse it when somebody changed the same cells since the check."""
    number, old = str(plan["row"]), plan["old"]
    if number and now is None:
        raise Refused("这一行已被删去", where=row.where, remedy="请重新核对后再导入。")
    for key, was in old.items():
        if now is not None and now.values.get(key, "") != was:
            column = spec.column(key)
            raise Refused(
                f"{column.title}刚被别人改为“{column.shown(now.values.get(key, ''))}”",
                where=row.where,
                remedy="请重新核对后再导入。",
            )
    return Change(number, {**(now.values if now else {}), **plan["values"]}, old, row.where)


def rows(spec: Spec, ctx: Ctx, scope: UUID | None) -> Iterable[Row]:
    """Yield the rows of a scope as a workbook shows them."""
    return exported(spec, ctx, scope) if scope else ()


def hindered(spec: Spec, ctx: Ctx, batch: ImportBatch, lines: Sequence[ImportRow]) -> Hindrances:
    """Return why lines cannot be undone: changed, removed or used since."""
    made = {line.pk: line.loads("made") for line in lines}
    now = _standing_now(spec, ctx, batch, [each["row"] for each in made.values()])
    fresh = [each["row"] for each in made.values() if each["new"]]
    used: Mapping[str, str] = spec.used(ctx, batch.scope_id, fresh) if spec.used else {}
    found: dict[int, list[Fault]] = {}
    for line in lines:
        number = made[line.pk]["row"]
        said = list(_altered(spec, batch, line, now.get(number)))
        if made[line.pk]["new"] and number in used:
            said.append(fault_at(batch, line, spec.key[0], "used", used[number]))
        if said:
            found[line.pk] = said
    return found


def _altered(
    spec: Spec, batch: ImportBatch, line: ImportRow, now: Standing | None
) -> Iterable[Fault]:
    plan = line.loads("plan")
    if now is None:
        yield fault_at(batch, line, spec.key[0], "gone", "这一行后来已被删去")
        return
    wrote = plan["values"] if plan["new"] else {key: plan["values"][key] for key in plan["old"]}
    for key, value in wrote.items():
        if plan["new"] and not value and key in spec.key:
            continue  # the list gave the new row its number
        if now.values.get(key, "") != value:
            column = spec.column(key)
            said = f"{column.title}后来又改过，现为“{column.shown(now.values.get(key, ''))}”"
            yield fault_at(batch, line, key, "changed_since", said)


def fault_at(batch: ImportBatch, line: ImportRow, key: str, code: str, text: str) -> Fault:
    """Return a reason at the cell where the file said it."""
    from anze.lib.sheets import cell_name

    table = next((t for t in batch.table_list if t["sheet"][:60] == line.sheet), None)
    number = table["columns"].get(key) if table else None
    cell = f"{line.sheet}!{cell_name(line.line, number)}" if number else line.where
    return Fault(code, key, text, "这一行不撤销，需要时请单独更正。", cell)


def revert(spec: Spec, ctx: Ctx, batch: ImportBatch, lines: Sequence[ImportRow]) -> None:
    """Take a slice back: new rows go, changed ones get their old values."""
    assert spec.remove is not None
    made = [(line, line.loads("made"), line.loads("plan")) for line in lines]
    new = [each["row"] for _, each, _ in made if each["new"]]
    if new:
        spec.remove(ctx, batch.scope_id, new)
    kept = [each["row"] for _, each, _ in made if not each["new"]]
    now = _standing_now(spec, ctx, batch, kept)
    back = [
        Change(
            each["row"],
            {**now[each["row"]].values, **plan["old"]},
            {key: plan["values"][key] for key in plan["old"]},
            line.where,
        )
        for line, each, plan in made
        if not each["new"]
    ]
    if back:
        spec.commit(ctx, batch.scope_id, back)


def effect(spec: Spec, line: ImportRow) -> list[str]:
    """Say in words what undoing a line does."""
    plan = line.loads("plan")
    if plan["new"]:
        return [f"删去{_titles(spec)} {'/'.join(spec.key_of(plan['values']))}"]
    return [
        f"{spec.column(key).title}：{spec.column(key).shown(plan['values'][key])} → "
        f"{spec.column(key).shown(was) or '（空）'}"
        for key, was in plan["old"].items()
    ]
