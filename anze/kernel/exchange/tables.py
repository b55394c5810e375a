"""A sheet as the checks see it: lines of tidied cells below a header that was understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

CellSort = Literal["text", "damaged", "error"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its tidied text, and what is wrong with it already in the file.

    ``damaged`` is a number of more than 15 digits, whose last ones are lost. ``merged`` marks a
    cell that only shows the value of a merged area it belongs to.
    """

    text: str
    sort: CellSort = "text"
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line below the header: ``number`` as on screen, cells by column number from 1."""

    sheet: str
    number: int
    cells: Mapping[int, Cell]
    hidden: bool = False


@dataclass(frozen=True)
class Table:
    """One sheet that has a header. ``columns``: field key → column number from 1."""

    sheet: str
    header_row: int
    headers: Mapping[int, str]
    columns: Mapping[str, int]
    lines: Sequence[Line]
    repeated: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Unread:
    """A line or a whole sheet that is not data; named, so that nothing is left out in silence."""

    where: str
    said: str
    why: str


@dataclass(frozen=True)
class Book:
    """A file as read: its tables, and what in it is no table."""

    tables: Sequence[Table]
    unread: Sequence[Unread]
