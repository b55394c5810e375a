"""Access tokens of a provider, kept in the process until shortly before they run out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

_EARLY_SECONDS = 300

_lock = threading.Lock()
_kept: dict[Hashable, tuple[str, float]] = {}


def token(key: Hashable, fetch: Callable[[], tuple[str, int]], *, anew: bool = False) -> str:
    """Return the token kept under ``key``, or fetch one: ``fetch`` gives it and its seconds.

    One thread fetches, the others wait: providers count these calls. ``anew`` drops the kept one.
    """
    with _lock:
        found = None if anew else _kept.get(key)
        if found and found[1] > time.monotonic():
            return found[0]
        _kept.pop(key, None)
        fresh, seconds = fetch()
        _kept[key] = (fresh, time.monotonic() + max(seconds - _EARLY_SECONDS, 0))
        return fresh


def forget_all() -> None:
    """Drop every token; for tests."""
    with _lock:
        _kept.clear()
