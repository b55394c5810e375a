"""Forms: posts that exist, and answers that fit the kind they record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anze.kernel.packs.known import (
    CHECKLIST_FACTS,
    DERIVED_FACTS,
    KnownKind,
    fits,
    form_holds,
)
from anze.kernel.packs.schema import Field, Form

if TYPE_CHECKING:
    from anze.kernel.packs.checks.scope import Scope
    from anze.kernel.packs.yamltree import Path

BUREAU = ("section", "district")


def check(scope: Scope) -> None:
    """Check every form of the pack."""
    for file, index, ref in scope.places("forms"):
        form = scope.pack.forms_by_ref[ref]
        for place, post in enumerate(form.posts):
            path: Path = (index, "posts", place)
            if scope.known(file, path, "岗位", post, scope.posts):
                _same_side(scope, file, path, form, post)
        for place, field in enumerate(form.fields):
            _field(scope, file, (index, "fields", place), field)
        _kind(scope, file, (index,), form)


def _same_side(scope: Scope, file: str, path: Path, form: Form, post: str) -> None:
    if scope.posts[post].at_bureau != (form.level in BUREAU):
        scope.wrong(file, path, f"岗位 {post} 不在 {form.level} 一级，填不了这张表", "换岗位或层级")


def _field(scope: Scope, file: str, path: Path, field: Field) -> None:
    if field.law is not None:
        scope.source(file, (*path, "law"), field.law)
    for place, item in enumerate(field.items):
        inside = (*path, "items", place)
        if item.clause is not None:
            scope.known(file, (*inside, "clause"), "条款", item.clause, scope.pack.clauses_by_ref)
        for ref in item.basis:
            scope.source(file, (*inside, "basis"), ref)


def _kind(scope: Scope, file: str, path: Path, form: Form) -> None:
    own = form.kind(scope.pack.issuer)
    if form.records is None:
        if own in scope.core:
            scope.wrong(file, (*path, "ref"), f"{own} 已是系统的存证类型", "换一个 ref")
        return
    if not scope.known(file, (*path, "records"), "存证类型", form.records, scope.kinds):
        return
    kind = scope.kinds[form.records]
    _fills(scope, file, path, form, kind)
    for name, value in form.fixed.items():
        inside = (*path, "fixed", name)
        if scope.known(file, inside, "事实字段", name, kind.fields):
            known = kind.fields[name]
            if known.choices is not None and str(value) not in known.choices:
                scope.wrong(file, inside, f"{kind.name}.{name} 没有取值 {value}", _choices(known))


def _fills(scope: Scope, file: str, path: Path, form: Form, kind: KnownKind) -> None:
    for place, field in enumerate(form.fields):
        inside: Path = (*path, "fields", place)
        if field.type == "checklist":
            for name in CHECKLIST_FACTS:
                scope.known(file, inside, "事实字段", name, kind.fields)
        elif field.is_fact and scope.known(file, inside, "事实字段", field.fact_name, kind.fields):
            _answers(scope, file, inside, field, kind)
    filled = {*form_holds(form), *form.fixed, *DERIVED_FACTS.get(kind.name, {})}
    optional = {one.fact_name for one in form.fields if one.is_fact and not one.required}
    for name, known in kind.fields.items():
        if known.required and name not in filled:
            remedy = "加一个字段，或在 fixed 里写定"
            scope.wrong(file, path, f"{kind.name} 必须有 {name}，表单没有它", remedy)
        elif known.required and name in optional and name not in CHECKLIST_FACTS:
            scope.wrong(file, path, f"{kind.name} 必须有 {name}，字段要写 required: true")


def _answers(scope: Scope, file: str, path: Path, field: Field, kind: KnownKind) -> None:
    name, known = field.fact_name, kind.fields[field.fact_name]
    if not fits(field.type, known.holds):
        message = f"{field.type} 类型填不进 {kind.name}.{name}（{known.holds}）"
        scope.wrong(file, (*path, "type"), message, "换字段类型，或换 to")
    if known.choices is not None:
        for option in field.options:
            if option.code not in known.choices:
                message = f"{kind.name}.{name} 没有取值 {option.code}"
                scope.wrong(file, (*path, "options"), message, _choices(known))


def _choices(known: object) -> str:
    choices = getattr(known, "choices", None) or ()
    return f"可用：{'、'.join(sorted(choices))}"
