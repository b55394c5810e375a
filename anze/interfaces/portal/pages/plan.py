"""The plan board and the page of a clause: is it done, where, by whom, what proves it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from anze.engines.duties import selectors as duties
from anze.engines.duties.models import Occurrence
from anze.engines.duties.selectors.board import Asked, Board, ClauseRow, Counts
from anze.engines.duties.selectors.lines import REMEMBERED, visible
from anze.interfaces.portal import describe, labels, links, when, words
from anze.interfaces.portal.describe import Said
from anze.interfaces.portal.words import CONFIDENCE, Words
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.packs import schema
from anze.kernel.packs import selectors as packs

BINDS = {"units": "各单位", "bureau": "教育局", "both": "局与各单位"}
WEAK = ("reconstruction", "k", "config", "K", "F~", "F")  # weakest first
LACKING_SHOWN = 60


@dataclass(frozen=True)
class Mark:
    """How sure one is of something: the code, its words, and whether it is our own text."""

    code: str
    text: str

    @property
    def ours(self) -> bool:
        """Whether it is a reconstruction, not an official text."""
        return self.code == "reconstruction"

    @property
    def weak(self) -> bool:
        """Whether it should be checked before anybody relies on it."""
        return self.code not in ("F", "K")


@dataclass(frozen=True)
class Basis:
    """A source a requirement rests on."""

    ref: str
    source: schema.Source
    mark: Mark


@dataclass(frozen=True)
class Line:
    """A requirement on a board."""

    asked: Asked
    rhythm: str
    due: str
    owner: str
    applies: str
    met: Said
    basis: list[Basis]
    mark: Mark
    now: str
    before: str
    period: str
    period_before: str


@dataclass(frozen=True)
class ClauseLine:
    """A clause on the board."""

    row: ClauseRow
    url: str
    binds: str
    lines: list[Line]
    rows: str

    @property
    def now(self) -> Counts:
        """Running periods, over all its requirements."""
        return self.row.now

    @property
    def before(self) -> Counts:
        """Last periods, over all its requirements."""
        return self.row.before


@dataclass(frozen=True)
class Head:
    """A head of the plan with its clauses."""

    title: str
    ref: str
    clauses: list[ClauseLine]


@dataclass(frozen=True)
class Issuer:
    """A pack one may choose the board of."""

    issuer: str
    title: str
    chosen: bool


@dataclass(frozen=True)
class BoardPage:
    """All the page needs; ``board`` is None when nothing was in force on the day."""

    issuers: list[Issuer]
    board: Board | None
    heads: list[Head]
    others: list[Line]
    day: date
    past: bool
    unserved: int
    declared: int
    rows: str = ""

    @property
    def total(self) -> Counts:
        """The sum over every requirement, each counted once."""
        lines = {one.asked.row.pk: one.asked.now for head in self.heads
                 for clause in head.clauses for one in clause.lines}  # fmt: skip
        lines |= {one.asked.row.pk: one.asked.now for one in self.others}
        return sum(lines.values(), Counts())


def board_page(ctx: Ctx, issuer: str, day: date | None) -> BoardPage:
    """Return the board of an issuer (default: the plan) on a day (default: today)."""
    shown = min(day or ctx.today, ctx.today)
    active = packs.binding(ctx, shown)
    chosen = issuer or _first(active)
    issuers = [
        Issuer(one.row.issuer, one.row.title, one.row.issuer == chosen)
        for one in {one.row.issuer: one for one in active}.values()
    ]
    issuers.sort(key=lambda one: not one.chosen)
    if issuer and issuer not in {one.issuer for one in issuers}:
        raise NotFound("这一天没有这个制度包在用", where=issuer[:40], remedy="换一天或换一个制度包")
    board = duties.board(ctx, chosen, shown) if chosen else None
    if board is None:
        return BoardPage(issuers, None, [], [], shown, shown != ctx.today, 0, 0)
    teller = Teller(ctx, board, None if shown == ctx.today else shown)
    heads = [
        Head(head.head.title, head.head.ref, [teller.clause(row) for row in head.clauses])
        for head in board.heads
    ]
    rows = [row for head in board.heads for row in head.clauses]
    return BoardPage(
        issuers,
        board,
        heads,
        teller.lines(board.others),
        shown,
        shown != ctx.today,
        sum(1 for row in rows if not row.asked and not row.clause.declared),
        sum(1 for row in rows if row.clause.declared),
        links.duties(issuer=chosen, running=shown, on=teller.on),
    )


def _first(active: list[packs.Active]) -> str:
    plans = [one for one in active if one.pack.meta.kind == "plan"] or active
    return plans[0].row.issuer if plans else ""


def taught(found: Iterable[schema.Pack]) -> Words:
    """Return the words of some packs and of those they depend on."""
    known = {pack.name: pack for pack in found}
    for pack in list(known.values()):
        known |= {other.name: other for other in packs.depends(pack).values()}
    return words.of(known.values(), labels.labels())


class Teller:
    """Says the requirements of one board in words."""

    def __init__(self, ctx: Ctx, board: Board, on: date | None) -> None:
        self.board, self.on = board, on
        self.pack = packs.parsed(board.pack)
        self.depends = packs.depends(self.pack)
        self.words = words.of([self.pack, *self.depends.values()], labels.labels())
        self.terms = when.names(when.terms(ctx))

    def clause(self, row: ClauseRow) -> ClauseLine:
        """Return a clause as the page shows it."""
        url = links.clause(self.pack.issuer, row.clause.ref)
        url += f"?on={self.on.isoformat()}" if self.on else ""
        rows = links.duties(
            clause=f"{self.pack.issuer}:{row.clause.ref}", running=self.board.day, on=self.on
        )
        return ClauseLine(row, url, BINDS[row.clause.binds], self.lines(row.asked), rows)

    def lines(self, asked: Iterable[Asked]) -> list[Line]:
        """Return requirements as the page shows them."""
        return [self._line(one) for one in asked]

    def _line(self, one: Asked) -> Line:
        spec = one.spec
        basis = self.basis(spec)
        where = {"requirement": one.row.pk, "on": self.on}
        return Line(
            asked=one,
            rhythm=describe.rhythm(spec, self.words),
            due=describe.due(spec),
            owner=describe.owner(spec, self.words),
            applies=describe.applies(spec, self.words),
            met=describe.met(spec.met_by, self.words, spec.every),
            basis=basis,
            mark=weakest(spec, basis),
            now=links.duties(**where, start=one.now_start),
            before=links.duties(**where, start=one.before_start) if one.before_start else "",
            period=self._period(spec, one.now_label, one.now_start),
            period_before=self._period(spec, one.before_label, one.before_start),
        )

    def _period(self, spec: schema.Requirement, key: str, start: date | None) -> str:
        if start is None:
            return key
        return describe.period(spec.every, key, start, self.terms)

    def basis(self, spec: schema.Requirement) -> list[Basis]:
        """Return the sources of a requirement, those of other packs included."""
        return [
            Basis(ref, source, mark(source.confidence))
            for ref in spec.basis
            if (source := self._source(ref)) is not None
        ]

    def _source(self, ref: str) -> schema.Source | None:
        issuer, _, bare = ref.rpartition("/")
        pack = self.depends.get(issuer) if issuer else self.pack
        return pack.sources.get(bare) if pack else None


def mark(code: str) -> Mark:
    """Return a mark of confidence with its words."""
    return Mark(code, CONFIDENCE[code])


def weakest(spec: schema.Requirement, basis: Iterable[Basis]) -> Mark:
    """Return how sure one is of a requirement: its own mark, else its best source's."""
    if spec.confidence:
        return mark(spec.confidence)
    known = [one.source.confidence for one in basis]
    return mark(max(known, key=WEAK.index)) if known else mark("k")


@dataclass(frozen=True)
class ClausePage:
    """All the page needs."""

    board: Board
    head: Head
    clause: ClauseLine
    past: bool
    day: date
    silent: list[tuple[Occurrence, str, str]]
    silent_units: int
    previous: str
    following: str


def clause_page(ctx: Ctx, issuer: str, ref: str, day: date | None) -> ClausePage:
    """Return the page of a clause; NotFound when the pack in force has none of this ref."""
    page = board_page(ctx, issuer, day)
    found = [(head, one) for head in page.heads for one in head.clauses]
    place = next((n for n, (_, one) in enumerate(found) if one.row.clause.ref == ref), None)
    if place is None or page.board is None:
        raise NotFound("没有这一条", where=f"{issuer} {ref}"[:60], remedy="从方案看板进入")
    head, clause = found[place]
    rows, units = _silent(ctx, clause) if not page.past else ([], 0)
    return ClausePage(
        page.board,
        head,
        clause,
        page.past,
        page.day,
        rows,
        units,
        found[place - 1][1].url if place else "",
        found[place + 1][1].url if place + 1 < len(found) else "",
    )


def _silent(ctx: Ctx, clause: ClauseLine) -> tuple[list[tuple[Occurrence, str, str]], int]:
    """Return what lacks under a clause now, and in how many units. Three queries."""
    wanted = [one.asked.row.pk for one in clause.lines]
    rows = visible(ctx, "board.view").filter(
        requirement_id__in=wanted,
        state__in=("owed", "missed"),
        due__lte=ctx.today + timedelta(days=3),
        due__gte=ctx.today - REMEMBERED,
    )
    units = rows.order_by().aggregate(n=Count("unit_id", distinct=True))["n"]
    names = when.names(when.terms(ctx))
    shown = [
        (
            occ,
            describe.period(occ.requirement.every, occ.period, occ.start, names),
            links.duty(occ.pk),
        )
        for occ in rows.order_by("due", "unit__pinyin", "pk")[:LACKING_SHOWN]
    ]
    return shown, units
