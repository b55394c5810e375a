"""Units and their people."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from anze.kernel.people.models import Holding
from anze.kernel.units.models import Succession, Unit
from anze.kernel.web.wire.base import Search, UnitRef

Level = Literal["authority", "district", "town", "section", "unit", "campus", "group"]
Status = Literal["open", "suspended", "closed"]
Kind = Literal[
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
LEVELS, KINDS, STATUSES = get_args(Level), get_args(Kind), get_args(Status)


class UnitFilter(Schema):
    """Which units."""

    q: Search = Field("", description="Part of a name, pinyin, initials, or the start of a code.")
    level: Level | None = None
    kind: Kind | None = None
    status: Status | None = None
    under: UUID | None = Field(None, description="This unit and everything under it today.")


class UnitOut(Schema):
    """One node of the tree: from the authority down to the campus."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "0190a6b2-7e00-7000-8000-000000000001",
                "level": "unit",
                "kind": "primary",
                "name": "临湖小学",
                "short_name": "临湖小学",
                "code": "2132001001",
                "ownership": "public",
                "status": "open",
                "parent_id": "0190a6b2-7e00-7000-8000-000000000002",
                "opened_on": "2000-09-01",
                "closed_on": None,
            }
        }
    )

    id: UUID
    level: Level
    kind: str = Field(description="What kind of school or body; empty above units.")
    name: str
    short_name: str
    code: str | None = Field(description="学校标识码.")
    ownership: str
    status: Status
    parent_id: UUID | None = Field(description="The unit above it by the line, today.")
    opened_on: date
    closed_on: date | None

    @classmethod
    def of(cls, unit: Unit, parent_id: UUID | None) -> UnitOut:
        """Return the shape of a unit."""
        return cls(**_columns(unit), parent_id=parent_id)


class UnitDetail(UnitOut):
    """A unit with its dated facts of today and the way down to it."""

    uscc: str = Field(description="统一社会信用代码, or empty.")
    facts: dict[str, str] = Field(description="Dated facts in force today, by key.")
    path: list[UnitRef] = Field(description="Its ancestors from the top down.")
    successor_id: UUID | None


def _columns(unit: Unit) -> dict[str, object]:
    names = ("level", "kind", "name", "short_name", "code", "ownership", "status")
    found = {name: getattr(unit, name) for name in names}
    return {**found, "id": unit.pk, "opened_on": unit.opened_on, "closed_on": unit.closed_on}


def detail(
    unit: Unit, parent_id: UUID | None, facts: dict[str, str], path: list[Unit]
) -> UnitDetail:
    """Return the shape of one unit shown whole."""
    return UnitDetail(
        **_columns(unit),
        parent_id=parent_id,
        uscc=unit.uscc,
        facts=facts,
        path=[UnitRef.of(one) for one in path],
        successor_id=unit.successor_id,
    )


class PostOut(Schema):
    """Who holds which post, since when. Without a phone number: that is not needed to know who."""

    id: UUID
    unit: UnitRef
    post: str = Field(examples=["safety_officer"])
    title: str = Field(examples=["安全管理人员"])
    person_id: UUID
    person: str
    valid_from: date
    valid_to: date | None = Field(description="The first day it no longer holds; null: open.")

    @classmethod
    def of(cls, held: Holding) -> PostOut:
        """Return the shape of a holding."""
        return cls(
            id=held.pk,
            unit=UnitRef.of(held.unit),
            post=held.post_id,
            title=held.post.title,
            person_id=held.user_id,
            person=held.user.name,
            valid_from=held.valid_from,
            valid_to=held.valid_to,
        )


class RoleOut(Schema):
    """A role over a unit and what is under it, apart from any post."""

    role: str
    label: str
    unit: UnitRef
    valid_to: date | None


class ActionOut(Schema):
    """Something that may be done."""

    code: str = Field(examples=["duties.view"])
    label: str = Field(examples=["查看履职"])


class Me(Schema):
    """The person who is signed in, and what he may do somewhere."""

    id: UUID
    username: str
    name: str
    posts: list[PostOut]
    stands_in_for: list[PostOut] = Field(description="Posts of others, as their deputy today.")
    roles: list[RoleOut]
    actions: list[ActionOut] = Field(description="What he may do on at least one unit.")
    csrf_token: str = Field(description="For the header X-CSRFToken of unsafe methods.")


class SuccessionOut(Schema):
    """From a day on, one unit answers for what another did, or for a part of it."""

    predecessor: UnitRef
    successor: UnitRef
    since: date
    how: Literal["merged", "split"]
    entry: UUID

    @classmethod
    def of(cls, row: Succession) -> SuccessionOut:
        """Return the shape of a succession."""
        return cls(
            predecessor=UnitRef.of(row.predecessor),
            successor=UnitRef.of(row.successor),
            since=row.since,
            how=row.how,
            entry=row.entry_uid,
        )
