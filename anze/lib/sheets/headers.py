"""Finding the header of a table as people really send it: under titles, in two rows, with stars."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from anze.lib.codes import tidy
from anze.lib.sheets.model import Merge, Row, Sheet

SEARCHED_ROWS = 30

_MARKS = re.compile(r"[\s*＊★☆※:：、,，。.·_\-—/／|]+")
_HINT = re.compile(
    r"[（(【\[][^（()）】\]]*(?:必填|选填|可不填|必须|下拉|格式|如[:：]|例)[^（()）】\]]*[）)】\]]"
)
_BRACKETS = re.compile(r"[（(【\[][^（()）】\]]*[）)】\]]")
_BRACKET_CHARACTERS = str.maketrans("", "", "（）()【】[]")


@dataclass(frozen=True)
class Header:
    """Where the header is and which column holds which field; all numbers from 1.

    missing: expected fields without a column. repeated: fields that more than one column claims
    (the first is used), with the further columns. unknown: columns with a title nobody expects.
    """

    first_row: int
    last_row: int
    columns: Mapping[str, int]
    missing: Sequence[str] = ()
    repeated: Mapping[str, Sequence[int]] = field(default_factory=dict)
    unknown: Mapping[int, str] = field(default_factory=dict)


def find_header(
    rows: Sequence[Row],
    expected: Mapping[str, Sequence[str]],
    merged: Sequence[Merge] = (),
) -> Header | None:
    """Return the header among the first rows, or None if no row looks like one.

    expected: field -> the titles it may have, the usual one first. Titles are compared without
    spaces, stars, punctuation, width, case and hints such as（必填）; one with brackets, like
    电话（手机）, is first compared whole and then without them. Of all single rows and all pairs of
    rows (a group title above column titles: 负责人 over 姓名 and 电话 is known as 负责人姓名) the
    one with most fields wins; on a tie a single row before a pair, and the upper one. At least two
    fields must be found, or the only one expected.
    """
    names = _Names(expected)
    head = [row for row in rows[:SEARCHED_ROWS] if not row.hidden] or list(rows[:SEARCHED_ROWS])
    upper = _spread(head, merged)
    candidates = [
        names.match(row.number, row.number, [[text] for text in row.cells]) for row in head
    ]
    for index, below in enumerate(head[1:]):
        above = head[index]
        if below.number == above.number + 1:
            titles = _pair(upper[index], below.cells)
            candidates.append(names.match(above.number, below.number, titles))
    best = max(candidates, key=lambda header: len(header.columns), default=None)
    enough = max(1, min(2, len(expected)))
    return best if best is not None and len(best.columns) >= enough else None


class _Names:
    """The expected titles in the two forms in which they are compared."""

    def __init__(self, expected: Mapping[str, Sequence[str]]) -> None:
        self.fields = list(expected)
        self.whole: dict[str, str] = {}
        self.bare: dict[str, str] = {}
        for name, titles in expected.items():
            for title in titles:
                self.whole.setdefault(_whole(title), name)
                self.bare.setdefault(_bare(title), name)

    def match(self, first: int, last: int, titles: Sequence[Sequence[str]]) -> Header:
        """Assign columns: whole titles before bare ones, so that the exact column wins."""
        columns: dict[str, int] = {}
        repeated: dict[str, list[int]] = {}
        claimed: set[int] = set()
        for known, form in ((self.whole, _whole), (self.bare, _bare)):
            for column, variants in enumerate(titles, 1):
                found = next((known[form(t)] for t in variants if t and form(t) in known), None)
                if found is None or column in claimed:
                    continue
                if found not in columns:
                    columns[found] = column
                elif form is _whole:
                    repeated.setdefault(found, []).append(column)
                else:
                    continue
                claimed.add(column)
        unknown = {
            column: variants[-1]
            for column, variants in enumerate(titles, 1)
            if column not in claimed and variants[-1]
        }
        missing = tuple(name for name in self.fields if name not in columns)
        return Header(first, last, columns, missing, repeated, unknown)


def _whole(title: str) -> str:
    text = _MARKS.sub("", _HINT.sub("", tidy(title)))
    return text.translate(_BRACKET_CHARACTERS).lower()


def _bare(title: str) -> str:
    return _MARKS.sub("", _BRACKETS.sub("", tidy(title))).lower()


def _spread(rows: Sequence[Row], merged: Sequence[Merge]) -> list[Sequence[str]]:
    near = [merge for merge in merged if any(row.number == merge.top for row in rows)]
    return [row.cells for row in Sheet("", rows, near).spread().rows]


def _pair(upper: Sequence[str], lower: Sequence[str]) -> list[list[str]]:
    """Return for each column the titles two header rows may give it, the most specific first."""
    titles, group = [], ""
    for column in range(max(len(upper), len(lower))):
        above = upper[column] if column < len(upper) else ""
        below = lower[column] if column < len(lower) else ""
        # Without merge marks (csv) a group title stands only over the first of its columns.
        group = above or (group if below else "")
        titles.append(
            [f"{group}{below}", below or above] if below and below != group else [above or below]
        )
    return titles
