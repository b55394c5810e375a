"""Clauses: numbered under an existing head, once each, and served by somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anze.kernel.packs.checks.scope import Scope

FILE = "clauses.yaml"


def check(scope: Scope) -> None:
    """Check the clauses, and warn of those nobody serves."""
    if FILE not in scope.draft.trees:
        return
    heads = [one.ref for one in scope.pack.clauses.heads]
    for index, ref in enumerate(heads):
        if ref in heads[:index]:
            scope.wrong(FILE, ("heads", index), f"章 {ref} 重复", "改其中一个")
    seen: set[str] = set()
    for index, clause in enumerate(scope.pack.clauses.clauses):
        path = ("clauses", index)
        if clause.ref in seen:
            scope.wrong(FILE, (*path, "ref"), f"条款 {clause.ref} 重复", "改其中一个编号")
        seen.add(clause.ref)
        scope.known(FILE, (*path, "head"), "章", clause.head, heads)
        if clause.ref.partition(".")[0] != clause.head:
            scope.wrong(FILE, (*path, "ref"), f"条款 {clause.ref} 不在第 {clause.head} 章的编号里")
    _served(scope)


def _served(scope: Scope) -> None:
    served: dict[str, set[str]] = {}
    for requirement in scope.pack.requirements:
        side = "bureau" if requirement.level in ("section", "district") else "units"
        for ref in requirement.clauses:
            served.setdefault(ref, set()).add(side)
    names = {"bureau": "局里", "units": "各单位"}
    for index, clause in enumerate(scope.pack.clauses.clauses):
        if clause.declared:
            continue
        wanted = {"bureau", "units"} if clause.binds == "both" else {clause.binds}
        missing = sorted(wanted - served.get(clause.ref, set()))
        if missing:
            who = "、".join(names[side] for side in missing)
            message = f"条款 {clause.ref} 没有要求来落实（{who}）"
            remedy = "为它写一条要求；纯表态的句子写 declared: true"
            scope.warn(FILE, ("clauses", index), message, remedy)
