"""Compares the rows of this room with the entries they came from. Any difference is a bug."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.reconcile import Drift
from anze.kernel.units import kinds, known
from anze.kernel.units.models import CalendarOverride, Edge, Place, Succession, Term, Unit, UnitFact
from anze.kernel.units.services.facts import mirrored

Facts = dict[str, Any]
Said = dict[UUID, tuple[UUID, Facts]]  # entry uid -> (unit, facts)


def drift(ctx: Ctx) -> Iterator[Drift]:
    """Yield every row without its entry, entry without its row, and difference."""
    registrations = _registrations()
    yield from compare(kinds.REGISTERED.name, dict(registrations))
    yield from compare(kinds.CODES_SET.name, _codes(), newest_per=lambda e: e.unit_id)
    yield from compare(kinds.FACT_SET.name, _facts(registrations))
    yield from compare(kinds.MOVED.name, _edges(Edge.LINE, registrations))
    yield from compare(kinds.GROUP_JOINED.name, _edges(Edge.GROUP, registrations))
    yield from compare(kinds.GROUP_LEFT.name, _left())
    yield from compare(kinds.CLOSED.name, _closed())
    yield from compare(kinds.SUCCEEDED.name, _successions())
    yield from compare(kinds.PLACE_ADDED.name, _places("entry_uid", "valid_from"))
    yield from compare(kinds.PLACE_REMOVED.name, _places("ended_uid", "valid_to"))
    yield from compare(kinds.TERM_SET.name, _terms())
    yield from compare(kinds.DAY_OVERRIDDEN.name, _overrides())
    yield from _line_ends()
    yield from _names()
    yield from _mirrors(ctx)


def compare(
    kind: str,
    rows: Said,
    *,
    newest_per: Callable[[Entry], object] | None = None,
    unit_matters: bool = True,
    aside: frozenset[str] = frozenset(),
) -> Iterator[Drift]:
    """Yield the differences between rows and the entries of one kind.

    ``newest_per``: the rows keep only the newest entry of each such key. ``aside``: facts that only
    the entry holds.
    """
    entries = list(Entry.objects.filter(kind=kind).order_by("pk"))
    if newest_per:
        entries = list({newest_per(entry): entry for entry in entries}.values())
    for entry in entries:
        unit, facts = rows.pop(entry.uid, (None, None))
        told = {key: value for key, value in entry.data.items() if key not in aside}
        if facts is None:
            yield Drift(kind, "no row", str(entry.uid))
        elif facts != told or (unit_matters and unit != entry.unit_id):
            yield Drift(kind, f"the row says {facts}, the entry {told}", str(entry.uid))
    for uid, (unit, _facts) in rows.items():
        yield Drift(kind, f"{unit}: a row names an entry that is not there", str(uid))


def plain(**facts: Any) -> Facts:
    """Return facts as an entry holds them: text for ids and days, nothing absent."""
    kept = {key: value for key, value in facts.items() if value not in (None, "")}
    return {k: v if isinstance(v, int | str) else str(v) for k, v in kept.items()}


def _registrations() -> Said:
    edges = {edge.entry_uid: edge for edge in Edge.objects.filter(relation=Edge.LINE)}
    first: dict[UUID, dict[str, str]] = {}
    for row in UnitFact.objects.filter(key__in=("kind", "ownership")):
        first.setdefault(row.entry_uid, {})[row.key] = row.value
    said: Said = {}
    for unit in Unit.objects.all():
        edge = edges.get(unit.entry_uid)
        facts = plain(
            level=unit.level,
            parent=edge.parent_id if edge else None,
            since=edge.valid_from if edge else None,
            opened=unit.opened_on,
            **first.get(unit.entry_uid, {}),
        )
        said[unit.entry_uid] = (unit.pk, facts)
    return said


def _codes() -> Said:
    units = Unit.objects.exclude(coded_uid=None)
    return {u.coded_uid: (u.pk, plain(code=u.code, uscc=u.uscc)) for u in units if u.coded_uid}


def _facts(registrations: Said) -> Said:
    return {
        row.entry_uid: (row.unit_id, plain(key=row.key, value=row.value, since=row.valid_from))
        for row in UnitFact.objects.all()
        if row.entry_uid not in registrations
    }


def _edges(relation: str, registrations: Said) -> Said:
    name = "parent" if relation == Edge.LINE else "group"
    return {
        edge.entry_uid: (edge.child_id, plain(since=edge.valid_from, **{name: edge.parent_id}))
        for edge in Edge.objects.filter(relation=relation)
        if edge.entry_uid not in registrations
    }


def _left() -> Said:
    edges = Edge.objects.filter(relation=Edge.GROUP).exclude(ended_uid=None)
    return {
        edge.ended_uid: (edge.child_id, plain(group=edge.parent_id, since=edge.valid_to))
        for edge in edges
        if edge.ended_uid
    }


def _closed() -> Said:
    return {
        unit.closed_uid: (unit.pk, plain(on=unit.closed_on, successor=unit.successor_id))
        for unit in Unit.objects.exclude(closed_uid=None)
        if unit.closed_uid
    }


def _successions() -> Said:
    return {
        row.entry_uid: (
            row.successor_id, plain(predecessor=row.predecessor_id, since=row.since, how=row.how)
        )
        for row in Succession.objects.all()
    }  # fmt: skip


def _places(uid_field: str, day_field: str) -> Said:
    said: Said = {}
    for place in Place.objects.exclude(**{uid_field: None}):
        facts = plain(place=place.pk, category=place.category, since=getattr(place, day_field))
        said[getattr(place, uid_field)] = (place.campus_id, facts)
    return said


def _terms() -> Said:
    return {
        term.entry_uid: (term.district_id, plain(code=term.code, start=term.start, end=term.end))
        for term in Term.objects.all()
    }


def _overrides() -> Said:
    return {
        row.entry_uid: (row.district_id, plain(day=row.day, effect=row.kind))
        for row in CalendarOverride.objects.all()
    }


def _line_ends() -> Iterator[Drift]:
    """A line edge ends where the next one begins, by the same entry."""
    starts = {edge.entry_uid: edge for edge in Edge.objects.filter(relation=Edge.LINE)}
    for edge in Edge.objects.filter(relation=Edge.LINE).exclude(valid_to=None):
        following = starts.get(edge.ended_uid) if edge.ended_uid else None
        if following is None or following.valid_from != edge.valid_to:
            what = f"unit {edge.child_id}: an edge ends without the next one beginning"
            yield Drift(kinds.MOVED.name, what, str(edge.ended_uid or ""))


def _names() -> Iterator[Drift]:
    """The names of a row are those in the private part of its last naming, unless erased."""
    named = {unit.named_uid: unit for unit in Unit.objects.all()}
    for entry in Entry.objects.filter(uid__in=named):
        private, unit = ledger.private_part(entry), named[entry.uid]
        if private and (private["name"], private["short_name"]) != (unit.name, unit.short_name):
            yield Drift(entry.kind, f"unit {unit.pk} has another name", str(entry.uid))


def _mirrors(ctx: Ctx) -> Iterator[Drift]:
    today = ctx.today
    facts = known.facts_in_force(UnitFact.objects.all(), today)
    for unit in Unit.objects.exclude(opened_on__gt=today):  # until then it shows what it will be
        for column, wanted in mirrored(unit, facts.get(unit.pk, {}), today).items():
            if getattr(unit, column) != wanted:
                what = f"column {column} should be {wanted!r}: settle() is due"
                yield Drift(f"unit {unit.pk}", what)
