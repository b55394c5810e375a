"""The entry that an import leaves: which file, by whom, and how much of it was written."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Facts, Kind


class Imported(Facts):
    """A file was written into the house; its SHA-256 is the entry's proof."""

    batch: UUID
    template: Literal["roster", "accounts"]
    written: int
    unchanged: int
    left_out: int


IMPORTED = Kind("exchange.imported", 1, Imported, "bureau", "导入名册")


def register() -> None:
    """Make the kind known to the ledger."""
    kinds.register(IMPORTED)
