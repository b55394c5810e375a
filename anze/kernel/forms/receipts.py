"""What a receipt says beyond the entry: rooms above add sections, this room shows them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from anze.kernel.bus.ctx import Ctx
from anze.kernel.forms.models import Submission
from anze.kernel.ledger.models import Entry

log = logging.getLogger("anze.forms")


@dataclass(frozen=True)
class Line:
    """One thing said; ``url`` leads to its why, ``state`` is a name of ``web.states`` or empty."""

    text: str
    url: str = ""
    note: str = ""
    state: str = ""


@dataclass(frozen=True)
class Section:
    """A titled list on a receipt; ``empty`` is said when there are no lines."""

    title: str
    lines: Sequence[Line] = ()
    empty: str = ""


Tell = Callable[[Ctx, Submission, Entry], Section | None]
_tellers: dict[str, Tell] = {}


def add_section(name: str, tell: Tell) -> None:
    """Let ``tell(ctx, submission, entry)`` add a section; called in ``ready()``, idempotent."""
    _tellers[name] = tell


def remove_section(name: str) -> None:
    """Take a section out again (tests)."""
    _tellers.pop(name, None)


def receipt_sections(ctx: Ctx, submission: Submission, entry: Entry) -> list[Section]:
    """Return the sections in order of name.

    One that fails is logged and left out: the entry stands, whatever cannot be said about it.
    """
    found = []
    for name in sorted(_tellers):
        try:
            section = _tellers[name](ctx, submission, entry)
        except Exception:
            log.exception("receipt section %s failed for %s", name, submission.id)
            continue
        if section is not None:
            found.append(section)
    return found
