"""The quick way: every place of the menu and, by a few letters, what rooms above can find.

Letters match the name, the whole pinyin or its initials: 看板, kanban, kb.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache

from django.http import HttpRequest

from anze.kernel.bus.ctx import Ctx
from anze.kernel.units.names import pinyin_of
from anze.kernel.web import nav

LONGEST = 40


@dataclass(frozen=True)
class Place:
    """Somewhere to go; ``keys`` is what may be typed for it, lower case, blanks between."""

    label: str
    url: str
    group: str
    keys: str


Finder = Callable[[Ctx, str], Sequence[Place]]
_finders: dict[str, Finder] = {}


def register(name: str, finder: Finder) -> None:
    """Let a room above find things by the letters typed; few, and in one query."""
    if _finders.setdefault(name, finder) is not finder:
        raise ValueError(f"finder {name} is registered twice")


def places(request: HttpRequest, ctx: Ctx, asked: str) -> list[dict[str, str]]:
    """Return the places of the menu, and with letters also what the finders know."""
    found = [_menu(line) for line in nav.lines(request, ctx, counted=False)]
    letters = asked.replace("\x00", "").strip().lower()[:LONGEST]
    if letters:
        found += [one for finder in _finders.values() for one in finder(ctx, letters)]
    return [asdict(one) for one in found]


def _menu(line: nav.Line) -> Place:
    label = line.entry.label
    return Place(label, line.url, nav.GROUPS[line.entry.group] or "常用", _keys(label))


@cache
def _keys(label: str) -> str:
    return " ".join((label.lower(), *pinyin_of(label)))
