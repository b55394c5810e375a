"""Home: what I owe today; then the picture of my unit, or of all I oversee."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from anze.engines.duties import selectors as duties
from anze.engines.duties.models import Occurrence
from anze.engines.duties.selectors import Line
from anze.engines.duties.selectors.board import Board, ClauseRow
from anze.interfaces.portal import describe, links, when
from anze.interfaces.portal.listings.entries import named
from anze.interfaces.portal.mine import Mine, mine
from anze.interfaces.portal.pages import tallies, waivers
from anze.interfaces.portal.pages.packs import named_kind
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import selectors as packs
from anze.kernel.people import sight
from anze.kernel.units import bodies
from anze.kernel.units.models import Unit

WIDE = frozenset({"desk", "leader", "section_officer", "town_officer", "inspector"})
TOP = 8
ENDS = ("unit", "campus", "section")  # nothing but campuses lies under these


@dataclass(frozen=True)
class Item:
    """One line as the page shows it."""

    line: Line
    period: str
    fill: str
    url: str
    overdue_days: int

    @property
    def first(self) -> Occurrence:
        """The occurrence whose due day is shown."""
        return self.line.first

    @property
    def also(self) -> str:
        """What else the same act meets."""
        return "、".join(
            f"{named_kind(occ.requirement.pack)}“{occ.requirement.title}”" for occ in self.line.also
        )


@dataclass(frozen=True)
class Group:
    """Lines of one urgency."""

    key: str
    title: str
    items: list[Item]
    note: str = ""


@dataclass(frozen=True)
class Lagging:
    """A clause that is behind, with what lacks."""

    row: ClauseRow
    issuer: str
    url: str

    @property
    def lacking(self) -> int:
        """How many are missed or still owed."""
        return self.row.now.total - self.row.now.done


@dataclass(frozen=True)
class Earlier:
    """How much a body of mine missed too long ago for Home, and where it is listed."""

    name: str
    count: int
    url: str


@dataclass(frozen=True)
class Picture:
    """The state of the units I answer for or oversee, in the running term."""

    title: str
    span: when.Span
    figures: list[tallies.Figure]
    entries: list[Entry]
    lagging: list[Lagging] = field(default_factory=list)
    silent: list[tuple[str, int, str]] = field(default_factory=list)
    board: str = ""


@dataclass(frozen=True)
class Home:
    """All the page needs."""

    mine: Mine
    groups: list[Group]
    week: Group
    later: int
    earlier: list[Earlier]
    waiting: list[tuple[Entry, Occurrence, str]]
    picture: Picture | None
    has_roots: bool

    @property
    def count(self) -> int:
        """What waits for me today: duties and signatures."""
        return self.mine.count + len(self.waiting)


def home(ctx: Ctx) -> Home:
    """Return the page's content in a fixed number of queries."""
    roles, owed = sight.roles(ctx), mine(ctx)
    near = next((one.unit_id for one in owed.holdings), None)
    terms = when.terms(ctx, near) if roles else []
    names = when.names(terms)
    groups = [
        Group("overdue", "已过期", _items(ctx, owed.overdue, names)),
        Group("returned", "退回重办", _items(ctx, owed.returned, names),
              "原来的记录被撤回或更正后不再符合要求，需要重新办理。"),
        Group("today", "今天到期", _items(ctx, owed.today, names)),
    ]  # fmt: skip
    week = Group("week", "七天内", _items(ctx, owed.week, names))
    asked = [(row, occ, links.duty(occ.pk)) for row, occ in waivers.waiting(ctx)]
    picture = _picture(ctx, owed, bool(roles & WIDE), when.running(terms, ctx.today))
    return Home(
        owed, groups, week, len(owed.later), _earlier(ctx, owed), asked,
        picture if roles else None, bool(roles),
    )  # fmt: skip


def _earlier(ctx: Ctx, owed: Mine) -> list[Earlier]:
    """Return what lies further back, so that Home and the page of a unit say the same."""
    if not owed.units:
        return []
    missed = duties.missed_earlier(ctx, owed.units)
    until = ctx.today - duties.REMEMBERED - timedelta(days=1)
    tops = {one.unit_id: one.unit for one in owed.holdings}
    inside = bodies.campuses_of(tops, ctx.today) if missed else {}
    found = []
    for unit in tops.values():
        count = sum(missed.get(one, 0) for one in {unit.pk, *inside.get(unit.pk, [])})
        url = links.duties(state="missed", unit=unit.pk, due_before=until)
        if count and unit.level in ENDS:
            found.append(Earlier(unit.short_name or unit.name, count, url))
    return found


def _items(ctx: Ctx, lines: list[Line], names: dict[str, str]) -> list[Item]:
    mine = ctx.access.visible("duties.record")
    return [
        Item(
            line,
            describe.period(occ.requirement.every, occ.period, occ.start, names),
            links.fill(line.occurrences) if occ.unit_id in mine else "",
            links.duty(occ.pk),
            max((ctx.today - occ.due).days, 0),
        )
        for line in lines
        for occ in [line.first]
    ]


def _picture(ctx: Ctx, owed: Mine, wide: bool, span: when.Span) -> Picture | None:
    if wide:
        return _wide(ctx, span)
    seen = owed.units & frozenset(ctx.access.visible("duties.view"))
    if not seen:
        return None
    top = [one.unit for one in owed.holdings]
    title = top[0].name if len({one.pk for one in top}) == 1 else "我的单位"
    where = {"unit": top[0].pk} if len({one.pk for one in top}) == 1 else {}
    counts = duties.tally(ctx, seen, span.start, span.end)
    return Picture(title, span, tallies.figures(counts, span, **where), _entries(ctx, seen))


def _entries(ctx: Ctx, units: frozenset[UUID] | None) -> list[Entry]:
    rows = sight.entries(ctx).filter(replaced=False).exclude(kind__startswith="duties.")
    if units is not None:
        rows = rows.filter(unit_id__in=units)
    return named(list(rows[:TOP]), ctx)


def _wide(ctx: Ctx, span: when.Span) -> Picture:
    seen = ctx.access.visible("duties.view")
    counts = duties.tally(ctx, seen, span.start, span.end)
    board = _plan_board(ctx)
    return Picture(
        "全区情况" if len(seen) > 1 else "情况",
        span,
        tallies.figures(counts, span),
        _entries(ctx, None),
        _lagging(board) if board else [],
        _silent(ctx),
        board.pack.issuer if board else "",
    )


def _plan_board(ctx: Ctx) -> Board | None:
    """Return the board of the district's own plan, or of whatever pack is in force."""
    if not ctx.access.visible("board.view"):
        return None
    active = packs.binding(ctx, ctx.today)
    plans = [one for one in active if one.pack.meta.kind == "plan"] or active
    return duties.board(ctx, plans[0].row.issuer) if plans else None


def _lagging(board: Board) -> list[Lagging]:
    rows = [row for head in board.heads for row in head.clauses if row.now.total]
    behind = [row for row in rows if row.now.done < row.now.total]
    behind.sort(key=lambda row: (row.now.permille or 0, row.clause.ref))
    issuer = board.pack.issuer
    return [Lagging(row, issuer, links.clause(issuer, row.clause.ref)) for row in behind[:TOP]]


def _silent(ctx: Ctx) -> list[tuple[str, int, str]]:
    """Return the units with most lacking, campuses folded in, what is the same duty once."""
    rows = (
        duties.lacking(ctx)
        .order_by()
        .values_list("unit_id", "requirement__group", "subject", "period")
    )
    counts = Counter(row[0] for row in rows.distinct())
    homes = bodies.homes_of(list(counts), ctx.today)
    folded: Counter[UUID] = Counter()
    for body, count in counts.items():
        folded[homes.get(body, body)] += count
    top = sorted(folded.items(), key=lambda one: (-one[1], one[0]))[:TOP]
    names = dict(Unit.objects.filter(pk__in=dict(top)).values_list("pk", "name"))
    return [(names[body], count, links.late(unit=body)) for body, count in top]
