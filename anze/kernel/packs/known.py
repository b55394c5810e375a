"""What the loader must know of entry kinds: their names, fact fields and what these hold.

Core kinds are code (the ledger's registry); pack forms define kinds of their own. Both are brought
to the same small shape, so that a ``where`` can be checked before anybody relies on it.
"""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

from anze.kernel.packs.schema import Form, Pack

Holds = Literal["int", "bool", "code", "date", "datetime", "decimal", "uuid", "list", "other"]

# Facts the form layer computes from others, so no form need ask them.
DERIVED_FACTS: dict[str, dict[str, tuple[str, str]]] = {
    "drill.held": {"participants_permille": ("participants", "expected")},
}
# What an answered check list becomes.
CHECKLIST_FACTS: dict[str, Holds] = {
    "answered": "int",
    "yes": "int",
    "no": "int",
    "na": "int",
    "no_items": "list",
    "na_items": "list",
}
# Fact providers and the parameters they take; `entry.latest` lets `where` read the kind's facts.
FACT_PROVIDERS: dict[str, frozenset[str]] = {
    "post.held": frozenset({"post"}),
    "entry.latest": frozenset({"kind"}),
    "unit.fact": frozenset(),  # `where` reads the unit's dated facts by key
}


def add_provider(name: str, params: frozenset[str]) -> None:
    """Make a ``fact:`` provider of a room above known, with the parameters it takes; idempotent."""
    if FACT_PROVIDERS.get(name, params) != params:
        raise ValueError(f"fact provider {name} is known with other parameters")
    FACT_PROVIDERS[name] = params


@dataclass(frozen=True)
class FactField:
    """What one fact field holds; ``choices`` is None where any code goes."""

    holds: Holds
    choices: frozenset[str] | None = None
    required: bool = False


@dataclass(frozen=True)
class KnownKind:
    """An entry kind as rules see it."""

    name: str
    fields: Mapping[str, FactField] = field(default_factory=dict)


KnownKinds = Mapping[str, KnownKind]


def from_model(name: str, facts: type[BaseModel]) -> KnownKind:
    """Describe a core kind by its pydantic facts model."""
    fields = {
        key: _describe(info.annotation, info.is_required())
        for key, info in facts.model_fields.items()
    }
    return KnownKind(name, fields)


def _describe(annotation: Any, required: bool) -> FactField:
    while get_origin(annotation) is typing.Annotated:
        annotation = get_args(annotation)[0]
    origin = get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        some = [one for one in get_args(annotation) if one is not type(None)]
        return (
            _describe(some[0], required) if len(some) == 1 else FactField("other", None, required)
        )
    if origin is Literal:
        values = get_args(annotation)
        return FactField("code", frozenset(str(value) for value in values), required)
    if origin in (list, tuple, set, frozenset):
        inner = _describe(get_args(annotation)[0], required) if get_args(annotation) else None
        return FactField("list", inner.choices if inner else None, required)
    plain: dict[Any, Holds] = {
        bool: "bool",
        int: "int",
        str: "code",
        dt.datetime: "datetime",
        dt.date: "date",
        UUID: "uuid",
    }
    return FactField(plain.get(annotation, "other"), None, required)


_FORM_HOLDS: dict[str, Holds] = {
    "integer": "int",
    "decimal": "decimal",
    "choice": "code",
    "choices": "list",
    "date": "date",
    "datetime": "datetime",
    "bool": "bool",
}


def of_form(form: Form, issuer: str) -> KnownKind:
    """Describe the kind a form without ``records`` defines."""
    fields: dict[str, FactField] = {}
    for one in form.fields:
        if one.type == "checklist":
            fields.update({name: FactField(holds) for name, holds in CHECKLIST_FACTS.items()})
        elif one.is_fact:
            codes = frozenset(option.code for option in one.options) if one.options else None
            fields[one.fact_name] = FactField(_FORM_HOLDS[one.type], codes, one.required)
    for name, value in form.fixed.items():
        fields[name] = FactField(_holds_scalar(value), None, True)
    return KnownKind(form.kind(issuer), fields)


def _holds_scalar(value: bool | int | str) -> Holds:
    if isinstance(value, bool):
        return "bool"
    return "int" if isinstance(value, int) else "code"


def form_holds(form: Form) -> dict[str, Holds]:
    """Return what each fact filled by the form's own fields holds, by fact name."""
    filled: dict[str, Holds] = {}
    for one in form.fields:
        if one.type == "checklist":
            filled.update(CHECKLIST_FACTS)
        elif one.is_fact:
            filled[one.fact_name] = _FORM_HOLDS[one.type]
    return filled


def of_packs(packs: Iterable[Pack]) -> dict[str, KnownKind]:
    """Describe all kinds the forms of these packs define."""
    return {
        (kind := of_form(form, pack.issuer)).name: kind
        for pack in packs
        for form in pack.forms
        if form.records is None
    }


def fits(field_type: str, holds: Holds) -> bool:
    """Say whether the answers of a form field's type can fill a fact of this sort."""
    ways: dict[str, tuple[Holds, ...]] = {
        "integer": ("int",),
        "decimal": ("decimal", "code"),
        "choice": ("code",),
        "choices": ("list",),
        "date": ("date",),
        "datetime": ("datetime", "code"),
        "bool": ("bool",),
    }
    return holds == "other" or holds in ways.get(field_type, ())
