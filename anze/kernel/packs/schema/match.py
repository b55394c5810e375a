"""Structured matches: what a pack may ask of facts, without a line of code in a string.

``where: {participants_permille: {at_least: 900}, drill_type: [fire, evacuation]}`` reads: every
field named must pass its test. A bare value means "equals", a list means "one of".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from anze.kernel.packs.schema.base import Bool, Name, Part, Scalar


class Test(Part):
    """What one fact field must satisfy; all the given tests must hold.

    ``at_least``/``at_most`` compare whole numbers, decimal strings and ISO days;
    ``at_least_field`` compares with another field of the same facts (all who should sign have
    signed); ``has`` asks a list to contain a code.
    """

    __test__ = False  # not a test case, whatever its name suggests to a test collector

    equals: Scalar | None = None
    differs: Scalar | None = None
    at_least: Scalar | None = None
    at_most: Scalar | None = None
    at_least_field: Name | None = None
    one_of: tuple[Scalar, ...] | None = None
    none_of: tuple[Scalar, ...] | None = None
    has: Scalar | None = None
    lacks: Scalar | None = None
    present: Bool | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Test:
        given = self.asked()
        if not given:
            raise ValueError("匹配条件为空：写 equals、at_least、one_of 等之一")
        for name in ("one_of", "none_of"):
            if name in given and not given[name]:
                raise ValueError(f"{name} 不能是空列表")
        for name in ("at_least", "at_most"):
            if isinstance(given.get(name), bool):
                raise ValueError(f"{name} 不能与“是/否”比较大小")
        return self

    def asked(self) -> dict[str, Any]:
        """Return the tests the author wrote, by name."""
        return {
            name: value
            for name in type(self).model_fields
            if (value := getattr(self, name)) is not None
        }


def _shorthand(value: Any) -> Any:
    if isinstance(value, bool | int | str):
        return {"equals": value}
    if isinstance(value, list | tuple):
        return {"one_of": value}
    return value


Where = dict[Name, Annotated[Test, BeforeValidator(_shorthand)]]
NO_WHERE: Where = Field(default_factory=dict)


def matches(where: Where, facts: Mapping[str, Any]) -> bool:
    """Say whether the facts pass every test of a ``where``.

    A missing field fails every test but ``present: false``.
    """
    return all(_passes(test, facts.get(name), facts) for name, test in where.items())


def _passes(test: Test, value: Any, facts: Mapping[str, Any]) -> bool:
    if test.present is not None and (value is not None) != test.present:
        return False
    for name, wanted in test.asked().items():
        if name != "present" and (value is None or not _holds(name, wanted, value, facts)):
            return False
    return True


def _holds(name: str, wanted: Any, value: Any, facts: Mapping[str, Any]) -> bool:
    match name:
        case "equals":
            return _same(value, wanted)
        case "differs":
            return not _same(value, wanted)
        case "one_of":
            return any(_same(value, one) for one in wanted)
        case "none_of":
            return not any(_same(value, one) for one in wanted)
        case "has":
            return any(_same(item, wanted) for item in _items(value))
        case "lacks":
            return not any(_same(item, wanted) for item in _items(value))
        case "at_least":
            return (order := _order(value, wanted)) is not None and order >= 0
        case "at_most":
            return (order := _order(value, wanted)) is not None and order <= 0
        case _:  # at_least_field
            return (order := _order(value, facts.get(wanted))) is not None and order >= 0


def _items(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()


def _same(value: Any, wanted: Any) -> bool:
    """Equal; facts kept as text ("yes", "true", "120") also equal a pack's true or 120."""
    if isinstance(value, str) and isinstance(wanted, bool):
        return value in (("true", "yes") if wanted else ("false", "no"))
    if isinstance(value, dt.date):
        return bool(value.isoformat() == wanted)
    if isinstance(value, bool) != isinstance(wanted, bool):
        return False
    if isinstance(value, str) and isinstance(wanted, int):
        return value == str(wanted)
    return bool(value == wanted)


def _order(value: Any, wanted: Any) -> int | None:
    """Return -1, 0 or 1, or ``None`` where the two cannot be put in order."""
    left, right = _sortable(value), _sortable(wanted)
    if left is None or right is None or type(left) is not type(right):
        return None
    above, below = left > right, left < right  # type: ignore[operator]
    return int(above) - int(below)


def _sortable(value: Any) -> Decimal | dt.date | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        pass
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
