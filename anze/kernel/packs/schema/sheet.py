"""Sheets of a superior authority: their columns, word for word, and what stands in each."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from anze.kernel.packs.schema.base import Bool, Line, Name, Part, RequirementRef, SourceRef, Text


class Wording(Part):
    """What we call something, and what they do."""

    ours: Line
    theirs: Line


class SheetColumn(Part):
    """One column of theirs: a value of our list, the same words everywhere, or a running number.

    ``words`` turns our words into theirs; with it, a word it does not know is a fault. ``empty``
    is written where we know nothing; a ``required`` cell that stays empty is a fault.
    """

    title: Line
    take: Name | None = None
    fixed: Line | None = None
    number: Bool = False
    words: tuple[Wording, ...] = ()
    empty: Line | None = None
    required: Bool = False
    form: Literal["text", "number", "day"] = "text"
    width: int = Field(16, ge=4, le=60)

    @model_validator(mode="after")
    def _one_origin(self) -> SheetColumn:
        if sum((self.take is not None, self.fixed is not None, self.number)) != 1:
            raise ValueError("每列只能有一个来处：take、fixed 或 number")
        if self.take is None and (self.words or self.empty or self.required):
            raise ValueError("words、empty、required 只用于 take 的列")
        return self


class Sheet(Part):
    """One report upward (上报表): the rows of one of our lists in the authority's columns.

    ``rows`` is the kind of list (``roster``, ``accounts``, a register's). ``above`` are the lines
    over the header; ``{unit}`` and ``{day}`` stand for who reports and when.
    """

    ref: RequirementRef
    title: Line
    authority: Line
    source: SourceRef
    note: Text | None = None
    rows: Name
    tab: Line = "Sheet1"
    above: tuple[Line, ...] = Field((), max_length=6)
    columns: tuple[SheetColumn, ...] = Field(min_length=1, max_length=80)

    @model_validator(mode="after")
    def _titles_differ(self) -> Sheet:
        titles = [column.title for column in self.columns]
        if twice := {title for title in titles if titles.count(title) > 1}:
            raise ValueError(f"列名重复：{'、'.join(sorted(twice))}")
        return self
