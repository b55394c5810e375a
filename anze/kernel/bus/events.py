"""News that goes upward: a lower floor announces, an upper floor listens.

A listener that runs ``now`` shares the caller's transaction and may refuse by raising; one that
runs ``after_commit`` cannot undo anything: what it raises is logged and left to the sweep.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from django.db import transaction

log = logging.getLogger("anze.bus")


@dataclass(frozen=True)
class Event:
    """Base of all news; subclasses are frozen dataclasses of plain values."""


E = TypeVar("E", bound=Event)
When = Literal["now", "after_commit"]
_listeners: dict[type[Event], list[tuple[When, Callable[[Event], object]]]] = defaultdict(list)


def listen(kind: type[E], hear: Callable[[E], object], when: When = "now") -> None:
    """Call ``hear(event)`` for each announced event of exactly this class. Idempotent."""
    pair = (when, hear)
    if pair not in _listeners[kind]:
        _listeners[kind].append(pair)  # type: ignore[arg-type]


def announce(event: Event) -> None:
    """Tell every listener, those ``now`` at once and in order of registration."""
    for when, hear in _listeners[type(event)]:
        if when == "now":
            hear(event)
        else:
            transaction.on_commit(lambda hear=hear: _guarded(hear, event))  # type: ignore[misc]


def _guarded(hear: Callable[[Event], object], event: Event) -> None:
    try:
        hear(event)
    except Exception:
        log.exception("listener %s failed on %s", getattr(hear, "__qualname__", hear), event)
