"""The packs page: what is loaded, since when it binds, on what it rests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from anze.interfaces.portal import describe, labels, words
from anze.interfaces.portal.pages import plan
from anze.interfaces.portal.words import CONFIDENCE
from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.bus.errors import NotFound
from anze.kernel.packs import schema
from anze.kernel.packs import selectors as packs
from anze.kernel.packs.models import Pack
from anze.kernel.units.models import Unit

KINDS = {"plan": "方案", "law": "法规要求", "checklist": "清单", "report": "上报表"}


@dataclass(frozen=True)
class Card:
    """A loaded version."""

    row: Pack
    meta: schema.Meta
    kind: str
    since: list[tuple[str, date, date | None]]
    counts: list[tuple[str, int]]
    confidence: list[tuple[str, int]]
    label: str


@dataclass(frozen=True)
class Duty:
    """A requirement in words."""

    spec: schema.Requirement
    sentence: str
    applies: str
    mark: plan.Mark
    basis: str


@dataclass(frozen=True)
class PackPage:
    """One version, whole."""

    card: Card
    duties: list[Duty]
    sources: list[tuple[str, schema.Source, plan.Mark]]
    checklists: Sequence[schema.Catalogue]
    clauses: int
    checklist_items: list[
        tuple[schema.Catalogue, plan.Mark, list[tuple[schema.CatalogueItem, str, str]]]
    ]


@dataclass(frozen=True)
class Ruling:
    """For whom the reader may put this issuer's packs in and out of force."""

    scopes: list[tuple[str, str]]
    in_force: bool


def ruling(ctx: Ctx, row: Pack) -> Ruling:
    """Return the districts the reader may rule, and whether the issuer binds one of them now."""
    districts = Unit.objects.filter(level="district")
    mine = narrow(districts, ctx.access.visible("packs.activate"), "pk")
    scopes = [(str(pk), name) for pk, name in mine.values_list("pk", "name")]
    standing = {
        str(one.scope)
        for one in packs.active_packs(ctx.today)
        if one.row.issuer == row.issuer and one.row.version == row.version
    }
    return Ruling(scopes, bool(standing & {pk for pk, _ in scopes}))


def named_kind(row: Pack) -> str:
    """Return what a pack is in one word, where its title is too long: 方案, 法规要求."""
    return KINDS[packs.by_hash(row.hash).meta.kind]


def cards(_ctx: Ctx) -> list[Card]:
    """Return every loaded version, those in force first."""
    active: dict[str, list[tuple[str, date, date | None]]] = {}
    activations = packs.activations()
    names = dict(
        Unit.objects.filter(pk__in={one.scope for one in activations}).values_list("pk", "name")
    )
    for one in activations:
        active.setdefault(one.row.hash, []).append(
            (names.get(one.scope, "—"), one.from_day, one.ends)
        )
    found = [_card(row, active.get(row.hash, [])) for row in packs.loaded()]
    return sorted(found, key=lambda card: (not card.since, card.row.name))


def _card(row: Pack, since: list[tuple[str, date, date | None]]) -> Card:
    pack = packs.by_hash(row.hash)
    counts = [
        ("条款", len(pack.clauses.clauses)),
        ("要求", len(pack.requirements)),
        ("表单", len(pack.forms)),
        ("岗位", len(pack.roles.posts)),
        ("清单项", sum(len(one.items) for one in pack.checklists)),
    ]
    sure = Counter(source.confidence for source in pack.sources.values())
    ours = any(one.confidence == "reconstruction" for one in pack.checklists)
    return Card(
        row,
        pack.meta,
        KINDS[pack.meta.kind],
        since,
        [pair for pair in counts if pair[1]],
        [(CONFIDENCE[code], sure[code]) for code in CONFIDENCE if sure[code]],
        "含重构稿" if ours else "",
    )


def page(ctx: Ctx, issuer: str, version: str) -> PackPage:
    """Return one loaded version; NotFound if there is none."""
    card = next(
        (one for one in cards(ctx) if (one.row.issuer, one.row.version) == (issuer, version)), None
    )
    if card is None:
        raise NotFound("没有装载过这个制度包", where=f"{issuer}/{version}"[:40])
    pack = packs.by_hash(card.row.hash)
    depends, label = packs.depends(pack), labels.labels()
    known = words.of([pack, *depends.values()], label)
    return PackPage(
        card,
        [_duty(pack, depends, spec, known) for spec in pack.requirements],
        [(ref, source, plan.mark(source.confidence)) for ref, source in pack.sources.items()],
        pack.checklists,
        len(pack.clauses.clauses),
        [
            (
                one,
                plan.mark(one.confidence),
                [
                    (item, "、".join(map(label, item.evidence)), _said(pack, depends, item.basis))
                    for item in one.items
                ],
            )
            for one in pack.checklists
        ],
    )


def _duty(
    pack: schema.Pack,
    depends: dict[str, schema.Pack],
    spec: schema.Requirement,
    known: words.Words,
) -> Duty:
    found = [(ref, _source(pack, depends, ref)) for ref in spec.basis]
    basis = [plan.Basis(ref, one, plan.mark(one.confidence)) for ref, one in found if one]
    return Duty(
        spec,
        describe.sentence(spec, known),
        describe.applies(spec, known),
        plan.weakest(spec, basis),
        _said(pack, depends, spec.basis),
    )


def _said(pack: schema.Pack, depends: dict[str, schema.Pack], refs: Sequence[str]) -> str:
    """Return sources by title and article."""
    found = [_source(pack, depends, ref) for ref in refs]
    return "；".join(f"{one.title}{one.article or ''}" for one in found if one)


def _source(pack: schema.Pack, depends: dict[str, schema.Pack], ref: str) -> schema.Source | None:
    issuer, _, bare = ref.rpartition("/")
    if not issuer:
        return pack.sources.get(bare)
    other = depends.get(issuer)
    return other.sources.get(bare) if other else None
