"""Entries of the ledger, proofs, checkpoints."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from anze.kernel.web.wire.base import BIG, Day, Moment, Number, Word


class EntryFilter(Schema):
    """Which entries, latest first."""

    kind: Word | None = Field(None, examples=["drill.held"])
    unit: UUID | None = None
    recorded_from: Day | None = None
    recorded_to: Day | None = Field(None, description="Inclusive.")
    live: bool | None = Field(None, description="True: only what still counts; false: the rest.")
    before: Number | None = Field(None, description="Only numbers below this: `next` of a page.")
    limit: int = Field(50, ge=1, le=200)


class EntryOut(Schema):
    """One fact of the append-only history."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "n": 1207,
                "uid": "0190a6b2-7e00-7000-8000-00000000beef",
                "kind": "drill.held",
                "label": "应急演练",
                "unit_id": "0190a6b2-7e00-7000-8000-000000000001",
                "subject": "",
                "happened": "2026-11-12T14:00:00+08:00",
                "captured": None,
                "recorded": "2026-11-12T14:31:07.120000+08:00",
                "via": "web",
                "actor": "程全",
                "op": "",
                "target": None,
                "visibility": "unit",
                "facts": {"drill_type": "fire", "participants_permille": 986},
                "proofs": [],
                "live": True,
            }
        }
    )

    n: int
    uid: UUID
    kind: str
    label: str
    unit_id: UUID | None
    subject: str
    happened: Moment
    captured: Moment | None
    recorded: Moment
    via: str
    actor: str = Field(description="Who recorded it; empty for the system or where not for you.")
    op: Literal["", "supersede", "retract"]
    target: UUID | None = Field(description="The entry that this one corrects or takes back.")
    visibility: str
    facts: dict[str, Any]
    proofs: list[str] = Field(description="SHA-256 of each proof file as it was received.")
    live: bool = Field(description="Nothing has corrected or taken it back.")


class EntryPage(Schema):
    """A page of entries; page on with `before=<next>`: stable while entries are added."""

    items: list[EntryOut]
    next: int | None = Field(description="Null on the last page.")


class ReceiptOut(Schema):
    """What one may keep of an entry: its number, leaf, and the checkpoint over it."""

    n: int
    leaf_hash: str = Field(description="RFC 6962 leaf hash, hex.")
    checkpoint_size: int | None
    checkpoint_root: str


class EntryDetail(EntryOut):
    """An entry with its chain of corrections, its receipt, and its private part where allowed."""

    chain: list[UUID] = Field(description="Original, corrections, retraction, oldest first.")
    receipt: ReceiptOut | None
    private: dict[str, Any] | None = Field(description="Null: none, erased, or not for you.")


class ProofOut(Schema):
    """Proof that an entry stands under a signed checkpoint; check it with `anze ledger`.

    A key that travels with the proof shows only that the file agrees with itself: take the log's
    key from elsewhere.
    """

    model_config = ConfigDict(extra="allow")

    format: Literal["anze-proof/1"]
    n: int
    size: int
    leaf: str = Field(description="The exact leaf bytes, as UTF-8 text.")
    path: list[str] = Field(description="Audit path, hex, from the leaf upward.")
    checkpoint: str = Field(description="The signed note with its cosignatures.")
    log: str = Field(description="Verifier key of the log.")
    event: dict[str, Any] | None = Field(None, description="The entry without its private part.")
    salt: str | None = Field(None, description="Ties the event to the leaf, hex.")


class ProtectionOut(Schema):
    """How far the history is protected against the server's own administrator."""

    witnesses: int
    size: int = Field(description="How many entries they have cosigned.")
    broken: bool = Field(description="The history is no longer what they signed.")
    text: str


class CheckpointOut(Schema):
    """The latest signed statement of size and root (C2SP tlog-checkpoint)."""

    size: int
    root: str = Field(description="Hex.")
    at: Moment
    note: str = Field(description="The signed note with its cosignatures, as text.")
    log: str = Field(description="Verifier key of the log.")
    protection: ProtectionOut


class ConsistencyFilter(Schema):
    """Between which sizes."""

    old: Annotated[int, Field(ge=1, le=BIG)] = Field(description="A size one has seen before.")


class ConsistencyOut(Schema):
    """Proof that the history of `old` entries is a prefix of the latest checkpoint's (RFC 6962)."""

    old: int
    size: int
    old_root: str
    path: list[str]
    checkpoint: str
