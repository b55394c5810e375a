"""Which schemas the registry takes, and how they may grow."""

from __future__ import annotations

import enum
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, create_model

from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Code, DecimalStr, Facts, Kind, KindError, Private


class Shape(enum.StrEnum):
    ROUND = "round"


class Inner(Facts):
    place: Code


class Good(Facts):
    count: Annotated[int, Field(ge=0)]
    done: bool
    day: date
    who: UUID
    amount: DecimalStr
    shape: Shape
    level: Literal["a", "b"]
    codes: list[Code] = []
    parts: list[Inner] = []
    maybe: Code | None = None
    pair: tuple[int, ...] = ()


def _kind(model, name="t.kind", version=1, **more):
    more = {"visibility": "unit", "label": "测", **more}
    return Kind(name=name, version=version, facts=model, **more)


def test_every_closed_type_may_be_a_fact():
    kinds.register(_kind(Good))
    assert kinds.get("t.kind").facts is Good


def test_a_decimal_is_kept_as_the_text_it_was():
    good = {"count": 1, "done": True, "day": "2026-09-01", "who": UUID(int=1), "shape": "round"}
    value = Good.model_validate({**good, "amount": Decimal("1.50"), "level": "a"})
    assert value.model_dump(mode="json")["amount"] == "1.50"
    with pytest.raises(ValueError, match="amount"):
        Good.model_validate({**good, "amount": "1e5", "level": "a"})


@pytest.mark.parametrize(
    "kind",
    [float, str, dict, dict[str, int], list[str], str | None, list[float], object, bytes,
     Literal["a", None], Annotated[str, Field(max_length=9)], int | str, set[str], BaseModel],
)  # fmt: skip
def test_nothing_that_could_hold_prose_or_fractions_may_be_a_fact(kind):
    model = create_model("Bad", __base__=Facts, field=(kind, ...))
    with pytest.raises(KindError, match=r"t\.kind\.field"):
        kinds.register(_kind(model))


def test_a_nested_free_text_is_found():
    inner = create_model("InnerBad", __base__=Facts, remark=(str, ...))
    model = create_model("OuterBad", __base__=Facts, parts=(list[inner], ...))
    with pytest.raises(KindError, match=r"parts\.remark"):
        kinds.register(_kind(model))


@pytest.mark.parametrize(
    "fault",
    [{"name": "NoDot"}, {"name": "a b.c"}, {"visibility": "all"}, {"label": ""}, {"version": 0},
     {"private": Good}],
)  # fmt: skip
def test_a_kind_that_could_not_be_kept_is_refused(fault):
    with pytest.raises(KindError):
        kinds.register(_kind(Good, **fault))


def test_an_alias_or_a_capital_in_a_field_name_is_refused():
    for name, field in (("Count", (int, ...)), ("count", (int, Field(alias="n")))):
        with pytest.raises(KindError):
            kinds.register(_kind(create_model("Named", __base__=Facts, **{name: field})))


def test_a_name_is_taken_once_but_the_same_kind_may_come_again():
    kinds.register(_kind(Good))
    kinds.register(_kind(Good))
    with pytest.raises(KindError, match="twice"):
        kinds.register(_kind(Inner))


def test_a_pack_provides_kinds_through_a_resolver_which_is_checked():
    model = create_model("Xyz", __base__=Facts, count=(int, ...))
    bad = create_model("Bad", __base__=Facts, remark=(str, ...))
    found = {"wujin.xyz": _kind(model, "wujin.xyz"), "wujin.bad": _kind(bad, "wujin.bad")}
    kinds.add_resolver(found.get)
    assert kinds.get("wujin.xyz").label == "测"
    assert kinds.label("wujin.gone") == "wujin.gone"
    with pytest.raises(KindError):
        kinds.get("wujin.bad")
    with pytest.raises(kinds.UnknownKindError):
        kinds.get("wujin.none")


class One(Facts):
    count: int
    level: Literal["a", "b"]
    codes: list[Code] = []


class Said(Private):
    text: str


BASE = {"name": "t.grow", "version": 1, "visibility": "unit", "label": "测", "private": Said}


def _grown(version=2, facts=One, **fields):
    model = create_model("Two", __base__=facts, **fields)
    return kinds.lock_lines([Kind(**{**BASE, "version": version}, facts=model)])


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, ""),
        ({"more": (int | None, None)}, ""),
        ({"level": (Literal["a", "b", "c"], ...)}, ""),
        ({"part": (Inner | None, None)}, ""),
        ({"more": (int, ...)}, "must be optional"),
        ({"level": (Literal["a"], ...)}, "was one-of:a,b"),
        ({"count": (bool, ...)}, "was int"),
        ({"codes": (list[Code], ...)}, "become required"),
    ],
)
def test_schemas_only_grow(fields, fault):
    before = kinds.lock_lines([Kind(**BASE, facts=One)])
    faults = kinds.additions_only(before, _grown(**fields))
    assert (fault in "".join(faults)) if fault else faults == []


def test_a_field_may_not_vanish_and_a_change_needs_a_new_version():
    before = kinds.lock_lines([Kind(**BASE, facts=One)])
    less = kinds.lock_lines([Kind(**{**BASE, "version": 2}, facts=Inner)])
    assert any("count has vanished" in fault for fault in kinds.additions_only(before, less))
    same = _grown(version=1, more=(int | None, None))
    assert any("version must be above 1" in fault for fault in kinds.additions_only(before, same))
    assert any("the kind has vanished" in fault for fault in kinds.additions_only(before, []))
    seen = kinds.lock_lines([Kind(**{**BASE, "visibility": "public"}, facts=One)])
    assert any("visibility was unit" in fault for fault in kinds.additions_only(before, seen))


def test_the_ledgers_own_kinds_are_sound():
    for kind in kinds.all_kinds():
        kinds.check(kind)
    assert kinds.get("ledger.erased").visibility == "bureau"
