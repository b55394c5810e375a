"""The page of a unit: who answers for it, what is done, due and missing, its weeks, its places."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from anze.engines.duties import selectors as duties
from anze.engines.duties.models import Occurrence
from anze.engines.duties.selectors import Line
from anze.engines.duties.selectors.board import Counts
from anze.engines.duties.selectors.lines import lines
from anze.interfaces.portal import describe, links, when
from anze.interfaces.portal.listings.entries import named
from anze.interfaces.portal.pages import changes, tallies
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import selectors as packs
from anze.kernel.people import selectors as people
from anze.kernel.people import sight
from anze.kernel.units import bodies, rules
from anze.kernel.units import selectors as units
from anze.kernel.units.known import in_force
from anze.kernel.units.models import Edge, Place, Succession, Unit
from anze.kernel.web.shapes import Cell, HeatColumn, HeatMap, HeatRow
from anze.lib import qr
from anze.lib.qr import Svg

RECENT = 10


@dataclass(frozen=True)
class Charge:
    """A post, and who holds it where: empty names = vacant."""

    post: str
    title: str
    holders: list[tuple[str, str]]


@dataclass(frozen=True)
class Owed:
    """One occurrence as the three sections show it."""

    occ: Occurrence
    period: str
    fill: str
    url: str
    campus: str
    also: int


@dataclass(frozen=True)
class UnitPage:
    """All the page needs; what the actor may not see is empty."""

    unit: Unit
    path: list[Unit]
    facts: list[tuple[str, str]]
    campuses: list[Unit]
    groups: list[Unit]
    charges: list[Charge]
    may_see_duties: bool
    may_record: bool
    may_see_people: bool
    may_issue: bool
    month: date
    months: list[tuple[str, str, bool]]
    missing: list[Owed]
    due: list[Owed]
    done: list[Owed]
    figures: list[tallies.Figure]
    span: when.Span
    heat: HeatMap | None
    entries: list[Entry]
    places: list[tuple[Place, Unit]]
    before: list[Succession]
    after: list[Succession]
    may_change: bool


def page(ctx: Ctx, unit_id: UUID, month: date) -> UnitPage:
    """Return the page of a unit for a month (its first day). A fixed number of queries."""
    unit = units.get(ctx, unit_id)
    terms = when.terms(ctx, unit_id)
    names, span = when.names(terms), when.running(terms, ctx.today)
    ids = [unit.pk, *bodies.campuses_of([unit.pk], ctx.today).get(unit.pk, [])]
    rows = Unit.objects.in_bulk(ids)
    seen = unit.pk in ctx.access.visible("duties.view")
    standing = _standing(ctx, ids, span, month) if seen else []
    parts = _parts(standing, month, ctx.today, names, rows) if seen else ([], [], [])
    campuses = [rows[one] for one in ids[1:]]
    before, after = changes.relatives(unit)
    return UnitPage(
        unit=unit,
        path=units.path(unit.pk, ctx.today),
        facts=_facts(unit, ctx.today),
        campuses=campuses,
        groups=_groups(unit, ctx.today),
        charges=_charges(ctx, unit, standing, rows),
        may_see_duties=seen,
        may_record=unit.pk in ctx.access.visible("duties.record"),
        may_see_people=unit.pk in ctx.access.visible("people.view"),
        may_issue=bool(ctx.access.visible("documents.issue")),
        month=month,
        months=_months(month, ctx.today),
        missing=parts[0],
        due=parts[1],
        done=parts[2],
        figures=tallies.figures(_tally(standing, span), span, unit=unit.pk),
        span=span,
        heat=_strip(standing, span, unit, rows, ctx.today) if seen else None,
        entries=_entries(ctx, ids),
        places=_places(ids, rows, ctx.today),
        before=before,
        after=after,
        may_change=unit.level == "unit"
        and unit.closed_on is None
        and unit.pk in ctx.access.visible("units.manage"),
    )


def _standing(ctx: Ctx, ids: list[UUID], span: when.Span, month: date) -> list[Occurrence]:
    first, last = min(span.start, month), max(span.end, _next_month(month))
    return list(duties.occurrences(ctx, ids).filter(due__range=(first, last)))


def _facts(unit: Unit, day: date) -> list[tuple[str, str]]:
    found = units.facts(unit.pk, day)
    said = []
    for key, (label, form) in rules.FACTS.items():
        if key in rules.MIRRORED or key not in found:
            continue
        value = {"yes": "是", "no": "否"}.get(found[key], found[key]) if form == "flag" else None
        said.append((label, value or found[key]))
    return said


def _groups(unit: Unit, day: date) -> list[Unit]:
    edges = Edge.objects.filter(in_force(day), relation=Edge.GROUP, child_id=unit.pk)
    return [edge.parent for edge in edges.select_related("parent")]


def _charges(
    ctx: Ctx, unit: Unit, standing: list[Occurrence], rows: dict[UUID, Unit]
) -> list[Charge]:
    """Return the posts duties ask for and those somebody holds; a vacant one says so."""
    titles = {code: post.title for code, post in _posts(ctx).items()}
    held = people.in_charge(list(rows), ctx.today)
    wanted = {occ.requirement.who for occ in standing if occ.state in ("owed", "missed")}
    codes = [*titles, *sorted({post for posts in held.values() for post in posts} - set(titles))]
    shown = []
    for code in codes:
        holders = [
            (name, "" if body == unit.pk else rows[body].short_name or rows[body].name)
            for body in rows
            for name in held.get(body, {}).get(code, [])
        ]
        if holders or code in wanted:
            shown.append(Charge(code, titles.get(code, code), holders))
    return shown


def _posts(ctx: Ctx):  # type: ignore[no-untyped-def]
    return packs.posts(one.pack for one in packs.active_packs(ctx.today))


def _parts(
    standing: list[Occurrence],
    month: date,
    today: date,
    names: dict[str, str],
    rows: dict[UUID, Unit],
) -> tuple[list[Owed], list[Owed], list[Owed]]:
    """Return (missing, due, done) of a month by due day.

    In the running month, what is missing from before is still missing.
    """
    last = _next_month(month) - timedelta(days=1)
    ordered = sorted(standing, key=lambda occ: (occ.due, occ.pk))
    shown = [occ for occ in ordered if month <= occ.due <= last]
    before = ordered if month == today.replace(day=1) else shown
    missing = [occ for occ in before if occ.state == "missed" or _overdue(occ, today)]
    due = [occ for occ in shown if occ.state == "owed" and not _overdue(occ, today)]
    done = [occ for occ in shown if occ.state in ("met", "met_late", "waived")]
    return tuple(
        [_owed(line, names, rows) for line in lines(part)] for part in (missing, due, done)
    )  # type: ignore[return-value]


def _overdue(occ: Occurrence, today: date) -> bool:
    return occ.state == "owed" and occ.due < today


def _owed(line: Line, names: dict[str, str], rows: dict[UUID, Unit]) -> Owed:
    occ, body = line.first, rows[line.first.unit_id]
    period = describe.period(occ.requirement.every, occ.period, occ.start, names)
    several = len(rows) > 2
    campus = body.short_name or body.name if body.level == "campus" and several else ""
    return Owed(
        occ, period, links.fill(line.occurrences), links.duty(occ.pk), campus, len(line.also)
    )


def _next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _months(month: date, today: date) -> list[tuple[str, str, bool]]:
    """Return (value, label, chosen) for half a year back and two months ahead."""
    first = _next_month(_next_month(today.replace(day=1)))
    found = []
    for _ in range(9):
        found.append((f"{first:%Y-%m}", f"{first.year}年{first.month}月", first == month))
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def _tally(standing: list[Occurrence], span: when.Span) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for occ in standing:
        if span.start <= occ.due <= span.end:
            counts[occ.state] += 1
    return dict(counts)


def _strip(
    standing: list[Occurrence], span: when.Span, unit: Unit, rows: dict[UUID, Unit], today: date
) -> HeatMap:
    """Return the weeks of the term: one line for the unit itself and one for each campus."""
    cells: dict[UUID, dict[date, Counts]] = defaultdict(lambda: defaultdict(Counts))
    for occ in standing:
        if span.start <= occ.due <= span.end:
            cells[occ.unit_id][when.monday(occ.due)].add(occ.state, 1)
    first = when.monday(span.start)
    weeks = [first + timedelta(weeks=n) for n in range((span.end - first).days // 7 + 1)]
    return HeatMap(
        columns=week_columns(weeks, today),
        rows=[
            HeatRow(
                "本单位" if body == unit.pk else rows[body].short_name or rows[body].name,
                [week_cell(cells[body].get(week), week, today, body) for week in weeks],
            )
            for body in rows
        ],
        corner="校区",
        caption=f"{span.name}：每周到期事项的完成情况",
    )


def week_columns(weeks: list[date], today: date) -> list[HeatColumn]:
    """Return a column for each Monday, grouped by month, this week marked."""
    return [
        HeatColumn(
            str(week.day),
            group=f"{week.month}月",
            title=f"{week.month}月{week.day}日这一周",
            current=week == when.monday(today),
        )
        for week in weeks
    ]


def week_cell(counts: Counts | None, week: date, today: date, body: UUID) -> Cell:
    """Return one square: what was due that week, and the link to its rows."""
    if counts is None or not counts.total:
        return Cell()
    return Cell(
        asked=counts.total,
        met=counts.done,
        later=week + timedelta(days=6) >= today and not counts.missed,
        url=links.duties(unit=body, due_after=week, due_before=week + timedelta(days=6)),
        title=f"{week.month}月{week.day}日一周：到期 {counts.total} 项，完成 {counts.done} 项",
    )


def _entries(ctx: Ctx, ids: list[UUID]) -> list[Entry]:
    rows = sight.entries(ctx).filter(unit_id__in=ids, replaced=False)
    return named(list(rows.exclude(kind__startswith="duties.")[:RECENT]), ctx)


def _places(ids: list[UUID], rows: dict[UUID, Unit], day: date) -> list[tuple[Place, Unit]]:
    found = Place.objects.filter(in_force(day), campus_id__in=ids).order_by("campus_id", "name")
    return [(place, rows[place.campus_id]) for place in found]


def codes(ctx: Ctx, unit_id: UUID, site: str) -> tuple[Unit, list[tuple[Place, Unit, Svg]]]:
    """Return a unit and its places with the QR code that leads to each form page."""
    unit = units.get(ctx, unit_id)
    ids = [unit.pk, *bodies.campuses_of([unit.pk], ctx.today).get(unit.pk, [])]
    rows = Unit.objects.in_bulk(ids)
    found = _places(ids, rows, ctx.today)
    return unit, [
        (place, campus, qr.svg(f"{site.rstrip('/')}/forms/?place={place.token}"))
        for place, campus in found
    ]
