"""Many entries of one transaction written by two statements instead of two for each.

Within ``gather()`` a plain ``record`` checks, seals and hashes at once, but its row is written when
the block ends, or before an entry that may meet another one (a client id, a target). Until then the
entry has no row: whoever gathers must not read entries back that were made in the same block.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import connection

from anze.kernel.ledger import sealing
from anze.kernel.ledger.models import Entry, EntryPrivate

_SLICE = 40  # entries a statement: SQLite takes a limited number of variables


@dataclass
class Gathered:
    """Entries waiting to be written, in the order in which they were recorded."""

    entries: list[Entry] = field(default_factory=list)
    sealed: list[sealing.Sealed | None] = field(default_factory=list)

    def add(self, entry: Entry, sealed: sealing.Sealed | None) -> None:
        """Keep a checked and hashed entry for the next ``write``."""
        self.entries.append(entry)
        self.sealed.append(sealed)

    def write(self) -> None:
        """Insert what waits; the rows' ids follow the order of recording."""
        pairs = list(zip(self.entries, self.sealed, strict=True))
        self.entries, self.sealed = [], []
        Entry.objects.bulk_create([entry for entry, _ in pairs], batch_size=_SLICE)
        EntryPrivate.objects.bulk_create(
            [
                EntryPrivate(entry=entry, ciphertext=part.ciphertext, wrapped_key=part.wrapped_key)
                for entry, part in pairs
                if part is not None
            ],
            batch_size=_SLICE,
        )


_open: ContextVar[Gathered | None] = ContextVar("gathered", default=None)


def current() -> Gathered | None:
    """Return what is being gathered, or None."""
    return _open.get()


@contextmanager
def gather() -> Iterator[None]:
    """Write the entries recorded in this block together at its end.

    Only inside a transaction. When the block raises nothing is written: let the error leave the
    transaction too. A block inside another one joins it.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("gather() belongs inside a transaction")
    if _open.get() is not None:
        yield
        return
    pot = Gathered()
    token = _open.set(pot)
    try:
        yield
        pot.write()
    finally:
        _open.reset(token)
