"""履职情况报告 of a district for a term: by month, by unit, by week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from anze.engines.duties import selectors as duties
from anze.engines.duties.selectors import Heat, Months
from anze.engines.duties.selectors.board import Counts
from anze.interfaces.portal import when
from anze.interfaces.portal.papers import asked
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.documents.catalogue import Made, Told
from anze.kernel.documents.shape import Block, Figure, Heading, Paper, Para, Table
from anze.kernel.ledger import selectors as ledger
from anze.lib.charts import Bars, Lines, Series, Strip

CODE = "report"
ROWS, STRIPS = 32, 3


@dataclass(frozen=True)
class Term:
    """A term up to today, counted."""

    span: when.Span
    on: date
    n: int
    months: Months
    heat: Heat
    total: Counts
    sums: dict[UUID, Counts]


def make(ctx: Ctx, params: Mapping[str, str], told: Told) -> Made:
    """Return the report of ``issuer`` for ``term``; Refused when nothing has fallen due yet."""
    issuer = asked.unit(ctx, params, "issuer")
    term = _read(ctx, params.get("term", ""))
    told(1, 2, "正在成文")
    paper = Paper(
        issuer=issuer.name,
        title=params.get("title") or f"{issuer.name}{term.span.name}学校安全主体责任履职情况报告",
        to=params.get("to", ""),
        blocks=tuple(_blocks(term)),
        signed=issuer.name,
        copy_to=params.get("copy_to", ""),
        printed_by=issuer.name,
    )
    return Made(paper)


def _read(ctx: Ctx, code: str) -> Term:
    found = next((one for one in when.terms(ctx) if one.code == code), None)
    if found is None:
        raise Refused("没有这个学期", field="term", remedy="请从列表中选择。")
    span = when.Span(found.name or found.code, found.start, found.end)
    on = min(span.end, ctx.today)
    if on < span.start:
        raise Refused("这个学期还没有开始", field="term")
    months = duties.months(ctx, span.start, on)
    if not months.units:
        raise Refused("这个学期还没有到期的事项", remedy="请换一个学期，或过些时候再编。")
    sums = {unit.pk: months.of_unit(unit.pk) for unit in months.units}
    total = sum(sums.values(), Counts())
    return Term(span, on, ledger.size(), months, duties.heat(ctx, span.start, on), total, sums)


def _blocks(term: Term) -> Iterator[Block]:
    total = term.total
    yield Para(
        f"{asked.said(term.span.start)}至{asked.said(term.on)}，全区{len(term.months.units)}个单位"
        f"到期应办事项{total.total}项，按期完成{total.met}项，迟完成{total.met_late}项，"
        f"未完成{total.missed + total.owed}项，另豁免{total.waived}项；完成率"
        f"{asked.share(total.permille)}。"
    )
    yield Heading("逐月情况")
    yield from _by_month(term)
    yield Heading("各单位情况")
    yield from _by_unit(term)
    yield Heading("每周情况")
    yield from _by_week(term)
    yield Heading("说明")
    yield Para(
        "按到期日统计，单位含其校区。完成指按期完成和迟完成，豁免单独计数，不计入应办。"
        "各事项的状态由系统按制度包和存证计算，不由人工勾选。"
    )
    yield Para(f"数据截至{asked.said(term.on)}编制时，依据存证第1至{term.n}号。")


def _by_month(term: Term) -> Iterator[Block]:
    labels = tuple(f"{month.year}年{month.month}月" for month in term.months.months)
    counts = [term.months.of_month(month) for month in term.months.months]
    in_time = tuple(one.met * 100 // one.total if one.total else None for one in counts)
    done = tuple(one.permille // 10 if one.permille is not None else None for one in counts)
    if len(labels) > 1:
        series = (Series("完成率", done), Series("按期完成率", in_time))
        yield Figure(Lines("逐月完成率", labels, series, "%", 100))
    rows = tuple(_numbers(label, one) for label, one in zip(labels, counts, strict=True))
    heads = ("月份", "应办", "按期完成", "迟完成", "未完成", "豁免", "完成率")
    yield Table(heads, rows, "逐月履职情况", (4, 2, 3, 2, 2, 2, 3))


def _numbers(name: str, one: Counts) -> tuple[str, ...]:
    numbers = (one.total, one.met, one.met_late, one.missed + one.owed, one.waived)
    return (name, *(str(number) for number in numbers), asked.share(one.permille))


def _by_unit(term: Term) -> Iterator[Block]:
    worst = sorted(term.months.units, key=lambda unit: (-_open(term.sums[unit.pk]), unit.pinyin))
    worst = [unit for unit in worst if _open(term.sums[unit.pk])][:15]
    if worst:
        sums = [term.sums[unit.pk] for unit in worst]
        yield Figure(
            Bars(
                "未完成较多的单位",
                tuple(unit.short_name or unit.name for unit in worst),
                (Series("未完成", tuple(_open(one) for one in sums)),
                 Series("迟完成", tuple(one.met_late for one in sums))),
                "项",
            )
        )  # fmt: skip
    heads = ("单位", "应办", "按期完成", "迟完成", "未完成", "豁免", "完成率")
    rows = tuple(_numbers(unit.name, term.sums[unit.pk]) for unit in term.months.units)
    yield Table(heads, rows, "各单位履职情况", (7, 2, 3, 2, 2, 2, 3))
    yield from _unit_by_month(term)


def _open(one: Counts) -> int:
    return one.missed + one.owed


def _unit_by_month(term: Term) -> Iterator[Block]:
    """完成 / 未完成 / 豁免 per unit and month."""
    shown = term.months.months[-6:]
    rows = []
    for unit in term.months.units:
        cells = term.months.cells.get(unit.pk, {})
        rows.append((unit.name, *(_three(cells.get(month)) for month in shown)))
    heads = ("单位", *(f"{month.month}月" for month in shown))
    weights = (6, *(3 for _ in shown))
    yield Table(heads, tuple(rows), "各单位逐月情况（完成/未完成/豁免）", weights)


def _three(one: Counts | None) -> str:
    return "—" if one is None else f"{one.done}/{_open(one)}/{one.waived}"


def _by_week(term: Term) -> Iterator[Block]:
    labels = tuple(f"{week.month}/{week.day}" for week in term.heat.weeks)
    rows = []
    for unit in sorted(term.months.units, key=lambda one: -_open(term.sums[one.pk])):
        cells = term.heat.cells.get(unit.pk, {})
        found = (cells.get(week, Counts()) for week in term.heat.weeks)
        rows.append((unit.short_name or unit.name, tuple(one.permille for one in found)))
    if len(rows) > ROWS * STRIPS:
        yield Para(f"下图列出未完成较多的{ROWS * STRIPS}个单位。")
        rows = rows[: ROWS * STRIPS]
    for at in range(0, len(rows), ROWS):
        name = "各单位每周完成情况" if not at else "各单位每周完成情况（续）"
        yield Figure(Strip(name, labels, tuple(rows[at : at + ROWS])))
