"""Accounts, posts, roles and vacancies."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ninja import Field, Schema

from anze.interfaces.api.shapes.units import PostOut
from anze.kernel.people import selectors
from anze.kernel.people.models import Grant, User
from anze.kernel.units.models import Unit
from anze.kernel.web.wire.base import Moment, Slug, UnitRef

__all__ = ["PostOut"]


class AccountFilter(Schema):
    """Which accounts."""

    active: bool | None = Field(None, description="Only open ones, or only closed ones.")


class PostFilter(Schema):
    """Which posts held."""

    post: Slug | None = None
    unit: UUID | None = None


class AccountOut(Schema):
    """One account. The phone number is masked whoever asks: 138****0000."""

    id: UUID
    username: str
    name: str
    phone: str
    active: bool
    last_seen: Moment | None

    @classmethod
    def of(cls, row: User) -> AccountOut:
        """Return the shape of an account."""
        same = {name: getattr(row, name) for name in ("id", "username", "name", "last_seen")}
        return cls(**same, phone=selectors.masked(row.phone), active=row.is_active)


class GrantOut(Schema):
    """A role over a unit and what is under it."""

    person_id: UUID
    person: str
    role: str
    label: str
    unit: UnitRef
    valid_from: date
    valid_to: date | None = Field(description="The first day it no longer holds; null: open.")

    @classmethod
    def of(cls, row: Grant) -> GrantOut:
        """Return the shape of a granted role."""
        return cls(
            person_id=row.user_id,
            person=row.user.name,
            role=row.role,
            label=row.get_role_display(),
            unit=UnitRef.of(row.unit),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )


class Vacancy(Schema):
    """A post nobody holds, and how much is open for it."""

    post: str
    title: str
    open: int


class VacancyOut(Schema):
    """A body with its vacant posts."""

    unit: UnitRef
    posts: list[Vacancy]

    @classmethod
    def of(cls, row: Unit, posts: list[Vacancy]) -> VacancyOut:
        """Return the shape of a body with vacancies."""
        return cls(unit=UnitRef.of(row), posts=posts)
