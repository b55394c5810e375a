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
            return f"事实或证明文件被改动（{error}）"
        if leaf == self.leaf_hash and digest == bytes(self.entry.digest):
            return ""
        return self._differs(leaf, digest)

    def describe(self) -> str:
        """Return what identifies the entry to a person."""
        entry = self.entry
        unit = f" 单位 {entry.unit_id}" if entry.unit_id else ""
        return f"第 {self.n} 条 {entry.kind} {entry.uid}{unit} 登记于 {body.stamp(entry.recorded)}"

    def _differs(self, leaf: bytes, digest: bytes) -> str:
        if body.header_digest(self.entry) != bytes(self.entry.header_hash):
            return "登记项被改动（类别、单位、对象、人员、时间、途径、关联等列之一）"
        if digest != bytes(self.entry.digest):
            return "事实、证明文件或盐值被改动"
        return f"本行算得叶 {leaf.hex()[:16]}…，存证树中为 {self.leaf_hash.hex()[:16]}…"


def stream(begin: int, end: int, *, private: bool = False) -> Iterator[Row]:
    """Yield the rows with ``begin < n <= end`` by n; those missing are simply not there.

    ``private`` reads the sealed parts along in the same query.
    """
    related = ["entry", "entry__private_row"] if private else ["entry"]
    at = begin
    while at < end:
        chunk = Leaf.objects.select_related(*related).filter(n__gt=at, n__lte=min(at + CHUNK, end))
        for leaf in chunk.order_by("n"):
            yield Row(leaf.n, leaf.entry, bytes(leaf.hash))
        at += CHUNK
