"""The main menu: rooms above put their entries in, pages show those the actor may open.

An entry names the action it needs; it is shown when the actor holds that action somewhere. The
rooms below this one have no entries of their own: the portal registers their pages. A count is a
function of ``Ctx``, asked once per full page and never for a fragment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Problem

GROUPS: dict[str, str] = {
    "work": "",
    "oversee": "监管",
    "record": "记录与台账",
    "system": "系统",
}


@dataclass(frozen=True)
class Entry:
    """One line of the menu.

    ``route`` is a URL name without arguments, ``group`` a key of ``GROUPS``, ``order`` sorts inside
    the group, ``dock`` puts it into the bottom bar of phones (the first four such entries are
    shown), ``count`` gives the number of things waiting there (0 hides the number).
    """

    key: str
    label: str
    icon: str
    route: str
    action: str = ""
    group: str = "work"
    order: int = 100
    dock: bool = False
    short: str = ""
    count: Callable[[Ctx], int] | None = None


@dataclass(frozen=True)
class Line:
    """An entry as this request sees it."""

    entry: Entry
    url: str
    current: bool
    count: int

    @property
    def short(self) -> str:
        """The label under the icon in the bottom bar."""
        return self.entry.short or self.entry.label

    @property
    def shown_count(self) -> str:
        """The count as text: nothing for 0, ``99+`` above 99."""
        if not self.count:
            return ""
        return str(self.count) if self.count < 100 else "99+"


_entries: dict[str, Entry] = {}


def register(*entries: Entry) -> None:
    """Put entries into the menu; call it in ``ready()``. ``ValueError`` for a key used twice."""
    for entry in entries:
        if entry.group not in GROUPS:
            raise ValueError(f"menu entry {entry.key}: no group {entry.group!r}")
        if _entries.get(entry.key, entry) != entry:
            raise ValueError(f"menu entry {entry.key} is registered twice")
        _entries[entry.key] = entry


def entries() -> list[Entry]:
    """Return all entries in the order of the menu."""
    groups = list(GROUPS)
    return sorted(_entries.values(), key=lambda e: (groups.index(e.group), e.order, e.key))


def lines(request: HttpRequest, ctx: Ctx) -> list[Line]:
    """Return the entries the actor may open, the nearest one to the address marked current."""
    shown = [(entry, _address(entry)) for entry in entries() if _may_open(entry, ctx)]
    here = _nearest(request.path, [url for _, url in shown if url])
    return [
        Line(entry, url, url == here, entry.count(ctx) if entry.count else 0)
        for entry, url in shown
        if url
    ]


def _may_open(entry: Entry, ctx: Ctx) -> bool:
    if not entry.action:
        return True
    try:
        # Without a unit the question is whether he holds the action at all; no tree is walked.
        ctx.access.check(entry.action, None)
    except Problem:
        return False
    return True


def _address(entry: Entry) -> str:
    try:
        return reverse(entry.route)
    except NoReverseMatch:
        return ""


def _nearest(path: str, urls: list[str]) -> str:
    """Return the longest address that ``path`` lies under; the root only matches itself."""
    under = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    return max(under, key=len, default="")
