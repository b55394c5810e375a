"""Where in a list a page stands, and counting that stops early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True)
class Pages:
    """Where in the list the page stands; ``capped`` when the count stopped at its limit."""

    number: int
    last: int
    size: int
    total: int
    capped: bool

    @property
    def first_row(self) -> int:
        """The number of the first row shown, 0 for none."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last_row(self) -> int:
        """The number of the last row shown."""
        return min(self.number * self.size, self.total)

    @property
    def near(self) -> list[int]:
        """The page numbers worth a link: the first, the last, two on either side; 0 is a gap."""
        wanted = sorted(
            {1, self.last, *range(max(1, self.number - 2), min(self.last, self.number + 2) + 1)}
        )
        shown: list[int] = []
        for number in wanted:
            if shown and number - shown[-1] > 1:
                shown.append(0)
            shown.append(number)
        return shown


def count_up_to(rows: QuerySet[Any], limit: int) -> int:
    """Count rows, but no further than ``limit + 1``: a list of a million costs as one of 10,000."""
    return rows.order_by().values("pk")[: limit + 1].count()


def whole(text: str, otherwise: int) -> int:
    """Return the number in a query part; text, or more digits than any page has, is no number."""
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return otherwise
    return (-1 if text.strip().startswith("-") else 1) * int(digits[:9])
