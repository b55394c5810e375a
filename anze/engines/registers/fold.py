"""How a thing stands after some entries: the one place where entries become values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from anze.engines.registers import kinds

Facts = Mapping[str, Any]


@dataclass
class State:
    """A thing as entries say: its number, its values as codes, and whether it is in use."""

    code: str
    values: dict[str, str] = field(default_factory=dict)
    ended: bool = False


def apply(states: dict[str, State], kind: str, facts: Facts) -> None:
    """Let one live entry change the states by id; what was never added is left alone."""
    thing = str(facts["thing"])
    if kind == kinds.ADDED.name:
        states[thing] = State(str(facts["code"]), _values(facts))
        return
    state = states.get(thing)
    if state is None:
        return
    if kind == kinds.ENDED.name:
        state.ended = True
        return
    state.values.update(_values(facts))
    for name in facts.get("cleared", ()):
        state.values.pop(name, None)


def states(entries: Iterable[tuple[str, Facts]], register: str) -> dict[str, State]:
    """Return thing id → state after the live entries (kind, facts) of a register, in order."""
    found: dict[str, State] = {}
    for kind, facts in entries:
        if facts["register_code"] == register:
            apply(found, kind, facts)
    return found


def first_end(state: State, ends: Iterable[str]) -> date | None:
    """Return the earliest end of validity of a thing, None when it has none."""
    days = [date.fromisoformat(state.values[name]) for name in ends if state.values.get(name)]
    return min(days, default=None)


def _values(facts: Facts) -> dict[str, str]:
    return {one["field"]: one["value"] for one in facts.get("values", ())}
