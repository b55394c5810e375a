"""Which requirements are in force where, and which entries concern them.

Built from the live entries that activate and end packs, with number ≤ n: the same n, the same book.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from uuid import UUID

from anze.engines.duties import facts
from anze.kernel.packs import schema
from anze.kernel.packs.schema import ByEntry, Requirement, leaves


@dataclass(frozen=True)
class Active:
    """A requirement in force under ``scope`` for periods that start in [since, until)."""

    row: int
    pack: str
    spec: Requirement
    scope: UUID
    since: date
    until: date

    @property
    def ref(self) -> str:
        """The qualified ref: ``wujin/DRILL-MONTHLY``, the same in every version."""
        return f"{self.pack.partition('/')[0]}/{self.spec.ref}"

    def judges(self, start: date) -> bool:
        """Say whether a period starting on this day is judged by this version."""
        return self.since <= start < self.until

    @cached_property
    def conditions(self) -> tuple[schema.ByEntry | schema.ByFact, ...]:
        """The plain conditions inside ``met_by``."""
        return leaves(self.spec.met_by)

    @cached_property
    def entry_kinds(self) -> frozenset[str]:
        """Kinds whose entries are counted."""
        return frozenset(one.entry for one in self.conditions if isinstance(one, ByEntry))

    @cached_property
    def fact_kinds(self) -> frozenset[str]:
        """Kinds whose entries may change what holds."""
        kinds: set[str] = set()
        for one in self.conditions:
            if not isinstance(one, ByEntry):
                kinds |= facts.provider(one.fact).kinds(one.params)
        return frozenset(kinds)

    @property
    def holds_only(self) -> bool:
        """Whether the passing of time alone can change the answer before the deadline."""
        return any(not isinstance(one, ByEntry) for one in self.conditions)


@dataclass(frozen=True)
class Rulebook:
    """Every requirement in force, and indexes from kinds of entries to requirements."""

    actives: tuple[Active, ...]
    by_kind: Mapping[str, tuple[Active, ...]] = field(init=False)
    by_start: Mapping[str, tuple[Active, ...]] = field(init=False)
    by_row: Mapping[int, Active] = field(init=False)

    def __post_init__(self) -> None:
        by_kind: dict[str, list[Active]] = defaultdict(list)
        by_start: dict[str, list[Active]] = defaultdict(list)
        for active in self.actives:
            for kind in active.entry_kinds | active.fact_kinds:
                by_kind[kind].append(active)
            if active.spec.on:
                by_start[active.spec.on].append(active)
        object.__setattr__(self, "by_kind", _frozen(by_kind))
        object.__setattr__(self, "by_start", _frozen(by_start))
        object.__setattr__(self, "by_row", {one.row: one for one in self.actives})

    @cached_property
    def holding(self) -> tuple[Active, ...]:
        """The requirements whose answer may change by the passing of time alone."""
        return tuple(active for active in self.actives if active.holds_only)


def _frozen(index: dict[str, list[Active]]) -> dict[str, tuple[Active, ...]]:
    return {kind: tuple(actives) for kind, actives in index.items()}


def groups(requirements: Iterable[tuple[str, Requirement]]) -> dict[str, str]:
    """Return for each qualified ref the name of its group: the refs joined by ``same_as``.

    ``requirements`` are (issuer, requirement). The group is named by its smallest ref, so the
    name does not depend on the order of loading.
    """
    boss: dict[str, str] = {}

    def find(ref: str) -> str:
        boss.setdefault(ref, ref)
        while boss[ref] != ref:
            boss[ref] = boss[boss[ref]]
            ref = boss[ref]
        return ref

    for issuer, requirement in requirements:
        own = f"{issuer}/{requirement.ref}"
        find(own)
        for other in requirement.same_as:
            one, two = sorted((find(own), find(other)))
            boss[two] = one
    return {ref: find(ref) for ref in list(boss)}
