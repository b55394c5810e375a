"""What no single entry of a pack can see: dead and double refs, and asks nothing could meet.

Everything here reads a parsed pack; the loader calls it once the schema is satisfied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from anze.kernel.packs.checks import clauses, forms, growth, requirements
from anze.kernel.packs.checks.scope import Report, Scope
from anze.kernel.packs.known import KnownKinds
from anze.kernel.packs.schema import Pack
from anze.kernel.packs.yamltree import Path

if TYPE_CHECKING:
    from anze.kernel.packs.loader import Draft

__all__ = ["Report", "Scope", "check"]


def check(
    draft: Draft, depends: Mapping[str, Pack], kinds: KnownKinds, earlier: Sequence[Pack] = ()
) -> Report:
    """Run all cross checks and return what they found."""
    scope = Scope(draft, depends, kinds, earlier)
    _no_doubles(scope)
    _roles(scope)
    clauses.check(scope)
    forms.check(scope)
    growth.check(scope)
    requirements.check(scope)
    _catalogues(scope)
    _sheets(scope)
    _calendar(scope)
    return scope.report


def _no_doubles(scope: Scope) -> None:
    for folder, what in (("requirements", "要求"), ("forms", "表单"), ("sheets", "上报表")):
        first: dict[str, str] = {}
        for file, index, ref in scope.places(folder):
            if ref in first:
                message = f"{what}编号 {ref} 重复，另一处在 {first[ref]}"
                scope.wrong(file, (index, "ref"), message, "改其中一个编号")
            else:
                first[ref] = f"{file}:{scope.draft.trees[file].line((index,))}"


def _roles(scope: Scope) -> None:
    roles = scope.pack.roles
    if "roles.yaml" not in scope.draft.trees:
        return
    scope.doubles("roles.yaml", ("posts",), "岗位", (one.code for one in roles.posts))
    scope.doubles("roles.yaml", ("sections",), "科室", (one.code for one in roles.sections))
    for index, post in enumerate(roles.posts):
        for pack in scope.depends.values():
            if post.code in pack.posts_by_code:
                message = f"岗位 {post.code} 在 {pack.name} 里已有"
                scope.wrong("roles.yaml", ("posts", index), message, "换一个代码，或直接用它")


def _catalogues(scope: Scope) -> None:
    for file, tree in scope.draft.trees.items():
        if not file.startswith("checklists/"):
            continue
        catalogue = next(one for one in scope.pack.checklists if one.ref == tree.value["ref"])
        scope.source(file, ("source",), catalogue.source)
        scope.doubles(file, ("items",), "序号", (str(one.no) for one in catalogue.items))
        for index, item in enumerate(catalogue.items):
            path: Path = ("items", index)
            for ref in item.basis:
                scope.source(file, (*path, "basis"), ref)
            for kind in item.evidence:
                scope.known(file, (*path, "evidence"), "存证类型", kind, scope.kinds)
            for ref in item.clauses:
                scope.known(file, (*path, "clauses"), "条款", ref, scope.pack.clauses_by_ref)


def _sheets(scope: Scope) -> None:
    for file, index, ref in scope.places("sheets"):
        scope.source(file, (index, "source"), scope.pack.sheets_by_ref[ref].source)


def _calendar(scope: Scope) -> None:
    calendar, file = scope.pack.calendar, "calendar.yaml"
    if file not in scope.draft.trees:
        return
    scope.doubles(file, ("terms",), "学期", (one.code for one in calendar.terms))
    scope.doubles(file, ("overrides",), "日期", (str(one.day) for one in calendar.overrides))
    periods = calendar.critical_periods
    scope.doubles(file, ("critical_periods",), "时段", (one.code for one in periods))
    terms = sorted(calendar.terms, key=lambda one: one.start)
    for before, after in zip(terms, terms[1:], strict=False):
        if after.start <= before.end:
            index = calendar.terms.index(after)
            scope.wrong(file, ("terms", index), f"与学期 {before.code} 重叠", "改起止日期")
    for index, override in enumerate(calendar.overrides):
        scope.source(file, ("overrides", index, "source"), override.source)
    for index, period in enumerate(periods):
        for ref in period.clauses:
            path: Path = ("critical_periods", index, "clauses")
            scope.known(file, path, "条款", ref, scope.pack.clauses_by_ref)
        for ref in period.basis:
            scope.source(file, ("critical_periods", index, "basis"), ref)
