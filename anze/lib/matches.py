"""Structured matches: what a pack may ask of an entry's facts, as data instead of code in strings.

    {"participants_permille": {"at_least": 900}, "kind": {"in": ["fire", "quake"]}}

Every condition must hold. Fields are dotted paths into nested facts. Integers and decimal strings
compare as decimals (``"1.50"`` is 1.5; ``"007"`` is a code and stays text), ISO dates as dates,
everything else as text; true is not 1. A fact that is absent satisfies only ``exists: false`` and
``not``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

OPERATORS: Final[Mapping[str, str]] = {
    "is": "应为",
    "not": "不应为",
    "in": "应为其中之一：",
    "at_least": "应不小于",
    "at_most": "应不大于",
    "exists": "应填写",
    "contains": "应包含",
}

_FIELD = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_ABSENT: Final = object()

Spec = Mapping[str, Mapping[str, Any]]


def check_match(spec: object) -> list[str]:
    """Return what is wrong with a match, in Chinese for the author of a pack; [] if nothing."""
    if not isinstance(spec, Mapping):
        return ["匹配条件应为“字段: {比较: 值}”的键值"]
    problems = []
    for field, conditions in spec.items():
        if not isinstance(field, str) or not _FIELD.match(field):
            problems.append(f"字段名“{field}”不合规：用小写英文字母、数字、下划线，层级用点")
        elif not isinstance(conditions, Mapping) or not conditions:
            problems.append(f"{field}：应写成 {{比较: 值}}，比较可用 {'、'.join(OPERATORS)}")
        else:
            problems += [
                f"{field}：{problem}"
                for operator, value in conditions.items()
                for problem in _check_condition(operator, value)
            ]
    return problems


def matches(spec: Spec, facts: Mapping[str, Any]) -> bool:
    """Tell whether all conditions hold; an empty match always does.

    Raises ValueError for an operator that ``check_match`` would refuse.
    """
    return all(
        _holds(operator, value, _find(facts, field))
        for field, conditions in spec.items()
        for operator, value in conditions.items()
    )


def explain(
    spec: Spec, facts: Mapping[str, Any], labels: Mapping[str, str] | None = None
) -> list[str]:
    """Return a Chinese sentence for each condition: what is asked, what is there, does it hold.

    labels: field path -> Chinese name, to be shown instead of the path.
    """
    names = labels or {}
    lines = []
    for field, conditions in spec.items():
        found = _find(facts, field)
        for operator, value in conditions.items():
            verdict = "符合" if _holds(operator, value, found) else "不符合"
            asked = _asked(operator, value)
            lines.append(f"{names.get(field, field)}{asked}，实际{_shown(found)}：{verdict}")
    return lines


def fields(spec: Spec) -> frozenset[str]:
    """Return the field paths a match reads, so that a loader can check that every kind has them."""
    return frozenset(spec)


def _find(facts: Mapping[str, Any], path: str) -> Any:
    value: Any = facts
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return _ABSENT
        value = value[name]
    return _ABSENT if value is None else value


def _holds(operator: str, asked: Any, found: Any) -> bool:
    match operator:
        case "exists":
            return (found is not _ABSENT) is bool(asked)
        case "is":
            return found is not _ABSENT and _same(found, asked)
        case "not":
            return found is _ABSENT or not _same(found, asked)
        case "in":
            return found is not _ABSENT and any(_same(found, item) for item in asked)
        case "at_least":
            order = _order(found, asked)
            return order is not None and order >= 0
        case "at_most":
            order = _order(found, asked)
            return order is not None and order <= 0
        case "contains":
            if isinstance(found, str):
                return isinstance(asked, str) and asked in found
            return isinstance(found, (list, tuple)) and any(_same(item, asked) for item in found)
    raise ValueError(f"unknown operator {operator!r}")


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return bool(left is right)
    order = _order(left, right)
    return bool(left == right) if order is None else order == 0


def _order(left: Any, right: Any) -> int | None:
    """Return -1, 0 or 1 if both are numbers or both are dates, else None: they have no order."""
    first, second = _number(left), _number(right)
    if first is not None and second is not None:
        return (first > second) - (first < second)
    earlier, later = _day(left), _day(right)
    if earlier is not None and later is not None:
        return (earlier > later) - (earlier < later)
    return None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if type(value) is int:
        return Decimal(value)
    if isinstance(value, str) and _DECIMAL.match(value):
        return Decimal(value)
    return None


def _day(value: Any) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.match(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


def _check_condition(operator: object, value: object) -> list[str]:
    if operator not in OPERATORS:
        return [f"不认识的比较“{operator}”，可用 {'、'.join(OPERATORS)}"]
    if operator == "exists":
        return [] if isinstance(value, bool) else ["exists 的值应为 true 或 false"]
    if operator == "in":
        if not isinstance(value, list) or not value:
            return ["in 的值应为非空列表"]
        return [problem for item in value for problem in _check_scalar(item)]
    if operator in ("at_least", "at_most") and _number(value) is None and _day(value) is None:
        return [f'{operator} 的值应为整数、十进制数字串（如 "0.5"）或日期（如 2026-09-01）']
    return _check_scalar(value)


def _check_scalar(value: object) -> list[str]:
    if isinstance(value, float):
        return [f'值 {value} 是小数，请加引号写成十进制数字串（如 "0.5"）']
    if isinstance(value, (str, int, Decimal)) or _day(value) is not None:
        return []
    return [f"值“{value}”应为文字、整数、十进制数字串、真假或日期"]


def _asked(operator: str, value: Any) -> str:
    if operator == "exists":
        return "应填写" if value else "应不填写"
    if operator == "in":
        return OPERATORS[operator] + "、".join(_text(item) for item in value)
    return f"{OPERATORS[operator]} {_text(value)}"


def _shown(found: Any) -> str:
    return "未填写" if found is _ABSENT else f"为 {_text(found)}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (list, tuple)):
        return "、".join(_text(item) for item in value) or "空"
    return str(value)
