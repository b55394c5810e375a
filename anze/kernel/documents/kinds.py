"""The entries a document leaves: issued with these bytes, ended later, sealed on paper."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Closed, Code, Facts, Kind, Private

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Closed("code")]


class Issued(Facts):
    """A document's number within its series, and the SHA-256 of both files as issued.

    A later entry of the kind supersedes it when the document is declared void or is replaced.
    """

    document: UUID
    kind: Code
    year: int
    number: int
    pdf: Sha256
    docx: Sha256
    status: Literal["valid", "void", "replaced"]
    reason: Code | None = None
    by: UUID | None = None


class IssuedWords(Private):
    """文号 and title: words, which may name people, so they can be erased."""

    reference: str
    title: str
    why: str = ""


class Sealed(Facts):
    """The scanned original with its seal is kept; its SHA-256 is the entry's proof."""

    document: UUID
    sha256: Sha256


ISSUED = Kind("documents.issued", 1, Issued, "unit", "公文签发", IssuedWords)
SEALED = Kind("documents.sealed", 1, Sealed, "unit", "盖章扫描件")


def register() -> None:
    """Make the kinds known to the ledger."""
    kinds.register(ISSUED)
    kinds.register(SEALED)
