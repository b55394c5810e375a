"""Numbered rows in order, in constant memory, each able to say what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from anze.kernel.ledger import body
from anze.kernel.ledger.models import Entry, Leaf
from anze.lib import merkle

CHUNK = 1000


@dataclass(frozen=True)
class Row:
    """Entry number ``n`` as it stands in the database, and its stored 32-byte leaf hash."""

    n: int
    entry: Entry
    leaf_hash: bytes

    def problem(self) -> str:
        """Return what differs from what was recorded; empty when the row is true."""
        try:
            digest = body.row_digest(self.entry)
            leaf = merkle.leaf_hash(body.leaf_data(self.entry, self.n, digest=digest))
        except body.NotCanonicalError as error:
            return str(error)
        if leaf == self.leaf_hash and digest == bytes(self.entry.digest):
            return ""
        return self._differs(leaf, digest)

    def _differs(self, leaf: bytes, digest: bytes) -> str:
        if body.header_digest(self.entry) != bytes(self.entry.header_hash):
            return "unit, person, times or another header column was changed"
        if digest != bytes(self.entry.digest):
            return "facts, proofs or salt were changed"
        return (
            f"the row gives leaf {leaf.hex()[:16]}…, the ledger holds {self.leaf_hash.hex()[:16]}…"
        )


def stream(begin: int, end: int) -> Iterator[Row]:
    """Yield the rows with ``begin < n <= end`` by n; those missing are simply not there."""
    at = begin
    while at < end:
        chunk = Leaf.objects.select_related("entry").filter(n__gt=at, n__lte=min(at + CHUNK, end))
        for leaf in chunk.order_by("n"):
            yield Row(leaf.n, leaf.entry, bytes(leaf.hash))
        at += CHUNK
