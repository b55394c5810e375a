"""Facts that follow from other facts, so that nobody is asked to do sums.

A room that declares a core kind adds a pure function for it in ``ready()``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Compute = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_functions: dict[str, Compute] = {}


def add(kind: str, compute: Compute) -> None:
    """Let ``compute(facts)`` add facts to those answered for a kind; one function per kind."""
    if _functions.get(kind, compute) is not compute:
        raise ValueError(f"{kind}: computed facts are declared twice")
    _functions[kind] = compute


def complete(kind: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with those that follow from them."""
    compute = _functions.get(kind)
    return {**facts, **(compute(facts) if compute else {})}


def permille(part: int, whole: int) -> int:
    """Return part ÷ whole in thousandths, rounded down; 0 of nothing is 0."""
    return part * 1000 // whole if whole > 0 else 0
