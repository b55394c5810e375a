"""Which lists can be acted on as a whole, and what can be done with many of their rows.

A room registers its list once, and actions for it, in ``ready()``::

    bulk.open_list(bulk.OpenList("late", "portal:late", "duties.remind", lambda ctx, query: …))
    bulk.offer("late", BulkAction("remind", "催办", "duties.remind", …))

The list then shows boxes to tick and the buttons. Nothing else is asked of a page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import QueryDict

from anze.kernel.bus.ctx import Ctx

if TYPE_CHECKING:
    from anze.kernel.web.listing import Listing


@dataclass(frozen=True)
class Preview:
    """What an action would do with some rows, before anything is done.

    ``keys`` are the rows it will be done to, ``skipped`` why the others will not: reason → how
    many. ``lines`` tells what in words and numbers, ``notes`` what else to know.
    """

    keys: Sequence[str]
    skipped: Mapping[str, int] = field(default_factory=dict)
    lines: Sequence[tuple[str, int]] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of the rows of one chunk: ``done``, and key → why it was passed over."""

    done: frozenset[str]
    skipped: Mapping[str, str] = field(default_factory=dict)


Show = Callable[[Ctx, QuerySet[Any]], Preview]
Do = Callable[[Ctx, Sequence[str], str], Outcome]


@dataclass(frozen=True)
class BulkAction:
    """Something that can be done to many rows of one list.

    ``do(ctx, keys, client_id)`` runs inside a short transaction and judges each row by the actor's
    rights once more; a repeat with the same ``client_id`` must change nothing. ``undo`` takes the
    keys that were done, within ``undo_for``; without it ``warning`` says beforehand that there is
    no way back. ``asks`` is false for what is harmless: it is done at once and can be undone.
    ``said`` and ``unsaid`` tell the result; ``{n}`` is how many.
    """

    code: str
    label: str
    action: str
    preview: Show
    do: Do
    undo: Do | None = None
    undo_for: timedelta = timedelta(minutes=30)
    icon: str = "check"
    chunk: int = 50
    asks: bool = True
    warning: str = ""
    said: str = "已办 {n} 项"
    unsaid: str = "已撤销 {n} 项"

    def __post_init__(self) -> None:
        if self.undo is None and not (self.warning and self.asks):
            raise ValueError(f"{self.code}: what cannot be undone must warn and ask first")


@dataclass(frozen=True)
class OpenList:
    """A list that can be made again from its address alone: its route, action and maker."""

    key: str
    route: str
    action: str
    make: Callable[[Ctx, QueryDict], Listing[Any]]


_lists: dict[str, OpenList] = {}
_actions: dict[str, dict[str, BulkAction]] = {}


def open_list(one: OpenList) -> None:
    """Let a list be acted on; ``ValueError`` for a key used twice."""
    if _lists.setdefault(one.key, one) is not one:
        raise ValueError(f"list {one.key} is opened twice")


def offer(listing: str, action: BulkAction) -> None:
    """Offer an action on a list; ``ValueError`` for a code used twice."""
    if _actions.setdefault(listing, {}).setdefault(action.code, action) is not action:
        raise ValueError(f"{listing} offers {action.code} twice")


def opened(listing: str) -> OpenList | None:
    """Return the list of a key; None when it was not opened."""
    return _lists.get(listing)


def find(listing: str, code: str) -> BulkAction | None:
    """Return an action of a list; None when there is none of that code."""
    return _actions.get(listing, {}).get(code)


def offered(ctx: Ctx, listing: str) -> list[BulkAction]:
    """Return what the actor may do on a list somewhere; rows are judged one by one later."""
    return [one for one in _actions.get(listing, {}).values() if ctx.holds(one.action)]
