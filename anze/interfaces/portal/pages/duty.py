"""The page of an occurrence: why it is as it is, down to the entries and their proofs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from anze.engines.duties import selectors as duties
from anze.engines.duties.models import Occurrence, State, StateChange
from anze.engines.duties.selectors import Why
from anze.interfaces.portal import describe, links, when, words
from anze.interfaces.portal.describe import Said
from anze.interfaces.portal.listings.entries import named
from anze.interfaces.portal.pages import plan, waivers
from anze.interfaces.portal.pages.ledger import Photo, facts_of, photos_of
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import selectors as packs
from anze.kernel.packs.schema import Clause
from anze.kernel.people import selectors as people
from anze.kernel.people import sight
from anze.kernel.units import bodies

OPEN = (State.OWED, State.MISSED)


@dataclass(frozen=True)
class Made:
    """An entry that counted, with what it says and what proves it."""

    entry: Entry
    url: str
    facts: list[tuple[str, str]]
    photos: list[Photo]
    readable: bool


@dataclass(frozen=True)
class Change:
    """A state it had, from when and from which number on, and what made it so."""

    row: StateChange
    cause: str
    url: str


@dataclass(frozen=True)
class DutyPage:
    """All the page needs."""

    occ: Occurrence
    why: Why
    sentence: str
    met: Said
    rhythm: str
    due: str
    owner: str
    holders: list[str]
    applies: str
    period: str
    basis: list[plan.Basis]
    mark: plan.Mark
    clauses: list[tuple[Clause, str]]
    made: list[Made]
    changes: list[Change]
    same: list[tuple[Occurrence, str]]
    fill: str
    may_waive: bool
    may_remind: bool
    late: bool
    waivers: waivers.Waivers
    may_confirm: bool
    pack_hash: str

    @property
    def agrees(self) -> bool:
        """Whether the verdict recomputed now is the state on record."""
        return self.why.state == self.occ.state

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.occ.state in OPEN


def page(ctx: Ctx, occurrence_id: int) -> DutyPage:
    """Return the page of an occurrence; NotFound out of scope."""
    occ = duties.get(ctx, occurrence_id)
    found = duties.why(ctx, occ)
    pack = packs.by_hash(occ.requirement.pack.hash)
    known = plan.taught([pack])
    spec = found.spec
    basis = [plan.Basis(ref, source, plan.mark(source.confidence)) for ref, source in found.sources]
    asked = waivers.of(occ)
    may_waive = occ.unit_id in ctx.access.visible(waivers.ACTION)
    names = when.names(when.terms(ctx, occ.unit_id))
    return DutyPage(
        occ=occ,
        why=found,
        sentence=describe.sentence(spec, known),
        met=describe.met(spec.met_by, known, spec.every),
        rhythm=describe.rhythm(spec, known),
        due=describe.due(spec),
        owner=describe.owner(spec, known),
        holders=_holders(ctx, occ),
        applies=describe.applies(spec, known),
        period=describe.period(spec.every, occ.period, occ.start, names),
        basis=basis,
        mark=plan.weakest(spec, basis),
        clauses=[(one, links.clause(pack.issuer, one.ref)) for one in found.clauses],
        made=_made(ctx, found.entries, known),
        changes=_changes(ctx, found.changes, known),
        same=_same(ctx, occ),
        fill=links.fill([occ]) if occ.state in OPEN and _may_record(ctx, occ) else "",
        may_waive=may_waive and spec.waivable,
        may_remind=occ.state in OPEN and occ.unit_id in ctx.access.visible("duties.remind"),
        late=ctx.now >= occ.deadline,
        waivers=asked,
        may_confirm=bool(may_waive and asked.waiting and asked.waiting.actor_id != ctx.actor_id),
        pack_hash=occ.requirement.pack.hash,
    )


def _may_record(ctx: Ctx, occ: Occurrence) -> bool:
    return occ.unit_id in ctx.access.visible("duties.record")


def _holders(ctx: Ctx, occ: Occurrence) -> list[str]:
    """Return who holds the post at the body, or at the unit over a campus."""
    home = bodies.homes_of([occ.unit_id], ctx.today).get(occ.unit_id)
    held = people.in_charge([one for one in (occ.unit_id, home) if one], ctx.today)
    who = occ.requirement.who
    own = held.get(occ.unit_id, {}).get(who, [])
    return own or (held.get(home, {}).get(who, []) if home else [])


def _made(ctx: Ctx, entries: Iterable[Entry], known: words.Words) -> list[Made]:
    rows = named(list(entries), ctx)
    readable = set(
        sight.entries(ctx).filter(uid__in=[row.uid for row in rows]).values_list("uid", flat=True)
    )
    return [
        Made(
            row,
            links.entry(row.uid) if row.uid in readable else "",
            facts_of(row, known),
            photos_of(ctx, row),
            row.uid in readable,
        )
        for row in rows
    ]


def _changes(ctx: Ctx, changes: Iterable[StateChange], known: words.Words) -> list[Change]:
    rows = list(changes)
    causes = {one.cause for one in rows}
    shown: dict[UUID, str] = dict(
        sight.entries(ctx).filter(uid__in=causes).values_list("uid", "kind")
    )
    return [
        Change(
            one,
            known.kind(shown[one.cause]) if one.cause in shown else "",
            links.entry(one.cause) if one.cause in shown else "",
        )
        for one in rows
    ]


def _same(ctx: Ctx, occ: Occurrence) -> list[tuple[Occurrence, str]]:
    """Return the occurrences of other packs that the same act meets."""
    rows = duties.occurrences(ctx, [occ.unit_id]).filter(
        requirement__group=occ.requirement.group, subject=occ.subject, period=occ.period
    )
    return [(one, links.duty(one.pk)) for one in rows.exclude(pk=occ.pk)]
