"""A draft pack with everything its refs may point to, and what was found wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anze.kernel.packs.faults import Fault, nearest
from anze.kernel.packs.known import KnownKinds, of_packs
from anze.kernel.packs.schema import Form, Pack, Post, Source
from anze.kernel.packs.yamltree import Path

if TYPE_CHECKING:
    from anze.kernel.packs.loader import Draft


@dataclass
class Report:
    """Findings: a fault refuses the pack, a warning is shown to its author."""

    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


class Scope:
    """The draft with everything its refs may point to: itself and the packs it depends on."""

    def __init__(
        self,
        draft: Draft,
        depends: Mapping[str, Pack],
        kinds: KnownKinds,
        earlier: Sequence[Pack] = (),
    ) -> None:
        self.earlier = earlier
        self.draft, self.pack, self.depends = draft, draft.pack, depends
        self.report = Report()
        self.packs = {**depends, draft.pack.issuer: draft.pack}
        self.core = kinds
        self.kinds = {**kinds, **of_packs(self.packs.values())}
        self.posts: dict[str, Post] = {}
        for pack in (*depends.values(), draft.pack):
            self.posts.update(pack.posts_by_code)
        self.sections = {one.code for pack in self.packs.values() for one in pack.roles.sections}

    def wrong(self, file: str, path: Path, message: str, remedy: str = "") -> None:
        """Note a fault."""
        self.report.faults.append(self.draft.fault(file, path, message, remedy))

    def warn(self, file: str, path: Path, message: str, remedy: str = "") -> None:
        """Note a warning."""
        self.report.warnings.append(self.draft.fault(file, path, message, remedy))

    def places(self, folder: str) -> Iterator[tuple[str, int, str]]:
        """Yield (file, index, ref) of each entry in a folder of lists."""
        for file, tree in self.draft.trees.items():
            if file.startswith(f"{folder}/"):
                for index, one in enumerate(tree.value):
                    yield file, index, str(one["ref"])

    def known(self, file: str, path: Path, what: str, ref: str, among: Iterable[str]) -> bool:
        """Note a fault unless ``ref`` is among the known ones."""
        names = list(among)
        if ref in names:
            return True
        remedy = nearest(ref, names) or f"先在制度包里定义它，或改这里的{what}"
        self.wrong(file, path, f"没有这个{what}：{ref}", remedy)
        return False

    def source(self, file: str, path: Path, ref: str) -> None:
        """Check a source ref, own ("ASL2021-21") or of a dependency ("national/ASL2021-21")."""
        issuer, _, bare = ref.rpartition("/")
        among: Mapping[str, Source] = self.packs[issuer].sources if issuer in self.packs else {}
        if issuer:
            self.known(file, path, "依据", ref, (f"{issuer}/{one}" for one in among))
        else:
            self.known(file, path, "依据", bare, self.pack.sources)

    def form(self, ref: str) -> tuple[str, Form] | None:
        """Return (issuer, form) of a form ref of this pack or ``issuer/form``."""
        issuer, _, bare = ref.rpartition("/")
        owner = self.packs.get(issuer or self.pack.issuer)
        form = owner.forms_by_ref.get(bare) if owner else None
        return (owner.issuer, form) if owner and form else None

    def doubles(self, file: str, base: Path, what: str, refs: Iterable[str]) -> None:
        """Note every second occurrence of a ref in one list."""
        seen: set[str] = set()
        for index, ref in enumerate(refs):
            if ref in seen:
                self.wrong(file, (*base, index), f"{what} {ref} 重复", "改其中一个")
            seen.add(ref)
