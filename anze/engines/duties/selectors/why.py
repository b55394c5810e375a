"""Why an occurrence is as it is: the rule, the verdict recomputed, the entries that made it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from anze.engines.duties.advance import note_trouble
from anze.engines.duties.countries import Atlas
from anze.engines.duties.engine import Engine
from anze.engines.duties.models import Occurrence, StateChange
from anze.engines.duties.rules import ALGORITHM, Verdict
from anze.engines.duties.selectors.lines import spec_of
from anze.engines.duties.tables import TableBook, TableSource, occ_of
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import schema
from anze.kernel.packs import selectors as packs


@dataclass(frozen=True)
class Why:
    """Everything one needs to follow a decision, or to dispute it."""

    occurrence: Occurrence
    spec: schema.Requirement
    clauses: list[schema.Clause]
    sources: list[tuple[str, schema.Source]]
    verdict: Verdict
    state: str
    entries: list[Entry]
    changes: list[StateChange]
    n: int
    algorithm: str = ALGORITHM


def why(ctx: Ctx, occurrence: Occurrence, n: int | None = None) -> Why:
    """Recompute an occurrence from the live entries ≤ n and say what made it so."""
    from anze.engines.duties.advance import reached

    at_n = reached() if n is None else n
    spec = spec_of(occurrence.requirement)
    verdict, state = recompute(ctx, occurrence, at_n)
    pack = packs.by_hash(occurrence.requirement.pack.hash)
    entries = Entry.objects.filter(uid__in=verdict.made_by).select_related("leaf")
    changes = StateChange.objects.filter(occurrence=occurrence, n__lte=at_n).order_by("n")
    return Why(
        occurrence,
        spec,
        [pack.clauses_by_ref[ref] for ref in spec.clauses if ref in pack.clauses_by_ref],
        [(ref, source) for ref in spec.basis if (source := _source(pack, ref))],
        verdict,
        state,
        list(entries.order_by("leaf__n")),
        list(changes),
        at_n,
    )


def recompute(ctx: Ctx, occurrence: Occurrence, n: int) -> tuple[Verdict, str]:
    """Judge a stored occurrence again, with nothing but the entries numbered up to ``n``."""
    atlas = Atlas(n)
    source = TableSource(n)
    engine = Engine(
        TableBook(atlas.rulebook(n)),
        source,
        atlas.rulebook,
        atlas.country,
        atlas.around,
        note_trouble,
    )
    occ = occ_of(occurrence, atlas.rulebook(n))
    verdict = engine.verdict(occ, ctx.now)
    if occ.state in ("withdrawn", "lapsed", "waived"):
        return verdict, occ.state
    return verdict, verdict.state(occ.deadline, ctx.now)


def _source(pack: schema.Pack, ref: str) -> schema.Source | None:
    issuer, _, bare = ref.rpartition("/")
    if not issuer:
        return pack.sources.get(bare)
    other = packs.depends(pack).get(issuer)
    return other.sources.get(bare) if other else None


def made_by(occurrences: Sequence[Occurrence], n: int, now: datetime) -> Iterator[tuple[UUID, ...]]:
    """Yield for each occurrence the entries ≤ n that count for it, each judged again.

    One reading of the rules and the tree serves them all, so that a whole year of a unit can be
    written down; who calls it has checked what the actor may see.
    """
    atlas = Atlas(n)
    rules = atlas.rulebook(n)
    engine = Engine(
        TableBook(rules), TableSource(n), atlas.rulebook, atlas.country, atlas.around, note_trouble
    )
    for occurrence in occurrences:
        yield tuple(engine.verdict(occ_of(occurrence, rules), now).made_by)
