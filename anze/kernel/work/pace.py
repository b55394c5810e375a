"""Long writes that leave room for others: short transactions with a rest after each.

SQLite has one writer, and who waits for it looks again after 1, 2, 5, 10, 15, 20, 25, 25, 25, 50,
50, then every 100 ms (``sqliteDefaultBusyCallback``). Within its first 228 ms a waiter therefore
never sleeps longer than 50 ms, so a rest of a little more is always noticed by everyone who came
during the hold before it. PostgreSQL has no such queue and needs no rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connection, transaction

T = TypeVar("T")

HOLD_SECONDS = 0.11
REST_SECONDS = 0.055


@dataclass
class Pace(Generic[T]):
    """Does ``one(item)`` for many items, several per transaction, within ``hold`` seconds each.

    The time of a transaction includes what its commit sets off (numbering, listeners), which is
    known only afterwards; so the share left for items is learned and kept below the hold.
    ``after(items)`` runs last inside each transaction.
    """

    one: Callable[[T], None]
    after: Callable[[list[T]], None] = lambda _items: None
    hold: float = HOLD_SECONDS
    longest: float = 0.0
    transactions: int = 0

    def run(self, items: Iterable[T]) -> Iterator[list[T]]:
        """Yield the items of each transaction once it is committed and its rest is over."""
        budget, waiting, held = self.hold / 3, iter(items), True
        while held:
            began = time.perf_counter()
            with transaction.atomic():
                chunk = self._chunk(waiting, began + budget)
                inside = time.perf_counter() - began
                if chunk:
                    self.after(chunk)
            whole = time.perf_counter() - began
            held = bool(chunk)
            if chunk:
                self.longest = max(self.longest, whole)
                self.transactions += 1
                budget = self._next_budget(budget, inside, whole)
                rest()
                yield chunk

    def _chunk(self, waiting: Iterator[T], until: float) -> list[T]:
        chunk: list[T] = []
        for item in waiting:
            self.one(item)
            chunk.append(item)
            if time.perf_counter() >= until:
                break
        return chunk

    def _next_budget(self, budget: float, inside: float, whole: float) -> float:
        """Aim at a whole of ``hold``, whether the commit costs a share of the items or a sum."""
        aimed = min(inside * self.hold / max(whole, 1e-6), self.hold - (whole - inside))
        return min(max((budget + aimed) / 2, 0.002), self.hold)


def rest() -> None:
    """Let every waiting writer in, where there is only one at a time."""
    if connection.vendor == "sqlite":
        time.sleep(REST_SECONDS)
