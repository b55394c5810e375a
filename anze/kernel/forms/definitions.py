"""The forms packs define, and the kinds of entries those forms define."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from pydantic import create_model

from anze.kernel.bus.errors import NotFound
from anze.kernel.forms.parts import Proposed, Told
from anze.kernel.ledger.kinds import Code, DecimalStr, Facts, Kind
from anze.kernel.packs import selectors as packs
from anze.kernel.packs.models import Pack
from anze.kernel.packs.schema import Clause, Field, Form, Source
from anze.kernel.units import selectors as units


@dataclass(frozen=True)
class Definition:
    """A form as one pack version asks it."""

    pack_id: UUID
    pack_hash: str
    pack_name: str
    pack_title: str
    issuer: str
    form: Form

    @property
    def ref(self) -> str:
        """``wujin/drill``."""
        return f"{self.issuer}/{self.form.ref}"

    @property
    def kind(self) -> str:
        """The kind of entry a submission records."""
        return self.form.kind(self.issuer)

    @property
    def clauses(self) -> dict[str, Clause]:
        """The clauses of its pack by ref."""
        return packs.by_hash(self.pack_hash).clauses_by_ref

    @property
    def sources(self) -> dict[str, Source]:
        """The sources by the refs its items may name: ``LAW1`` or ``national/ASL2021-42``."""
        return _sources(self.pack_hash)


@lru_cache(maxsize=64)
def _sources(pack_hash: str) -> dict[str, Source]:
    pack = packs.by_hash(pack_hash)
    borrowed = {
        f"{issuer}/{ref}": source
        for issuer, other in packs.depends(pack).items()
        for ref, source in other.sources.items()
    }
    return {**borrowed, **pack.sources}


def of_pack(row: Pack) -> list[Definition]:
    """Return the forms of a loaded pack."""
    pack = packs.parsed(row)
    return [
        Definition(row.id, row.hash, row.name, row.title, pack.issuer, form) for form in pack.forms
    ]


def packs_for(unit_id: UUID, day: date) -> list[packs.Active]:
    """Return the packs in force for a unit on a day. Two queries.

    Of two versions of one issuer, the one activated for the nearer body counts.
    """
    order = {scope: depth for depth, scope in enumerate((unit_id, *units.ancestors(unit_id, day)))}
    nearest: dict[str, packs.Active] = {}
    for active in packs.active_packs(day):
        if active.scope in order:
            known = nearest.get(active.row.issuer)
            if known is None or order[active.scope] < order[known.scope]:
                nearest[active.row.issuer] = active
    return list(nearest.values())


def for_unit(unit_id: UUID, day: date) -> list[Definition]:
    """Return the forms in force for a unit on a day."""
    return [one for active in packs_for(unit_id, day) for one in of_pack(active.row)]


def find(form_ref: str, unit_id: UUID, day: date) -> Definition:
    """Return the form ``issuer/ref`` in force for a unit; NotFound if there is none."""
    for one in for_unit(unit_id, day):
        if one.ref == form_ref:
            return one
    raise NotFound("这个单位现在不用填这张表", where=form_ref, remedy="请从“登记”页面重新选择。")


def pinned(pack_id: UUID, form_ref: str) -> Definition:
    """Return the form of the very pack version a submission was made by."""
    row = Pack.objects.filter(id=pack_id).first()
    found = [one for one in of_pack(row) if one.ref == form_ref] if row else []
    if not found:
        raise NotFound("找不到当时的表单", where=form_ref)
    return found[0]


def find_kind(name: str) -> Kind | None:
    """Resolve ``<issuer>.<ref>`` for the ledger from all loaded versions of the form."""
    issuer, _, ref = name.partition(".")
    rows = Pack.objects.filter(issuer=issuer).order_by("released", "loaded_at")
    return _kind(issuer, ref, tuple(rows.values_list("hash", flat=True)))


@lru_cache(maxsize=256)
def _kind(issuer: str, ref: str, hashes: tuple[str, ...]) -> Kind | None:
    forms = [packs.by_hash(digest).forms_by_ref.get(ref) for digest in hashes]
    own = [form for form in forms if form is not None and form.records is None]
    return own_kind(issuer, own) if own else None


def own_kind(issuer: str, versions: list[Form]) -> Kind:
    """Return the kind a form defines, from all its versions, newest last.

    Kinds grow by additions only, so a fact that some version does not ask is optional and the
    choices of all versions are known. Where versions disagree about a type the newest decides;
    that can only be a draft, since the check of packs refuses it in a released one.
    """
    newest = versions[-1]
    specs: dict[str, Any] = {}
    for form in versions:
        for name, kind in _fact_types(form, versions).items():
            always = all(name in _required(one) for one in versions)
            specs[name] = (kind, ...) if always else (kind | None, None)
    name = newest.kind(issuer)
    facts = create_model(f"Facts_{name.replace('.', '_')}", __base__=Facts, **specs)
    return Kind(
        name=name,
        version=len(versions),
        facts=facts,
        private=Told,
        visibility=newest.visibility,
        label=newest.title,
    )


def _required(form: Form) -> set[str]:
    asked = {field.fact_name for field in form.fields if field.is_fact and field.required}
    lists = any(field.type == "checklist" and field.required for field in form.fields)
    return asked | set(form.fixed) | ({"answered", "yes", "no", "na"} if lists else set())


def _fact_types(form: Form, versions: list[Form]) -> dict[str, Any]:
    kinds: dict[str, Any] = {}
    for name, value in form.fixed.items():
        kinds[name] = bool if isinstance(value, bool) else int if isinstance(value, int) else Code
    for field in form.fields:
        if field.type == "checklist":
            kinds |= dict.fromkeys(("answered", "yes", "no", "na"), int)
            kinds |= {"no_items": tuple[Code, ...], "na_items": tuple[Code, ...]}
            kinds["proposed"] = tuple[Proposed, ...]
        elif field.is_fact:
            kinds[field.fact_name] = _fact_type(field, versions)
    return kinds


def _fact_type(field: Field, versions: list[Form]) -> Any:
    if field.type in ("choice", "choices"):
        one_of: Any = Literal[tuple(_codes(field, versions))]
        return one_of if field.type == "choice" else tuple[one_of, ...]
    plain = {"integer": int, "decimal": DecimalStr, "date": date, "datetime": Code, "bool": bool}
    return plain[field.type]


def _codes(field: Field, versions: list[Form]) -> list[str]:
    same = [
        one
        for form in versions
        for one in form.fields
        if one.fact_name == field.fact_name and one.options
    ]
    return list(dict.fromkeys(option.code for one in same for option in one.options))
