"""What else waits for a person: rooms above say it, Home shows it among what is owed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from anze.kernel.bus.ctx import Ctx


@dataclass(frozen=True)
class Waiting:
    """One thing: its title, whose it is, the last day, where it is done, what sort it is."""

    title: str
    unit: str
    due: date
    url: str
    note: str = ""


Tell = Callable[[Ctx], list[Waiting]]
_tellers: dict[str, Tell] = {}


def register(name: str, tell: Tell) -> None:
    """Let ``tell(ctx)`` say what waits for the actor; call it in ``ready()``.

    It is asked on each full page: one query. ``ValueError`` for a name used twice.
    """
    if _tellers.setdefault(name, tell) is not tell:
        raise ValueError(f"{name} is registered twice")


def waiting(ctx: Ctx) -> list[Waiting]:
    """Return all that waits for the actor, the nearest day first."""
    found = [one for tell in _tellers.values() for one in tell(ctx)]
    return sorted(found, key=lambda one: (one.due, one.unit, one.title))
