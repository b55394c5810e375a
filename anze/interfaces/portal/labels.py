"""What kinds of entries are called, those of packs included, in one query for a whole page."""

from __future__ import annotations

from collections.abc import Callable

from anze.kernel.ledger import kinds
from anze.kernel.packs import selectors as packs


def of_packs() -> dict[str, str]:
    """Return the kinds forms of loaded packs define, with their titles. One query."""
    found: dict[str, str] = {}
    for digest in packs.loaded().values_list("hash", flat=True):
        pack = packs.by_hash(digest)
        for form in pack.forms:
            if form.records is None:
                found[form.kind(pack.issuer)] = form.title
    return found


def labels() -> Callable[[str], str]:
    """Return the function that names kinds on one page."""
    known = of_packs()
    return lambda name: known.get(name) or kinds.label(name)
