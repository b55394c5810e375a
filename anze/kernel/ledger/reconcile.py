"""Reconciliation: rooms above compare their tables with the ledger; any drift is a bug."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from anze.kernel.bus.ctx import Ctx


@dataclass(frozen=True)
class Drift:
    """One place where a table and the ledger disagree. ``entry`` is a uid or empty."""

    where: str
    what: str
    entry: str = ""


Reconciler = Callable[[Ctx], Iterator[Drift]]
_reconcilers: dict[str, Reconciler] = {}


def register(name: str, find: Reconciler) -> None:
    """Add a reconciler, called with a system context. The name is its room's label."""
    if _reconcilers.get(name, find) is not find:
        raise ValueError(f"reconciler {name!r} is registered twice")
    _reconcilers[name] = find


def names() -> list[str]:
    """Return the registered names, sorted."""
    return sorted(_reconcilers)


def run(ctx: Ctx, only: str = "") -> Iterator[tuple[str, Drift]]:
    """Yield (reconciler, drift) for every disagreement found."""
    for name in [only] if only else names():
        for drift in _reconcilers[name](ctx):
            yield name, drift
