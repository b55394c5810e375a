"""The one shape of a document: frozen data that both the PDF and the Word file are written from.

Nothing here knows how a page looks. Headings are numbered in one place (``marked``), so that both
files say 一、（一）1.（1）alike. Texts are plain: whatever they hold comes out as text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pydantic import TypeAdapter

from anze.lib import charts, numerals


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 4; its mark is given by its place, never typed."""

    text: str
    level: Literal[1, 2, 3, 4] = 1
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Para:
    """A paragraph of running text; line breaks in it begin new paragraphs."""

    text: str
    kind: Literal["para"] = "para"


@dataclass(frozen=True)
class Table:
    """A table whose head is repeated on every page. ``weights`` share out the width."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    weights: tuple[int, ...] = ()
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Figure:
    """A chart."""

    chart: charts.Chart
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True)
class Break:
    """What follows begins on a new page."""

    kind: Literal["break"] = "break"


Block = Heading | Para | Table | Figure | Break


@dataclass(frozen=True)
class Paper:
    """A document without its number: what is drafted, read over, and at last issued.

    ``letter`` has the red head of an official letter (GB/T 9704-2012), ``book`` a cover with
    ``cover`` as its lines. ``to`` is 主送, ``copy_to`` 抄送, ``annexes`` 附件说明, ``printed_by``
    印发机关.
    """

    issuer: str
    title: str
    blocks: tuple[Block, ...]
    layout: Literal["letter", "book"] = "letter"
    to: str = ""
    signed: str = ""
    annexes: tuple[str, ...] = ()
    note: str = ""
    copy_to: str = ""
    printed_by: str = ""
    cover: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Stamp:
    """What an issued document carries besides: 文号, day of issue, code and address to verify."""

    reference: str
    day: date
    code: str
    url: str


_PAPER: TypeAdapter[Paper] = TypeAdapter(Paper)
_BREAKS = re.compile(r"[\r\n\x0b\x0c\x85\u2028\u2029]+")
_SPACES = re.compile(r"[\s\u00a0]+")
_DROPPED = frozenset({"Cc", "Cs", "Cn", "Co"})
_DIRECTIONS = frozenset(
    "\u200b\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def written(paper: Paper) -> str:
    """Return the paper as JSON text, to be kept."""
    return _PAPER.dump_json(paper).decode()


def read(text: str) -> Paper:
    """Return the paper that ``written`` gave."""
    return _PAPER.validate_json(text)


def plain(text: str) -> str:
    """Return text as one line that every format can hold.

    Control characters, lone surrogates, unassigned and private-use characters and those that turn
    the direction of writing are dropped: none of them is text, and some break a file.
    """
    return _SPACES.sub(" ", "".join(_kept(_BREAKS.sub(" ", text)))).strip()


def _kept(text: str) -> Iterator[str]:
    for one in text:
        if one.isspace() or (unicodedata.category(one) not in _DROPPED and one not in _DIRECTIONS):
            yield one


def lines(text: str) -> list[str]:
    """Return the paragraphs of a text, empty ones left out."""
    return [line for part in _BREAKS.split(text) if (line := plain(part))]


def tidy(paper: Paper) -> Paper:
    """Return the paper with every text plain, long paragraphs parted and tables made even.

    Raises ValueError when there is no title or no issuer.
    """
    tidied = replace(
        paper,
        issuer=plain(paper.issuer),
        title=plain(paper.title),
        blocks=tuple(one for block in paper.blocks for one in _tidied(block)),
        to=plain(paper.to),
        signed=plain(paper.signed),
        annexes=tuple(plain(one) for one in paper.annexes),
        note=plain(paper.note),
        copy_to=plain(paper.copy_to),
        printed_by=plain(paper.printed_by),
        cover=tuple((plain(name), plain(text)) for name, text in paper.cover),
    )
    if not tidied.title or not tidied.issuer:
        raise ValueError("a document has a title and an issuer")
    return tidied


def _tidied(block: Block) -> Iterable[Block]:
    if isinstance(block, Para):
        return [Para(line) for line in lines(block.text)]
    if isinstance(block, Heading):
        return [replace(block, text=plain(block.text))]
    if isinstance(block, Table):
        return [_even(block)]
    return [block]


def _even(table: Table) -> Table:
    """Give every row as many cells as the head has: what is more would fall off the page."""
    columns = len(table.heads)
    if not columns:
        raise ValueError("a table has columns")
    if any(len(row) > columns for row in table.rows):
        raise ValueError(f"{table.title}: a row has more cells than the head")
    weights = table.weights if len(table.weights) == columns else (1,) * columns
    return replace(
        table,
        title=plain(table.title),
        heads=tuple(plain(one) for one in table.heads),
        rows=tuple(
            tuple(plain(one) for one in row) + ("",) * (columns - len(row)) for row in table.rows
        ),
        weights=tuple(max(1, one) for one in weights),
    )


def marked(blocks: Iterable[Block]) -> Iterator[tuple[Block, str]]:
    """Yield each block with the text it begins with: a heading's mark and words, else nothing."""
    counts = [0, 0, 0, 0]
    for block in blocks:
        if not isinstance(block, Heading):
            yield block, ""
            continue
        place = block.level - 1
        counts[place] += 1
        counts[place + 1 :] = [0] * (3 - place)
        yield block, numerals.heading(block.level, counts[place]) + block.text


def day_text(day: date) -> str:
    """Return a day as documents write it: 2026年3月5日, without zeros in front."""
    return f"{day.year}年{day.month}月{day.day}日"
