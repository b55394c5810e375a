"""The columns of a list: where a value comes from, how a page shows it, what a file gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Column:
    """One column.

    ``value`` is an attribute path (``unit.name``; methods without arguments are called) or a
    function of the row, by default ``key``. ``show`` makes the cell's HTML when the value alone is
    not enough, ``export`` the value written to a file. ``sort`` names the fields to order by; an
    empty one cannot be sorted. On a phone the cell is the card's ``title``, its ``side``, a
    ``line`` with the label in front, or hidden.
    """

    key: str
    label: str
    value: str | Callable[[Any], Any] = ""
    sort: str | tuple[str, ...] = ()
    show: Callable[[Any], object] | None = None
    export: Callable[[Any], object] | None = None
    link: bool = False
    number: bool = False
    tight: bool = False
    phone: Literal["title", "side", "line", "hide"] = "line"
    shown: bool = True
    exported: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields this column is ordered by."""
        return (self.sort,) if isinstance(self.sort, str) and self.sort else tuple(self.sort)

    @property
    def css(self) -> str:
        """The classes of its cells."""
        return " ".join(
            name for name, wanted in (("az-num", self.number), ("az-tight", self.tight)) if wanted
        )

    def of(self, row: Any) -> Any:
        """Return the plain value of this column in ``row``."""
        if callable(self.value):
            return self.value(row)
        return walk(row, self.value or self.key)

    def cell(self, row: Any) -> object:
        """Return what the page shows: marked-up HTML, or a value that the template escapes."""
        shown = self.show(row) if self.show else self.of(row)
        return "—" if shown is None or shown == "" else shown

    def written(self, row: Any) -> object:
        """Return what a file gets."""
        return self.export(row) if self.export else self.of(row)


def walk(row: Any, path: str) -> Any:
    """Return the value at a dotted path of attributes or keys; ``None`` where the path ends."""
    for part in path.split("."):
        row = row.get(part) if isinstance(row, dict) else getattr(row, part)
        if callable(row):
            row = row()
        if row is None:
            return None
    return row
