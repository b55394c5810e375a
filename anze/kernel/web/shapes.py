"""What the larger components take: plain frozen values, built by selectors and views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

StepState = Literal["done", "current", "todo"]


@dataclass(frozen=True)
class Step:
    """One station of a flow; ``note`` says who and when, or until when."""

    label: str
    state: StepState
    note: str = ""


@dataclass(frozen=True)
class Happening:
    """One line of a timeline, newest or oldest first as the page wants it."""

    when: datetime | date
    title: str
    text: str = ""
    icon: str = "circle"
    url: str = ""
    who: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Cell:
    """One square of a heat map.

    ``asked`` things were asked and ``met`` of them are met; ``asked == 0`` is an empty square, or a
    holiday when ``off`` is set. ``later`` marks a period that has not ended. ``title`` is read out.
    """

    asked: int = 0
    met: int = 0
    off: bool = False
    later: bool = False
    url: str = ""
    title: str = ""

    @property
    def lacking(self) -> int:
        """How many things are not met."""
        return max(self.asked - self.met, 0)

    @property
    def tone(self) -> str:
        """The class of the square: off, none, later, or h0 (all met) … h4 (three quarters lack)."""
        if self.off:
            return "off"
        if not self.asked:
            return "none"
        if not self.lacking:
            return "h0"
        if self.later:
            return "later"
        return f"h{min(4, 1 + 4 * self.lacking // (self.asked + 1))}"

    @property
    def spoken(self) -> str:
        """The square in words."""
        # What is shown in the square has to be part of what is read out.
        lacks = f"，缺 {self.lacking} 项" if self.lacking else ""
        if self.title:
            return self.title + lacks
        if self.off:
            return "放假"
        if not self.asked:
            return "无要求"
        return f"应办 {self.asked}，已办 {self.met}{lacks}"


@dataclass(frozen=True)
class HeatRow:
    """One line of a heat map: a unit and a cell for each column."""

    label: str
    cells: Sequence[Cell]
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class HeatColumn:
    """One column of a heat map; ``group`` is written above the first column of each group."""

    label: str
    group: str = ""
    title: str = ""
    current: bool = False


@dataclass(frozen=True)
class HeatMap:
    """Rows × columns, such as unit × week."""

    columns: Sequence[HeatColumn]
    rows: Sequence[HeatRow]
    corner: str = "单位"
    caption: str = ""

    @property
    def groups(self) -> list[tuple[str, int]]:
        """Runs of columns of the same group with their widths; empty when no column has one."""
        runs: list[tuple[str, int]] = []
        for column in self.columns:
            if runs and runs[-1][0] == column.group:
                runs[-1] = (column.group, runs[-1][1] + 1)
            else:
                runs.append((column.group, 1))
        return runs if any(group for group, _ in runs) else []


@dataclass(frozen=True)
class Branch:
    """One node of a tree of units."""

    label: str
    url: str = ""
    note: str = ""
    icon: str = "building"
    current: bool = False
    open: bool = False
    children: Sequence[Branch] = field(default_factory=tuple)
