"""What registers record: the same four kinds for every register."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from anze.kernel.ledger import kinds

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class Value(kinds.Facts):
    """A field and its value as a code: a choice, a number, a day, yes or no."""

    field: kinds.Code
    value: kinds.Code


class Added(kinds.Facts):
    """A thing was put on the register. ``place`` and all values known from the start."""

    register_code: kinds.Code
    thing: UUID
    code: kinds.Code
    values: list[Value] = []


class Changed(kinds.Facts):
    """Fields got other values, or none; ``worded`` names the texts that changed."""

    register_code: kinds.Code
    thing: UUID
    code: kinds.Code
    values: list[Value] = []
    cleared: list[kinds.Code] = []
    worded: list[kinds.Code] = []


class Ended(kinds.Facts):
    """A thing is kept no longer, for a reason, from a day on."""

    register_code: kinds.Code
    thing: UUID
    code: kinds.Code
    reason: kinds.Code
    on: date


class Audited(kinds.Facts):
    """What was expected was looked for; the things that were not found are named."""

    audit: UUID
    registers: list[kinds.Code]
    place: UUID | None = None
    expected: Count
    found: Count
    moved: Count
    missing: Count
    foreign: Count
    unknown: Count
    missing_things: list[UUID] = []


class Words(kinds.Private):
    """The texts of a thing by field: makers, models, remarks."""

    words: dict[str, str]


def _kind(name: str, facts: type[kinds.Facts], label: str, worded: bool = True) -> kinds.Kind:
    private = Words if worded else None
    return kinds.Kind(name, 1, facts, "unit", label, private)


ADDED = _kind("register.added", Added, "台账登记")
CHANGED = _kind("register.changed", Changed, "台账变更")
ENDED = _kind("register.ended", Ended, "台账停用")
AUDITED = _kind("register.audited", Audited, "台账盘点", worded=False)
OF_A_THING = (ADDED.name, CHANGED.name, ENDED.name)


def register_own() -> None:
    """Register the kinds; called once at start."""
    for one in (ADDED, CHANGED, ENDED, AUDITED):
        kinds.register(one)
