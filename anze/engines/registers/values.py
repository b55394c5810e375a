"""Values of fields: read from what people type, written as facts, said on pages. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from anze.engines.registers.spec import Field, RegisterSpec, Values

YES = {"yes": True, "是": True, "有": True, "true": True, "1": True, "on": True}
NO = {"no": False, "否": False, "无": False, "false": False, "0": False}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


class BadValue(ValueError):
    """What was typed is not a value of the field; the message is for people."""


def parse(one: Field, typed: object) -> Any:
    """Return the value of a field from text or an already typed value; None for empty.

    Raises BadValue.
    """
    if typed is None or (isinstance(typed, str) and not typed.strip()):
        return None
    plain = " ".join(str(typed).replace("\x00", "").split())
    return _READ[one.type](one, plain)


def _choice(one: Field, typed: str) -> str:
    if typed in one.choices:
        return typed
    for code, label in one.choices.items():
        if typed == label:
            return code
    raise BadValue(f"“{typed[:20]}”不在可选项中，可填：{'、'.join(one.choices.values())}")


def _integer(one: Field, typed: str) -> int:
    digits = typed.removesuffix(".0").replace(",", "")
    if not re.fullmatch(r"-?\d{1,9}", digits):
        raise BadValue("应填整数")
    return int(_bounded(one, Decimal(int(digits))))


def _decimal(one: Field, typed: str) -> Decimal:
    try:
        number = Decimal(typed.replace(",", ""))
    except InvalidOperation:
        raise BadValue("应填数字") from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -3 or abs(number) >= 10**9:
        raise BadValue("应填数字，最多三位小数")
    return _bounded(one, number)


def _bounded(one: Field, number: Decimal) -> Decimal:
    if one.least is not None and number < one.least:
        raise BadValue(f"不能小于 {one.least}")
    if one.most is not None and number > one.most:
        raise BadValue(f"不能大于 {one.most}")
    return number


def _day(_one: Field, typed: str) -> date:
    found = _DAY.match(typed)
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None or not 1950 <= day.year <= 2150:
        raise BadValue("应填日期，例如 2026-03-15")
    return day


def _yesno(_one: Field, typed: str) -> bool:
    said = {**YES, **NO}.get(typed.lower())
    if said is None:
        raise BadValue("应填“是”或“否”")
    return said


def _text(one: Field, typed: str) -> str:
    if len(typed) > one.max_length:
        raise BadValue(f"最多 {one.max_length} 个字，现在是 {len(typed)} 个")
    return typed


_READ = {
    "choice": _choice,
    "integer": _integer,
    "decimal": _decimal,
    "day": _day,
    "yesno": _yesno,
    "text": _text,
}


def fact(value: Any) -> str:
    """Return a value as a code: what entries hold."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def said(one: Field, value: Any) -> str:
    """Return a value in words; empty for none."""
    if value is None or value == "":
        return ""
    if one.type == "choice":
        return one.choices.get(str(value), str(value))
    if one.type == "yesno":
        return "是" if value is True or value == "yes" else "否"
    if one.type == "decimal":
        return fact(Decimal(str(value))) + one.measure
    return f"{value}{one.measure}" if one.type == "integer" else str(value)


def of(spec: RegisterSpec, thing: Any) -> Values:
    """Return the fields of a thing that have a value, by name."""
    found = {one.name: getattr(thing, one.name) for one in spec.fields}
    return {name: value for name, value in found.items() if value is not None and value != ""}


def codes(spec: RegisterSpec, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the values that are facts, as codes, in the order of the fields."""
    return {
        one.name: fact(values[one.name])
        for one in spec.fields
        if not one.private and values.get(one.name) not in (None, "")
    }


def words(spec: RegisterSpec, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the values that stay private, in the order of the fields."""
    return {
        one.name: str(values[one.name])
        for one in spec.fields
        if one.private and values.get(one.name) not in (None, "")
    }
