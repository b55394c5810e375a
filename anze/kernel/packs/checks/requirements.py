"""Requirements: nothing they name may be missing, and something must be able to meet them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anze.kernel.packs.known import FACT_PROVIDERS, FactField, KnownKind
from anze.kernel.packs.schema import (
    AllOf,
    AnyOf,
    ByEntry,
    ByFact,
    Form,
    MetBy,
    Requirement,
    Test,
    Where,
    leaves,
)

if TYPE_CHECKING:
    from anze.kernel.packs.checks.scope import Scope
    from anze.kernel.packs.yamltree import Path

BUREAU = ("section", "district")
_ORDERED = ("int", "decimal", "date", "datetime", "code")


def check(scope: Scope) -> None:
    """Check every requirement of the pack."""
    for file, index, ref in scope.places("requirements"):
        one = scope.pack.requirements_by_ref[ref]
        _refs(scope, file, (index,), one)
        if one.on is not None and scope.known(file, (index, "on"), "存证类型", one.on, scope.kinds):
            _where(scope, file, (index, "on_where"), one.on_where, scope.kinds[one.on])
        _met_by(scope, file, (index, "met_by"), one.met_by)
        if one.form is not None:
            _form(scope, file, (index,), one)


def _refs(scope: Scope, file: str, path: Path, one: Requirement) -> None:
    for place, ref in enumerate(one.clauses):
        inside = (*path, "clauses", place)
        scope.known(file, inside, "条款", ref, scope.pack.clauses_by_ref)
    for place, ref in enumerate(one.basis):
        scope.source(file, (*path, "basis", place), ref)
    for place, ref in enumerate(one.same_as):
        names = (
            f"{pack.issuer}/{r}" for pack in scope.packs.values() for r in pack.requirements_by_ref
        )
        scope.known(file, (*path, "same_as", place), "要求", ref, names)
    for place, ref in enumerate(one.applies.sections):
        scope.known(file, (*path, "applies", "sections", place), "科室", ref, scope.sections)
    if scope.known(file, (*path, "who"), "岗位", one.who, scope.posts):
        post = scope.posts[one.who]
        if post.at_bureau != (one.level in BUREAU):
            message = f"岗位 {post.code} 不在 {one.level} 一级"
            scope.wrong(file, (*path, "who"), message, "换岗位，或改 level")


def _met_by(scope: Scope, file: str, path: Path, met_by: MetBy) -> None:
    match met_by:
        case AnyOf():
            for place, one in enumerate(met_by.any_of):
                _met_by(scope, file, (*path, "any_of", place), one)
        case AllOf():
            for place, one in enumerate(met_by.all_of):
                _met_by(scope, file, (*path, "all_of", place), one)
        case ByEntry():
            if scope.known(file, (*path, "entry"), "存证类型", met_by.entry, scope.kinds):
                kind = scope.kinds[met_by.entry]
                _where(scope, file, (*path, "where"), met_by.where, kind)
                if met_by.distinct is not None:
                    inside = (*path, "distinct")
                    scope.known(file, inside, "事实字段", met_by.distinct, kind.fields)
        case ByFact():
            _fact(scope, file, path, met_by)


def _fact(scope: Scope, file: str, path: Path, fact: ByFact) -> None:
    if not scope.known(file, (*path, "fact"), "事实来源", fact.fact, FACT_PROVIDERS):
        return
    wanted, given = FACT_PROVIDERS[fact.fact], set(fact.params)
    for name in sorted(wanted - given):
        scope.wrong(file, (*path, "with"), f"{fact.fact} 要在 with 里写 {name}")
    for name in sorted(given - wanted):
        scope.wrong(file, (*path, "with", name), f"{fact.fact} 不认识参数 {name}", "删掉它")
    if not all(isinstance(value, str) for value in fact.params.values()):
        scope.wrong(file, (*path, "with"), "with 的值都应是文字", "加引号")
        return
    if fact.fact == "post.held" and "post" in given:
        scope.known(file, (*path, "with", "post"), "岗位", fact.params["post"], scope.posts)
    if fact.fact == "entry.latest" and "kind" in given:
        kind = fact.params["kind"]
        if scope.known(file, (*path, "with", "kind"), "存证类型", kind, scope.kinds):
            _where(scope, file, (*path, "where"), fact.where, scope.kinds[kind])


def _where(scope: Scope, file: str, path: Path, where: Where, kind: KnownKind) -> None:
    for name, test in where.items():
        inside = (*path, name)
        if scope.known(file, inside, f"{kind.name} 的事实字段", name, kind.fields):
            for message in _misfits(test, kind.fields[name], kind):
                scope.wrong(file, inside, f"{kind.name}.{name} {message}", "改匹配条件")


def _misfits(test: Test, known: FactField, kind: KnownKind) -> list[str]:
    """Say what in a test can never be true of the field."""
    found = []
    conditions = test.conditions()
    if known.holds == "list" and {*conditions} - {"contains", "exists"}:
        found.append("是列表，只能用 contains、exists")
    if known.holds != "list" and "contains" in conditions:
        found.append("不是列表，不能用 contains")
    ordered = {*conditions} & {"at_least", "at_most"} or test.at_least_field is not None
    if ordered and known.holds not in _ORDERED:
        found.append("不能比较大小")
    if test.at_least_field is not None and test.at_least_field not in kind.fields:
        found.append(f"要比较的字段 {test.at_least_field} 不存在")
    for name, value in conditions.items():
        if name != "exists":
            for one in value if isinstance(value, list) else (value,):
                found.extend(_wrong_value(one, known))
    return found


def _wrong_value(value: bool | int | str, known: FactField) -> list[str]:
    if known.choices is not None and str(value) not in known.choices:
        return [f"没有取值 {value}（可用：{'、'.join(sorted(known.choices))}）"]
    if known.holds == "bool" and not isinstance(value, bool):
        return [f"是 true/false，不是 {value}"]
    if known.holds == "int" and (isinstance(value, bool) or not isinstance(value, int)):
        return [f"是整数，不是 {value}"]
    if known.holds in ("code", "date", "uuid", "decimal", "list") and not isinstance(value, str):
        return [f"是文字，不是 {value}"]
    return []


def _form(scope: Scope, file: str, path: Path, one: Requirement) -> None:
    inside = (*path, "form")
    found = scope.form(one.form or "")
    if found is None:
        names = (
            ref if pack is scope.pack else f"{pack.issuer}/{ref}"
            for pack in scope.packs.values()
            for ref in pack.forms_by_ref
        )
        scope.known(file, inside, "表单", one.form or "", names)
        return
    issuer, form = found
    kind = form.kind(issuer)
    asked = [leaf for leaf in leaves(one.met_by) if _kind_of(leaf) == kind]
    if not asked:
        message = f"表单 {one.form} 记录的是 {kind}，met_by 里没有它，填了也不算"
        scope.wrong(file, inside, message, "换表单，或改 met_by")
    elif not any(_can_meet(form, leaf.where) for leaf in asked):
        message = f"表单 {one.form} 的任何答案都不满足 met_by 的 where"
        scope.wrong(file, inside, message, "改表单的选项或 fixed，或改 where")
    if form.level != one.level:
        scope.wrong(file, inside, f"表单属于 {form.level}，要求属于 {one.level}", "改成同一层级")
    if one.who not in form.posts:
        scope.wrong(file, (*path, "who"), f"岗位 {one.who} 不能填表单 {one.form}", "加进 posts")
    if one.for_each is not None and one.for_each not in form.subjects:
        message = f"表单 {one.form} 不能指明 {one.for_each}"
        scope.wrong(file, inside, message, f"在表单的 subjects 里加上 {one.for_each}")


def _kind_of(leaf: ByEntry | ByFact) -> str:
    return leaf.entry if isinstance(leaf, ByEntry) else str(leaf.params.get("kind", ""))


def _can_meet(form: Form, where: Where) -> bool:
    """Say whether some answer of the form could pass; only fixed values and choices are decided."""
    fields = {field.fact_name: field for field in form.fields if field.is_fact}
    for name, test in where.items():
        wanted = test.in_ or ((test.is_,) if test.is_ is not None else None)
        if wanted is None:
            continue
        if name in form.fixed and form.fixed[name] not in wanted:
            return False
        field = fields.get(name)
        if field is None or field.type != "choice":
            continue
        if not {option.code for option in field.options} & {str(one) for one in wanted}:
            return False
    return True
