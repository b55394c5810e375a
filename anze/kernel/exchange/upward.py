"""Reports upward (上报表): the rows of one of our lists in the columns of a superior authority.

A pack says the columns, word for word (``packs.schema.Sheet``); a list registered here has the
values. What cannot be filled is said by cell before anything leaves, and what left is an entry.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.exchange import importers, kinds
from anze.kernel.exchange.importers import Row
from anze.kernel.exchange.selectors import MOST_SCOPES
from anze.kernel.ledger import services as ledger
from anze.kernel.packs import selectors as packs
from anze.kernel.packs.schema import Sheet, SheetColumn, Source
from anze.kernel.people.services.contacts import note_export
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Unit
from anze.lib import sheets
from anze.lib.sheets.writer import Value

EXPORT = "exchange.export"
MOST_ROWS = 20_000
LEVELS = ("district", "town", "unit", "campus")
LABELS = ("name", "code", "title")


@dataclass(frozen=True)
class Offer:
    """A sheet somebody may fill: whose pack it is from, and the source of its columns."""

    issuer: str
    version: str
    sheet: Sheet
    source: Source

    @property
    def key(self) -> str:
        """``superior/SCHOOL-CONTACTS``."""
        return f"{self.issuer}/{self.sheet.ref}"

    @property
    def reconstructed(self) -> bool:
        """Whether the columns are our own working text until the official ones arrive."""
        return self.source.confidence == "reconstruction"


@dataclass(frozen=True)
class Gap:
    """A cell that cannot be filled: where it will stand, whose line it is, why and what to do."""

    cell: str
    line: str
    column: str
    text: str
    remedy: str


@dataclass(frozen=True)
class Laid:
    """A sheet laid out: lines over the header, header, rows of values, and what is missing."""

    above: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    gaps: tuple[Gap, ...]


def offers(ctx: Ctx) -> list[Offer]:
    """Return the sheets of the packs in force whose list the actor may export."""
    found = {}
    for active in packs.active_packs(ctx.today):
        for sheet in active.pack.sheets:
            if _may(ctx, sheet):
                offer = _offer(active, sheet)
                found[offer.key] = offer
    return [found[key] for key in sorted(found)]


def find(ctx: Ctx, key: str, scope: UUID) -> Offer:
    """Return a sheet in force for a unit; NotFound where it is not, Denied without the right."""
    ctx.access.check(EXPORT, scope)
    above = {scope, *units.ancestors(scope, ctx.today)}
    for active in packs.active_packs(ctx.today):
        sheet = active.pack.sheets_by_ref.get(key.rpartition("/")[2])
        if sheet and active.scope in above and f"{active.row.issuer}/{sheet.ref}" == key:
            importer = importers.find(sheet.rows)
            ctx.access.check(importer.seen if importer else EXPORT, scope)
            return _offer(active, sheet)
    raise unknown()


def unknown() -> NotFound:
    """Return what to raise for a sheet that is not in force here."""
    return NotFound("这里没有这张上报表", remedy="它可能已停用，请从上报表的清单里选")


def scopes(ctx: Ctx, offer: Offer) -> list[Unit]:
    """Return for whom the actor may fill a sheet, districts first, at most ``MOST_SCOPES``."""
    importer = importers.find(offer.sheet.rows)
    seen = ctx.access.visible(EXPORT)
    under: set[UUID] = set()
    for active in packs.active_packs(ctx.today):
        if active.row.issuer == offer.issuer and offer.sheet.ref in active.pack.sheets_by_ref:
            under |= units.subtree(active.scope, ctx.today)
    levels = set(importer.levels if importer else ())
    if "district" in levels:  # what a district keeps, each of its units may report for itself
        levels |= set(LEVELS)
    rows = Unit.objects.filter(pk__in=under, level__in=levels, closed_on=None)
    reach = [one for one in rows.order_by("pinyin", "pk") if one.pk in seen]
    return sorted(reach, key=lambda one: LEVELS.index(one.level))[:MOST_SCOPES]


def lay_out(ctx: Ctx, offer: Offer, scope: UUID) -> Laid:
    """Fill a sheet for a unit and all under it; Refused for a list nobody keeps or too long."""
    importer = importers.find(offer.sheet.rows)
    if importer is None:
        raise Refused("平台里没有这张表取数的台账", where=offer.key, remedy="请联系制度包的编写人")
    known = {column.key for column in importer.template.columns}
    unknown = [one.take for one in offer.sheet.columns if one.take and one.take not in known]
    if unknown:
        raise Refused(
            f"{importer.title}里没有这些列：{'、'.join(unknown)}",
            where=offer.key, remedy="请联系制度包的编写人",
        )  # fmt: skip
    rows = []
    for row in importer.rows(ctx, scope):
        rows.append(row)
        if len(rows) > MOST_ROWS:
            raise Refused(f"超过 {MOST_ROWS:,} 行", remedy="请分单位上报")
    return fill(offer.sheet, rows, units.get(ctx, scope, EXPORT).name, ctx.today)


def fill(sheet: Sheet, rows: Sequence[Row], unit: str, day: date) -> Laid:
    """Return rows in a sheet's columns with its gaps. Pure."""
    above = tuple(line.replace("{unit}", unit).replace("{day}", f"{day}") for line in sheet.above)
    header = tuple(column.title for column in sheet.columns)
    gaps: list[Gap] = []
    lines = []
    for number, row in enumerate(rows, 1):
        cells = []
        for place, column in enumerate(sheet.columns):
            value, text, remedy = _cell(column, row, number)
            cells.append(value)
            if text:
                where = sheets.cell_name(len(above) + 1 + number, place + 1)
                gaps.append(Gap(where, _label(row, number), column.title, text, remedy))
        lines.append(tuple(cells))
    return Laid(above, header, tuple(lines), tuple(gaps))


def _cell(column: SheetColumn, row: Mapping[str, str], number: int) -> tuple[Value, str, str]:
    """Return (value, what is missing, what to do) of one cell."""
    if column.number:
        return number, "", ""
    if column.fixed is not None:
        return column.fixed, "", ""
    ours = row.get(column.take or "", "").strip()
    if not ours:
        missing = "平台里没有登记" if column.required and column.empty is None else ""
        return column.empty or "", missing, "请先在平台里补登，再上报" if missing else ""
    if column.words:
        theirs = {one.ours: one.theirs for one in column.words}.get(ours)
        said = f"“{ours}”没有对应的叫法" if theirs is None else ""
        return theirs or ours, said, "请在制度包的 words 里补上对应" if said else ""
    return _typed(column, ours)


def _typed(column: SheetColumn, ours: str) -> tuple[Value, str, str]:
    try:
        if column.form == "number":
            number = Decimal(ours)
            if number.is_finite():
                return number, "", ""
            raise ValueError(ours)
        if column.form == "day":
            return date.fromisoformat(ours), "", ""
    except (ArithmeticError, ValueError):
        what = "数" if column.form == "number" else "日期"
        return ours, f"“{ours}”不是{what}", "请先在平台里改正"
    return ours, "", ""


def _label(row: Row, number: int) -> str:
    return next((row[key] for key in LABELS if row.get(key)), f"第 {number} 行")


def write(offer: Offer, laid: Laid, form: str) -> bytes:
    """Return the file: ``xlsx`` with the lines over the header, or ``csv`` with the header only."""
    target = io.BytesIO()
    head = [sheets.Column(column.title, column.width) for column in offer.sheet.columns]
    if form == "csv":
        sheets.write_csv(target, head, laid.rows)
    elif form == "xlsx":
        sheets.write_xlsx(target, head, laid.rows, sheet=offer.sheet.tab, above=laid.above)
    else:
        raise Refused("只能导出 xlsx 或 csv", field="form", remedy="请选一种格式")
    return target.getvalue()


def export(ctx: Ctx, key: str, scope: UUID, form: str, *, with_gaps: bool) -> tuple[str, bytes]:
    """Return (file name, content) and record that it left.

    Raises Refused while cells are missing, unless ``with_gaps``.
    """
    offer = find(ctx, key, scope)
    laid = lay_out(ctx, offer, scope)
    if laid.gaps and not with_gaps:
        first = laid.gaps[0]
        raise Refused(
            f"还有 {len(laid.gaps)} 格填不上，例如{first.line}的{first.column}：{first.text}",
            where=first.cell, remedy="补齐后再导出，或勾选“缺的空着也导出”",
        )  # fmt: skip
    data = write(offer, laid, form)
    _note(ctx, offer, scope, laid, data)
    unit = units.get(ctx, scope, EXPORT)
    return f"{offer.sheet.title}-{unit.name}-{ctx.today}.{form}", data


def _note(ctx: Ctx, offer: Offer, scope: UUID, laid: Laid, data: bytes) -> None:
    facts = {
        "sheet": offer.key,
        "version": offer.version,
        "rows": len(laid.rows),
        "missing": len(laid.gaps),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    ledger.record(ctx, kinds.REPORTED.name, unit_id=scope, facts=facts, subject=offer.sheet.ref)
    template = importers.get(offer.sheet.rows).template
    if any(one.take in template.phones for one in offer.sheet.columns):
        note_export(ctx, lines=len(laid.rows), phones=_phones(offer, laid, template.phones))


def _phones(offer: Offer, laid: Laid, phones: Iterable[str]) -> int:
    places = [n for n, one in enumerate(offer.sheet.columns) if one.take in set(phones)]
    return sum(1 for row in laid.rows for place in places if row[place])


def _may(ctx: Ctx, sheet: Sheet) -> bool:
    importer = importers.find(sheet.rows)
    return importer is not None and all(
        ctx.access.visible(action) for action in {EXPORT, importer.seen}
    )


def _offer(active: packs.Active, sheet: Sheet) -> Offer:
    owner, _, bare = sheet.source.rpartition("/")
    pack = packs.depends(active.pack)[owner] if owner else active.pack
    return Offer(active.row.issuer, active.row.version, sheet, pack.sources[bare])
