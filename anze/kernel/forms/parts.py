"""Parts of entries that core kinds and those of packs share."""

from __future__ import annotations

from datetime import date

from anze.kernel.ledger.kinds import Code, Facts, Private


class Told(Private):
    """Answers in free words by field name, and notes to items of a check list by item code."""

    answers: dict[str, str | tuple[str, ...]] = {}
    notes: dict[str, str] = {}


class Proposed(Facts):
    """The day by which a failed item is to be put right, proposed on the spot."""

    item: Code
    by: date
