"""What goes over the wire about suggestions."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import StringConstraints

from anze.domains.burden.models import Suggestion
from anze.kernel.web.wire.base import Moment, UnitRef

About = Literal["repeated", "needless", "impossible", "other"]
Outcome = Literal["changed", "planned", "kept", "elsewhere"]
Words = Annotated[str, StringConstraints(max_length=2000)]


class SuggestionFilter(Schema):
    """Which suggestions."""

    state: Literal["open", "taken", "answered"] | None = Field(
        None, description="Only in this state."
    )
    about: About | None = Field(None, description="Only of this kind.")


class SuggestionIn(Schema):
    """Something that is too much, wrong or could be better."""

    client_id: UUID = Field(description="Made by the sender; the same again is the same one.")
    about: About
    words: Words = Field(description="At most 500 characters.")
    path: Words = Field("", description="The path of the page it is about, if any.")
    named: bool = Field(True, description="False: neither account nor unit is kept.")


class AnswerIn(Schema):
    """How a suggestion is closed."""

    outcome: Outcome
    answer: Words = Field(description="At most 500 characters.")
    published: bool = False
    said: Words = Field("", description="Public: what was said, without persons; at most 200.")
    changed: Words = Field("", description="Public: what changed; at most 200.")


class PublicSuggestion(Schema):
    """What was said and what changed, without persons and units."""

    about: str
    said: str
    changed: str
    outcome: str
    answered: Moment | None

    @classmethod
    def of(cls, row: Suggestion) -> PublicSuggestion:
        """Return the public side of a suggestion."""
        names = ("about", "said", "changed", "outcome", "answered")
        return cls(**{name: getattr(row, name) for name in names})


class SuggestionOut(Schema):
    """One suggestion, for its sender and for whoever handles it."""

    id: UUID
    about: str
    words: str
    state: str
    named: bool
    sender: str = Field(description="The sender's name; empty without one.")
    unit: UnitRef | None
    screen: str
    route: str
    form: str
    requirement: str
    created: Moment
    handler: str
    outcome: str
    answer: str
    answered: Moment | None
    published: bool
    said: str
    changed: str
    entry: UUID

    @classmethod
    def of(cls, row: Suggestion) -> SuggestionOut:
        """Return the shape of a suggestion."""
        same = (
            "id", "about", "words", "state", "screen", "route", "form", "requirement", "created",
            "outcome", "answer", "answered", "published", "said", "changed",
        )  # fmt: skip
        return cls(
            **{name: getattr(row, name) for name in same},
            named=row.sender_id is not None,
            sender=row.sender.name if row.sender else "",
            unit=UnitRef.of(row.unit) if row.unit else None,
            handler=row.handler.name if row.handler else "",
            entry=row.entry_uid,
        )
