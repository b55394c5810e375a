"""Numbered rows in order, in constant memory, each able to say what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import DatabaseError
from django.db.models import QuerySet

from anze.kernel.ledger import body
from anze.kernel.ledger.models import Entry, Leaf
from anze.lib import merkle

CHUNK = 1000
UNREADABLE = (ValueError, TypeError, OverflowError, DatabaseError)


@dataclass(frozen=True)
class Row:
    """Entry number ``n`` as it stands in the database, and its stored 32-byte leaf hash."""

    n: int
    entry: Entry
    leaf_hash: bytes

    def problem(self) -> str:
        """Return what differs from what was recorded; empty when the row is true."""
        if self.entry.happened is None or self.entry.recorded is None:
            return "登记项被改动（时间列已不是时间）"
        try:
            digest = body.row_digest(self.entry)
            leaf = merkle.leaf_hash(body.leaf_data(self.entry, self.n, digest=digest))
        except body.NotCanonicalError as error:
            return f"事实或证明文件被改动（{error}）"
        stands = leaf == self.leaf_hash and digest == bytes(self.entry.digest)
        if stands and body.header_digest(self.entry) == bytes(self.entry.header_hash):
            return ""
        return self._differs(leaf, digest)

    def describe(self) -> str:
        """Return what identifies the entry to a person."""
        entry = self.entry
        unit = f" 单位 {entry.unit_id}" if entry.unit_id else ""
        at = body.stamp(entry.recorded) if entry.recorded else "（读不出）"
        return f"第 {self.n} 条 {entry.kind} {entry.uid}{unit} 登记于 {at}"

    def _differs(self, leaf: bytes, digest: bytes) -> str:
        if body.header_digest(self.entry) != bytes(self.entry.header_hash):
            return "登记项被改动（类别、单位、对象、人员、时间、途径、关联等列之一）"
        if digest != bytes(self.entry.digest):
            return "事实、证明文件或盐值被改动"
        return f"本行算得叶 {leaf.hex()[:16]}…，存证树中为 {self.leaf_hash.hex()[:16]}…"


@dataclass(frozen=True)
class Unreadable(Row):
    """A row one of whose columns no longer holds what its type asks for."""

    def problem(self) -> str:
        """Say so: nobody can tell what it was, only that it was changed."""
        return "登记项被改动（有一列已读不出：编号、时间或文字的格式被破坏）"

    def describe(self) -> str:
        """Return the number, which is all that is sure."""
        return f"第 {self.n} 条"


def stream(begin: int, end: int, *, private: bool = False) -> Iterator[Row]:
    """Yield the rows with ``begin < n <= end`` by n; those missing are simply not there.

    ``private`` reads the sealed parts along in the same query.
    """
    related = ["entry", "entry__private_row"] if private else ["entry"]
    whole = Leaf.objects.select_related(*related).order_by("n")
    for at in range(begin, end, CHUNK):
        yield from _between(whole, at, min(at + CHUNK, end))


def _between(whole: QuerySet[Leaf], begin: int, end: int) -> Iterator[Row]:
    """Yield the rows of a span; one that cannot be read is found by halving."""
    try:
        leaves = list(whole.filter(n__gt=begin, n__lte=end))
    except UNREADABLE:
        if end - begin == 1:
            hash_ = Leaf.objects.values_list("hash", flat=True).get(n=end)
            yield Unreadable(end, Entry(kind="?"), bytes(hash_))
            return
        middle = (begin + end) // 2
        yield from _between(whole, begin, middle)
        yield from _between(whole, middle, end)
        return
    for leaf in leaves:
        yield Row(leaf.n, leaf.entry, bytes(leaf.hash))
