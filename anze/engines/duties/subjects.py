"""What a requirement may be owed *for each* of: posts here; classes, devices, vehicles elsewhere.

Rooms above register theirs in ``ready()``. A subject nobody registers yet has no members: the
requirement is on the board, and nothing is owed under it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from anze.engines.duties.body import Body
from anze.engines.duties.facts import Source, postings

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
    if name is None:
        return [""]
    find = _registered.get(name)
    return find(body, source, day) if find else []


def posts(body: Body, source: Source, day: date) -> list[str]:
    """Return the codes of the posts held at a body on a day, each once."""
    return sorted({str(one.facts["post"]) for one in postings(body.counted, source, day)})
