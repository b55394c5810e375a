"""The entries that files leave: what was written from one, what was taken back, what left."""

from __future__ import annotations

from uuid import UUID

from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Code, Facts, Kind


class Imported(Facts):
    """A file was written into the house; its SHA-256 is the entry's proof."""

    batch: UUID
    template: Code
    written: int
    unchanged: int
    left_out: int


class Undone(Facts):
    """An imported file was taken back: ``undone`` lines of it; ``kept`` had been used since."""

    batch: UUID
    template: Code
    undone: int
    kept: int


class Reported(Facts):
    """A list left in the columns of a superior authority; ``missing`` cells stayed empty."""

    sheet: Code
    version: Code
    rows: int
    missing: int
    sha256: Code


IMPORTED = Kind("exchange.imported", 1, Imported, "bureau", "导入名册")
UNDONE = Kind("exchange.undone", 1, Undone, "bureau", "撤销导入")
REPORTED = Kind("exchange.reported", 1, Reported, "bureau", "导出上报表")


def register() -> None:
    """Make the kinds known to the ledger."""
    for kind in (IMPORTED, UNDONE, REPORTED):
        kinds.register(kind)
