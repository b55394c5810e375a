"""Small types shared by every part of a pack.

A pack is parsed YAML: strings, whole numbers, booleans, lists and mappings. The types here are
strict about that (a string is never silently turned into a number), and every model is frozen and
refuses unknown keys.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    StrictBool,
    StrictInt,
    StringConstraints,
)

# Marks of domain facts: F read in the source, F~ read in a secondary copy, K known well, k known
# less well, reconstruction = our own working text until the official one arrives, config = a
# default the bureau may change.
Confidence = Literal["F", "F~", "K", "k", "reconstruction", "config"]

UnitKind = Literal[
    "kindergarten",
    "primary",
    "junior",
    "senior",
    "nine_year",
    "twelve_year",
    "complete_secondary",
    "vocational",
    "special",
    "training_institution",
    "bus_company",
    "public_institution",
]

GRADE_SCHOOLS: tuple[UnitKind, ...] = (
    "primary",
    "junior",
    "senior",
    "nine_year",
    "twelve_year",
    "complete_secondary",
    "vocational",
    "special",
)
# Shorthands a pack may write in a list of kinds; they are expanded on loading, so readers of a
# parsed pack only ever meet real kinds.
KIND_GROUPS: dict[str, tuple[UnitKind, ...]] = {
    "grade_schools": GRADE_SCHOOLS,
    "all_schools": ("kindergarten", *GRADE_SCHOOLS),
    "all_units": ("kindergarten", *GRADE_SCHOOLS, "training_institution", "bus_company"),
}

Access = Literal[
    "unit_head",
    "safety_officer",
    "staff",
    "guard",
    "desk",
    "leader",
    "section_officer",
    "town_officer",
    "inspector",
]
Visibility = Literal["unit", "bureau", "public"]
OwnerLevel = Literal["campus", "unit", "section", "district"]

Text = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=600)]
Line = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=120)]
Issuer = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9]{1,29}$")]
Version = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{4}\.[0-9]{1,3}$")]
PackName = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9]{1,29}/[0-9]{4}\.[0-9]{1,3}$")
]
# Requirements: DRILL-MONTHLY. Forms, posts, sections, choice codes, fields: lower_snake.
RequirementRef = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$", max_length=60)
]
QualifiedRef = Annotated[
    str,
    StringConstraints(
        strict=True, pattern=r"^[a-z][a-z0-9]{1,29}/[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$", max_length=90
    ),
]
Name = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=60)
]
# A choice, topic or item code as the ledger's Code allows it.
Code = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_.:@/-]{1,80}$")]
HeadRef = Annotated[str, StringConstraints(strict=True, pattern=r"^[1-9][0-9]?[a-z]?$")]
ClauseRef = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[1-9][0-9]?[a-z]?\.[1-9][0-9]?$")
]
# A source of this pack ("ASL2021-21") or of one it depends on ("national/ASL2021-21").
SourceRef = Annotated[
    str,
    StringConstraints(
        strict=True, pattern=r"^([a-z][a-z0-9]{1,29}/)?[A-Z][A-Za-z0-9-]*$", max_length=90
    ),
]
KindName = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$", max_length=80),
]
Count = Annotated[StrictInt, AfterValidator(lambda n: _at_least(n, 0))]
Positive = Annotated[StrictInt, AfterValidator(lambda n: _at_least(n, 1))]
Bool = StrictBool
Int = StrictInt


def _at_least(number: int, least: int) -> int:
    if number < least or number > 10**12:
        raise ValueError(f"应为不小于 {least} 的整数")
    return number


def _day(value: Any) -> Any:
    """Read ``2026-09-01``; YAML scalars reach us as text, never as dates."""
    if isinstance(value, dt.date):
        return value
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError("日期应写成 2026-09-01")
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError("没有这一天，日期应写成 2026-09-01") from None


Day = Annotated[dt.date, BeforeValidator(_day)]


def _scalar(value: Any) -> bool | int | str:
    if isinstance(value, bool | int | str) and len(str(value)) <= 120:
        return value
    raise ValueError("应是一个文字、整数或 true/false")


Scalar = Annotated[bool | int | str, PlainValidator(_scalar)]


class Part(BaseModel):
    """Base of every piece of a pack: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
