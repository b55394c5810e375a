"""A table as a person sees it: sheets of numbered rows of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple


class SheetError(ValueError):
    """A file cannot be read or written as a table; the Chinese message says why and what to do."""


class Merge(NamedTuple):
    """A merged rectangle, numbered from 1, all four edges included."""

    top: int
    left: int
    bottom: int
    right: int

    def __contains__(self, cell: object) -> bool:
        return (
            isinstance(cell, tuple)
            and self.top <= cell[0] <= self.bottom
            and self.left <= cell[1] <= self.right
        )


@dataclass(frozen=True)
class Row:
    """A row that has content: its number on screen and its cells as text, column A first.

    hidden: hidden or filtered away in the file. damaged: columns (from 1) of numbers with more than
    15 digits, of which a spreadsheet has already lost the last ones.
    """

    number: int
    cells: Sequence[str]
    hidden: bool = False
    damaged: frozenset[int] = frozenset()

    def cell(self, column: int) -> str:
        """Return the text in a column (from 1); empty beyond the row's end."""
        return self.cells[column - 1] if 0 < column <= len(self.cells) else ""


@dataclass(frozen=True)
class Sheet:
    """A worksheet: its name, its rows that have content, and its merged rectangles."""

    name: str
    rows: Sequence[Row]
    merged: Sequence[Merge] = field(default_factory=tuple)
    hidden: bool = False

    def spread(self) -> Sheet:
        """Return the sheet with each merged value in all cells of its rectangle (existing rows)."""
        cells = {row.number: list(row.cells) for row in self.rows}
        for merge in self.merged:
            value = _get(cells.get(merge.top, []), merge.left)
            if value:
                for number in _present(cells, merge):
                    _put(cells[number], merge, value)
        return replace(
            self, rows=tuple(replace(row, cells=tuple(cells[row.number])) for row in self.rows)
        )


def column_name(column: int) -> str:
    """Return the letters of a column numbered from 1: 1 is A, 27 is AA."""
    if column < 1:
        raise ValueError("columns are numbered from 1")
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """Return the name on screen of a cell numbered from 1: (12, 3) is C12."""
    return f"{column_name(column)}{row}"


def _get(cells: Sequence[str], column: int) -> str:
    return cells[column - 1] if column <= len(cells) else ""


def _put(cells: list[str], merge: Merge, value: str) -> None:
    # Only as far as the widest sheet of any format reaches, whatever the file claims.
    right = min(merge.right, 16_384)
    cells.extend([""] * (right - len(cells)))
    cells[merge.left - 1 : right] = [value] * (right - merge.left + 1)


def _present(cells: dict[int, list[str]], merge: Merge) -> Iterator[int]:
    if merge.bottom - merge.top < len(cells):
        return (n for n in range(merge.top, merge.bottom + 1) if n in cells)
    return (n for n in cells if merge.top <= n <= merge.bottom)
