"""The main menu: rooms above put their entries in, pages show those the actor may open.

An entry names the action it needs; it is shown when the actor holds that action somewhere. The
rooms below this one have no entries of their own: the portal registers their pages. A count is a
function of ``Ctx``, asked once per full page and never for a fragment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import NoReverseMatch, is_valid_path, reverse

from anze.kernel.bus.ctx import Ctx

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


@dataclass(frozen=True)
class Foot:
    """A quiet link at the foot of every page: it is given the page's path as ``?from=``."""

    key: str
    label: str
    route: str
    action: str


_entries: dict[str, Entry] = {}
_feet: dict[str, Foot] = {}


def register(*entries: Entry) -> None:
    """Put entries into the menu; call it in ``ready()``. ``ValueError`` for a key used twice."""
    for entry in entries:
        if entry.group not in GROUPS:
            raise ValueError(f"menu entry {entry.key}: no group {entry.group!r}")
        if _entries.get(entry.key, entry) != entry:
            raise ValueError(f"menu entry {entry.key} is registered twice")
        _entries[entry.key] = entry


def add_foot(foot: Foot) -> None:
    """Put a link at the foot of every page; ``ValueError`` for a key used twice."""
    if _feet.setdefault(foot.key, foot) != foot:
        raise ValueError(f"foot {foot.key} is registered twice")


def feet(ctx: Ctx, path: str) -> list[tuple[str, str]]:
    """Return (label, address) of the links at the foot of the page at ``path``.

    An address that is none of ours goes no further: it may hold anything somebody typed.
    """
    came = "?" + urlencode({"from": path}) if is_valid_path(path) else ""
    shown = [(foot.label, _reverse(foot.route), foot.action) for foot in _feet.values()]
    return [(label, f"{url}{came}") for label, url, needed in shown if url and ctx.holds(needed)]


def label_of(path: str) -> str:
    """Return the label of the menu entry nearest to a path, whoever may open it; or nothing."""
    labels = {_address(entry): entry.label for entry in entries()}
    return labels.get(_nearest(path, [url for url in labels if url]), "")


def entries() -> list[Entry]:
    """Return all entries in the order of the menu."""
    groups = list(GROUPS)
    return sorted(_entries.values(), key=lambda e: (groups.index(e.group), e.order, e.key))


def lines(request: HttpRequest, ctx: Ctx, *, counted: bool = True) -> list[Line]:
    """Return the entries the actor may open, the nearest one to the address marked current."""
    shown = [(entry, _address(entry)) for entry in entries() if _may_open(entry, ctx)]
    here = _nearest(request.path, [url for _, url in shown if url])
    return [
        Line(entry, url, url == here, entry.count(ctx) if entry.count and counted else 0)
        for entry, url in shown
        if url
    ]


def _may_open(entry: Entry, ctx: Ctx) -> bool:
    return not entry.action or ctx.holds(entry.action)


def _address(entry: Entry) -> str:
    return _reverse(entry.route)


def _reverse(route: str) -> str:
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def _nearest(path: str, urls: list[str]) -> str:
    """Return the longest address that ``path`` lies under; the root only matches itself."""
    under = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    return max(under, key=len, default="")
