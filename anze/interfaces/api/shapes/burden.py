"""What goes over the wire about how much is asked."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Field, Schema
from pydantic import StringConstraints

MonthText = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class BurdenFilter(Schema):
    """Which month, of which unit."""

    month: MonthText | None = Field(None, description="2026-11; the running one by default.")
    unit: UUID | None = Field(None, description="Only this unit, with its campuses.")


class PostBurden(Schema):
    """How many fields are asked of one post."""

    post: str
    title: str
    fields: int


class BurdenSource(Schema):
    """What asks: a requirement's form or a collection task."""

    key: str
    title: str
    post: str
    each: int = Field(description="Fields each time.")
    prefilled_each: int = Field(description="How many of them the form brings along.")
    times: int
    fields: int = Field(description="each × times.")


class AskedTwice(Schema):
    """A field that several forms ask."""

    label: str
    sources: list[str]


class BurdenOut(Schema):
    """How many fields are asked in a month, and what makes them up."""

    month: str
    fields: int
    fields_before: int = Field(description="In the month before.")
    prefilled: int
    formless: int = Field(description="Duties that ask for no form.")
    posts: list[PostBurden]
    sources: list[BurdenSource]
    twice: list[AskedTwice]
