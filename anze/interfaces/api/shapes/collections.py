"""What goes over the wire about collection tasks."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import StringConstraints

from anze.domains.burden.models import CollectionAnswer, CollectionTask
from anze.domains.burden.selectors import tasks
from anze.kernel.web.wire.base import Day, Moment, UnitRef, Word

Words = Annotated[str, StringConstraints(max_length=1000)]
FieldType = Literal["text", "integer", "decimal", "choice", "date", "bool"]


class AskedIn(Schema):
    """One field an author wants."""

    label: Words
    type: FieldType = "text"
    options: list[Words] = Field([], max_length=40)
    required: bool = True
    again: Words = Field("", description="Why it is asked although it is kept already.")


class TaskIn(Schema):
    """A draft; the same client_id again is the same draft."""

    client_id: UUID
    scope: UUID = Field(description="The units under this body are asked.")
    title: Words
    why: Words = ""
    basis: Words = ""
    readers: Words = ""
    ends: Day
    kinds: list[Word] = Field([], max_length=40, description="Kinds of unit; empty for all.")
    fields: list[AskedIn] = Field([], max_length=40)


class TaskFilter(Schema):
    """Which tasks."""

    state: Literal["draft", "waiting", "open", "ended", "withdrawn"] | None = None


class ReturnIn(Schema):
    """What has to change."""

    words: Words


class FieldOut(Schema):
    """One field, and where the same is kept already."""

    position: int
    label: str
    type: str
    options: list[str]
    required: bool
    kept: list[str]
    again: str


class TaskOut(Schema):
    """One collection task."""

    id: UUID
    title: str
    state: str
    owner: UnitRef
    scope: UnitRef
    kinds: list[str]
    ends: Day
    why: str
    basis: str
    readers: str
    author: str
    approver: str
    returned: str
    digest: str = Field(description="SHA-256 of what was submitted, in CJ-1.")
    asked: int = Field(description="How many units are asked.")
    done: int = Field(description="How many have answered.")

    @classmethod
    def of(cls, row: CollectionTask) -> TaskOut:
        """Return the shape of a task; ``row`` carries asked and done."""
        return cls(**_columns(row))


class TaskDetail(TaskOut):
    """One collection task with its fields."""

    fields: list[FieldOut]

    @classmethod
    def of(cls, row: CollectionTask) -> TaskDetail:
        """Return the shape of a task with its fields."""
        fields = [
            FieldOut(
                position=one.position,
                label=one.label,
                type=one.type,
                options=one.options.splitlines(),
                required=one.required,
                kept=one.kept.splitlines(),
                again=one.again,
            )
            for one in row.fields.all()
        ]
        return cls(**_columns(row), fields=fields)


def _columns(row: CollectionTask) -> dict[str, Any]:
    names = (
        "id", "title", "state", "ends", "why", "basis", "readers", "returned", "digest", "asked",
        "done",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in names},
        "owner": UnitRef.of(row.owner),
        "scope": UnitRef.of(row.scope),
        "kinds": [one for one in row.kinds.split(",") if one],
        "author": row.author.name,
        "approver": row.approver.name if row.approver else "",
    }


class ValuesIn(Schema):
    """Values by position, as text; yes and no for bool."""

    values: dict[Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}$")], Words] = Field(
        max_length=40
    )
    keep: bool = Field(False, description="True: keep a half, do not hand in.")


class AnswerOut(Schema):
    """What a unit answers to one task."""

    task: UUID
    title: str
    unit: UnitRef
    state: str
    ends: Day
    values: dict[str, Any] = Field(description="Position → value.")
    prefilled: int
    answered: Moment | None
    entry: UUID | None

    @classmethod
    def of(cls, row: CollectionAnswer) -> AnswerOut:
        """Return the shape of an answer."""
        return cls(
            task=row.task_id,
            title=row.task.title,
            unit=UnitRef.of(row.unit),
            state=row.state,
            ends=row.task.ends,
            values=tasks.content(row),
            prefilled=row.prefilled,
            answered=row.answered,
            entry=row.entry_uid,
        )
