"""What a requirement may be owed *for each* of: posts here; classes, devices, vehicles elsewhere.

Rooms above register theirs in ``ready()``; a pack that names an unregistered one is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from anze.engines.duties.body import Body
from anze.engines.duties.facts import BEGINNING, PostHeld, Source

Subjects = Callable[[Body, Source, date], list[str]]
_registered: dict[str, Subjects] = {}


def register(name: str, find: Subjects) -> None:
    """Make a subject known under the name packs use after ``for_each:``."""
    _registered[name] = find


def names() -> frozenset[str]:
    """Return the names packs may use after ``for_each:``."""
    return frozenset(_registered)


def of(name: str | None, body: Body, source: Source, day: date) -> list[str]:
    """Return the subjects of a body on a day; ``[""]`` when the duty is the body's own."""
    return [""] if name is None else _registered[name](body, source, day)


def posts(body: Body, source: Source, day: date) -> list[str]:
    """Return the codes of the posts held at a body on a day, each once."""
    ended = {
        fact.facts["holding"]: fact.facts["valid_to"]
        for fact in source.facts(PostHeld.ENDED, body.counted, BEGINNING, date.max)
    }
    held = set()
    for given in source.facts(PostHeld.GIVEN, body.counted, BEGINNING, date.max):
        until = ended.get(given.facts["holding"], given.facts.get("valid_to", "9999-12-31"))
        if given.facts["valid_from"] <= day.isoformat() <= until:
            held.add(str(given.facts["post"]))
    return sorted(held)
