"""Long writes that leave room for others: short transactions with a rest after each.

SQLite has one writer, and who waits for it looks again after 1, 2, 5, 10, 15, 20, 25, 25, 25, 50,
50, then every 100 ms (``sqliteDefaultBusyCallback``). Within its first 228 ms a waiter therefore
never sleeps longer than 50 ms, so a rest of a little more is always noticed by everyone who came
during the hold before it. After a longer hold some sleep 100 ms at a time: the rest is longer, too.
PostgreSQL has no such queue and needs no rest.

A full garbage collection looks at every object of the process, models and dictionaries included,
and takes up to 0.2 s: twice a hold. While a long write runs, what was there before it is therefore
left out of collections, and what it makes itself is collected as always.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connection, transaction

T = TypeVar("T")

HOLD_SECONDS = 0.09
REST_SECONDS = 0.055
LONG_HOLD_SECONDS = 0.2
LONG_REST_SECONDS = 0.105


@dataclass
class Pace(Generic[T]):
    """Does ``one(item)`` for many items, several per transaction, about ``hold`` seconds at a time.

    ``after(items)`` runs last inside each transaction. What a commit sets off (numbering,
    listeners) writes in transactions of its own: it runs after a rest when both would not fit into
    one hold, and fewer items go into a transaction when it alone would not.
    """

    one: Callable[[T], None]
    after: Callable[[list[T]], None] = lambda _items: None
    hold: float = HOLD_SECONDS
    longest: float = 0.0
    transactions: int = 0
    _held: float = 0.0
    _hooks_cost: float = 0.0

    def run(self, items: Iterable[T]) -> Iterator[list[T]]:
        """Yield the items of each transaction once it is committed and its hooks have run."""
        budget, waiting = self.hold / 3, iter(items)
        with _small_collections():
            while True:
                began = time.perf_counter()
                chunk, hooks = self._transaction(waiting, began + budget)
                if not chunk:
                    return
                own = self._spent(began)
                self._breathe(self._hooks_cost)
                began = time.perf_counter()
                for hook in hooks:
                    hook()
                self._hooks_cost = self._spent(began)
                budget = self._next_budget(budget, own)
                self._breathe(budget)
                yield chunk

    def _transaction(
        self, waiting: Iterator[T], until: float
    ) -> tuple[list[T], list[Callable[[], object]]]:
        outermost = not connection.in_atomic_block
        with transaction.atomic():
            chunk = self._chunk(waiting, until)
            if chunk:
                self.after(chunk)
                self.transactions += 1
            # Inside a caller's transaction the hooks wait for its commit, as always.
            return chunk, _take_hooks() if outermost else []

    def _chunk(self, waiting: Iterator[T], until: float) -> list[T]:
        chunk: list[T] = []
        for item in waiting:
            self.one(item)
            chunk.append(item)
            if time.perf_counter() >= until:
                break
        return chunk

    def _spent(self, began: float) -> float:
        spent = time.perf_counter() - began
        self._held += spent
        self.longest = max(self.longest, self._held)
        return spent

    def _breathe(self, coming: float) -> None:
        """Rest unless what comes next still fits into the present hold."""
        if self._held + coming > self.hold:
            rest(self._held)
            self._held = 0.0

    def _next_budget(self, budget: float, own: float) -> float:
        """Aim at a transaction, and at hooks, of ``hold`` each; both grow with the items."""
        scale = self.hold / max(own, self._hooks_cost, 1e-6)
        return min(max(budget * min(scale, 1.5), 0.002), self.hold)


class _Frozen:
    """How many long writes of this process run now: the first freezes, the last lets go."""

    lock = threading.Lock()
    users = 0


@contextmanager
def _small_collections() -> Iterator[None]:
    """Keep what exists now out of garbage collections until the last long write is over."""
    with _Frozen.lock:
        _Frozen.users += 1
        if _Frozen.users == 1:
            gc.collect()  # garbage of now must not be frozen with the rest
            gc.freeze()
    try:
        yield
    finally:
        with _Frozen.lock:
            _Frozen.users -= 1
            if not _Frozen.users:
                gc.unfreeze()


def _take_hooks() -> list[Callable[[], object]]:
    """Return what waits for the commit, taken from Django, which would run it without a rest."""
    hooks: list[Callable[[], object]] = [waiting[1] for waiting in connection.run_on_commit]
    connection.run_on_commit = []
    return hooks


def rest(held: float = 0.0) -> None:
    """Let every waiting writer in, where there is only one at a time; ``held`` seconds are past."""
    if connection.vendor == "sqlite":
        time.sleep(LONG_REST_SECONDS if held > LONG_HOLD_SECONDS else REST_SECONDS)
