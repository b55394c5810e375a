"""What goes over the wire about imports."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from ninja import Field, Schema

from anze.kernel.exchange.models import ImportBatch
from anze.kernel.web.wire.base import Moment, Slug, UnitRef

State = Literal[
    "parsed", "checked", "committing", "done", "failed", "cancelled", "undoing", "undone"
]


class ImportFilter(Schema):
    """Which batches."""

    kind: Slug | None = None
    state: State | None = None


class ImportOut(Schema):
    """One uploaded file and what became of it."""

    id: UUID
    kind: str
    scope: UnitRef
    file_name: str
    sha256: str
    state: State
    counts: dict[str, int] = Field(description="Lines by outcome at the last check.")
    done: int = Field(description="Lines written so far.")
    total: int
    undone: int = Field(description="Lines taken back so far.")
    undo_begun: Moment | None
    message: str
    created: Moment
    finished: Moment | None

    @classmethod
    def of(cls, row: ImportBatch) -> ImportOut:
        """Return the shape of a batch."""
        names = ("id", "kind", "file_name", "sha256", "state", "done", "total", "undone",
                 "undo_begun", "message", "created", "finished")  # fmt: skip
        same = {name: getattr(row, name) for name in names}
        return cls(**same, scope=UnitRef.of(row.scope), counts=row.count)
