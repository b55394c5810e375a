"""What is wrong with a pack, where, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

MOST = 200  # more than this many lines help nobody


@dataclass(frozen=True, order=True)
class Fault:
    """One finding: file and line, the entry it stands in, the field, what is wrong, what to do."""

    file: str
    line: int
    entry: str
    field: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        inside = " ".join(part for part in (self.entry, self.field) if part)
        text = f"{place} [{inside}] {self.message}" if inside else f"{place} {self.message}"
        return f"{text}（{self.remedy}）" if self.remedy else text


class PackError(Exception):
    """A pack is refused, whole. ``faults`` holds everything found, in the order of the files."""

    def __init__(self, name: str, faults: Iterable[Fault]) -> None:
        self.pack = name
        self.faults = tuple(sorted(set(faults)))
        shown = [str(fault) for fault in self.faults[:MOST]]
        more = len(self.faults) - len(shown)
        tail = [f"……另有 {more} 处"] if more > 0 else []
        super().__init__(
            "\n".join([f"制度包 {name} 有 {len(self.faults)} 处问题：", *shown, *tail])
        )


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a remedy naming the known word nearest to a wrong one, or an empty string."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"是不是 {close[0]}？" if close else ""
