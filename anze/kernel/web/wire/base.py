"""Kinds of value that many shapes share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, Field, PlainSerializer, StringConstraints, WithJsonSchema

from anze.kernel.bus import clock
from anze.kernel.units.models import Unit

BIG = 2**63 - 1  # what both databases can compare with

# Instants leave as Chinese time with its offset, to the microsecond where there is one.
Moment = Annotated[
    datetime,
    PlainSerializer(lambda value: value.astimezone(clock.LOCAL).isoformat(), return_type=str),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-09-01T08:30:00+08:00"]}
    ),
]


def _sensible(day: date) -> date:
    if not 2000 <= day.year <= 2100:
        raise ValueError("应在 2000 年至 2100 年之间")
    return day


Day = Annotated[date, AfterValidator(_sensible), Field(description="A day from 2000 to 2100.")]
Number = Annotated[int, Field(ge=0, le=BIG)]
RowId = Annotated[int, Field(ge=1, le=BIG)]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:@/-]{1,120}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]
Search = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class UnitRef(Schema):
    """A unit by id and name."""

    id: UUID
    name: str

    @classmethod
    def of(cls, unit: Unit) -> UnitRef:
        """Return the reference to a unit."""
        return cls(id=unit.pk, name=unit.name)
