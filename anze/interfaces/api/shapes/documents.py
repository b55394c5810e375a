"""What goes over the wire about official documents."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from django.urls import reverse
from ninja import Field, Schema

from anze.kernel.documents import selectors
from anze.kernel.documents.models import Document
from anze.kernel.web.wire.base import Moment, Slug, UnitRef

State = Literal["making", "failed", "draft", "issuing", "issued", "void", "replaced"]


class DocumentFilter(Schema):
    """Which documents."""

    kind: Slug | None = None
    state: State | None = None
    unit: UUID | None = Field(None, description="Only issued by this unit.")
    since: date | None = Field(None, description="Only issued on this Chinese day or later.")


class DocumentOut(Schema):
    """One document."""

    id: UUID
    kind: str
    issuer: UnitRef
    title: str
    state: State
    reference: str = Field(description="发文字号, empty before it is issued.")
    drafted_at: Moment
    issued_at: Moment | None
    ended_at: Moment | None

    @classmethod
    def of(cls, row: Document) -> DocumentOut:
        """Return the shape of a document."""
        return cls(**_columns(row))


def _columns(row: Document) -> dict[str, object]:
    names = ("id", "kind", "title", "state", "reference", "drafted_at", "issued_at", "ended_at")
    return {name: getattr(row, name) for name in names} | {"issuer": UnitRef.of(row.issuer)}


class DocumentFile(Schema):
    """A file of a document as issued."""

    form: Literal["pdf", "docx", "scan"]
    sha256: str
    size: int
    url: str = Field(description="Where it is handed out, by the same session.")


class DocumentDetail(DocumentOut):
    """A document with its files and what verifies it."""

    code: str = Field(description="What anybody may verify it by; empty before it is issued.")
    entry: UUID | None
    replaces: UUID | None
    files: list[DocumentFile]

    @classmethod
    def of(cls, row: Document) -> DocumentDetail:
        """Return the shape of one document shown whole."""
        return cls(
            **_columns(row),
            code=row.code or "",
            entry=row.entry_uid,
            replaces=row.replaces_id,
            files=[
                DocumentFile(
                    form=form,
                    sha256=file.sha256,
                    size=file.size,
                    url=reverse("portal:document-file", args=[row.pk, form]),
                )
                for form in selectors.FORMS
                if (file := getattr(row, form)) is not None
            ],
        )
