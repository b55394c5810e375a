"""Kinds that forms define only grow: what an earlier version recorded must stay readable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from anze.kernel.packs.known import of_form
from anze.kernel.packs.schema import Form

if TYPE_CHECKING:
    from anze.kernel.packs.checks.scope import Scope


def check(scope: Scope) -> None:
    """Compare every form that defines a kind with its earlier versions."""
    for file, index, ref in scope.places("forms"):
        form = scope.pack.forms_by_ref[ref]
        for earlier in scope.earlier:
            before = earlier.forms_by_ref.get(ref)
            if before is None or before.records is not None or form.records is not None:
                continue
            for message in _broken(before, form, scope.pack.issuer):
                text = f"{form.kind(scope.pack.issuer)} 与 {earlier.name} 不相容：{message}"
                scope.wrong(file, (index,), text, "存证类型只增不改：换一个字段名，或另立表单")


def _broken(before: Form, after: Form, issuer: str) -> Iterator[str]:
    if before.visibility != after.visibility:
        yield f"可见范围原为 {before.visibility}"
    was, now = of_form(before, issuer).fields, of_form(after, issuer).fields
    for name in sorted(was.keys() & now.keys()):
        old, new = was[name], now[name]
        if old.holds != new.holds:
            yield f"{name} 原为 {old.holds}，现为 {new.holds}"
        elif lost := (old.choices or frozenset()) - (new.choices or old.choices or frozenset()):
            yield f"{name} 少了选项 {'、'.join(sorted(lost))}"
