"""JSON that every later step can keep: what is refused here breaks no database and no hash."""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 20


def load(data: bytes) -> Any:
    """Return what UTF-8 JSON says; ValueError for anything else.

    No doubled keys (two readers would see two contents), no NaN, no NUL and no lone surrogates
    (PostgreSQL and UTF-8 take neither), no nesting beyond ``DEEPEST``.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _check(value, DEEPEST)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("doubled key")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        value.encode("utf-8")
        if "\x00" in value:
            raise ValueError("NUL")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check(key, depth)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)
