"""Forms, what is handed in by them, and files."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from anze.interfaces.api.shapes.ledger import ReceiptOut
from anze.kernel.files.models import StoredFile
from anze.kernel.forms.definitions import Definition
from anze.kernel.web.wire.base import Moment, Search, UnitRef

FormRef = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,29}/[a-z][a-z0-9_]{0,59}$", max_length=91)
]
Happened = Annotated[str, StringConstraints(max_length=40)]
Subject = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:@/-]{0,80}$")]


class FormFilter(Schema):
    """For which unit."""

    unit: UUID = Field(description="One of `GET /forms/units`.")
    q: Search = Field("", description="Part of the title.")


class FormChoice(Schema):
    """For which unit the form is filled in."""

    unit: UUID


class RecordingUnit(UnitRef):
    """A unit one may record for."""

    level: str


class RecordingUnits(Schema):
    """At most sixty: whoever answers for more chooses from the list of units."""

    items: list[RecordingUnit]


class FormBase(Schema):
    """What every shape of a form says."""

    form: str = Field(examples=["wujin/weekly_check"])
    title: str
    pack: str = Field(examples=["wujin/2020.1"])
    kind: str = Field(description="The kind of entry that handing it in records.")
    minutes: int = Field(description="How long it takes.")


class FormOut(FormBase):
    """A form in force for a unit."""

    rhythm: str = Field(description="How often some duty asks for it, in words.")

    @classmethod
    def of(cls, definition: Definition, rhythm: str) -> FormOut:
        """Return the shape of a form."""
        return cls(**_columns(definition), rhythm=rhythm)


class FormList(Schema):
    """The forms of one unit; a pack has few, so there are no pages."""

    items: list[FormOut]


class FormDetail(FormBase):
    """A form with the JSON Schema of its `answers` and what they start from."""

    hint: str
    asked_by: list[str] = Field(description="Refs of the requirements in force that ask for it.")
    happened: Literal["asked", "now"] = Field(description="now: recorded as of the submission.")
    readers: str = Field(description="Who may read the answers.")
    answers: dict[str, Any] = Field(description="JSON Schema 2020-12 of `answers`.")
    start: dict[str, Any] = Field(description="Answers to start from: defaults and last time's.")


def _columns(one: Definition) -> dict[str, Any]:
    return {
        "form": one.ref,
        "title": one.form.title,
        "pack": one.pack_name,
        "kind": one.kind,
        "minutes": one.form.minutes,
    }


def detail(definition: Definition, asked_by: list[str], **more: Any) -> FormDetail:
    """Return the shape of one form shown whole."""
    spec = definition.form
    return FormDetail(
        **_columns(definition),
        asked_by=asked_by,
        hint=spec.hint or "",
        happened=spec.happened,
        **more,
    )


class SubmissionIn(Schema):
    """What is handed in. The client chooses the id, so that a retry can do no harm."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "client_id": "0190a6b2-7e00-7000-8000-00000000cafe",
                "form": "national/fire_drill",
                "unit": "0190a6b2-7e00-7000-8000-000000000001",
                "answers": {"participants": 610, "expected": 618},
                "happened": "2026-11-12",
            }
        },
    )

    client_id: UUID
    form: FormRef
    unit: UUID
    answers: dict[str, Any] = Field(description="By field name, as `GET /forms/…` describes.")
    happened: Happened | None = Field(None, description="A day or an instant; default: now.")
    subject: Subject = Field("", description="For forms filled in per class, vehicle, ….")


class CorrectionIn(Schema):
    """All answers as they should have been."""

    model_config = ConfigDict(extra="forbid")

    answers: dict[str, Any]
    happened: Happened | None = Field(None, description="Default: as it was.")
    expected: UUID | None = Field(None, description="`entry` as last read; 409 if it moved on.")
    client_id: UUID | None = Field(None, description="Makes a retry of the correction safe.")


class WithdrawalIn(Schema):
    """Why it is taken back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "mistake"}})

    reason: Literal["mistake", "duplicate", "not_held", "other"]


class SubmissionOut(Schema):
    """The receipt of what was handed in."""

    id: UUID = Field(description="The client's own id.")
    form: str
    title: str
    kind: str
    unit_id: UUID
    subject: str
    happened: Moment
    submitted_at: Moment
    state: Literal["recorded", "withdrawn"]
    corrections: int
    entry: UUID = Field(description="The newest entry of its chain.")


class SubmissionReceipt(SubmissionOut):
    """The receipt with its place in the history; null until the entry has its number."""

    receipt: ReceiptOut | None


class SaidLine(Schema):
    """One thing the house says about a submission."""

    text: str
    note: str
    state: str
    url: str


class SaidSection(Schema):
    """Such as: what it counted for."""

    title: str
    lines: list[SaidLine]
    empty: str


class SubmissionDetail(SubmissionReceipt):
    """The receipt with the answers as they count now, and what they met."""

    answers: dict[str, Any]
    may_change: bool
    sections: list[SaidSection]


class FileOut(Schema):
    """A file as it was received. `sha256` is of the bytes sent, so a client can compare."""

    id: UUID
    unit_id: UUID
    sha256: str
    size: int
    mime: str
    name: str
    width: int
    height: int
    state: Literal["waiting", "used"] = Field(description="waiting: no record names it yet.")
    received_at: Moment
    url: str = Field(description="Where it can be downloaded, without metadata.")
    thumb: str

    @classmethod
    def of(cls, row: StoredFile) -> FileOut:
        """Return the shape of a file."""
        names = ("sha256", "size", "mime", "name", "width", "height", "state")
        return cls(
            **{name: getattr(row, name) for name in (*names, "id", "unit_id", "received_at")},
            url=f"/files/{row.id}/",
            thumb=f"/files/{row.id}/thumb/" if row.thumb_sha256 else "",
        )
