"""The stored Merkle tree: leaf hashes by number, and nodes only from 256 leaves upward.

A proof therefore reads at most two blocks of leaf hashes and a few nodes, in at most three
queries, while writing a leaf costs one row and writing 256 costs one node more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

from django.db.models import Q

from anze.kernel.ledger.models import Leaf, TreeNode
from anze.lib import merkle

BLOCK_LEVEL = 8
BLOCK = 1 << BLOCK_LEVEL


class Store:
    """Answers ``get(level, index)`` for ``anze.lib.merkle`` after ``fetch`` of the same nodes."""

    def __init__(self) -> None:
        self._nodes: dict[merkle.Node, bytes] = {}
        self._blocks: dict[int, list[bytes]] = {}

    def fetch(self, nodes: Iterable[merkle.Node]) -> Store:
        """Read what ``get`` will be asked for."""
        wanted = set(nodes)
        high = [node for node in wanted if node[0] >= BLOCK_LEVEL]
        if high:
            which = reduce(or_, (Q(level=level, position=index) for level, index in high))
            rows = TreeNode.objects.filter(which).values_list("level", "position", "hash")
            self._nodes.update({(level, index): bytes(hash_) for level, index, hash_ in rows})
        for block in {(index << level) >> BLOCK_LEVEL for level, index in wanted - set(high)}:
            if block not in self._blocks:
                self._blocks[block] = leaf_hashes(block * BLOCK, (block + 1) * BLOCK)
        return self

    def get(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree; raise LookupError if rows are missing."""
        if level >= BLOCK_LEVEL:
            return self._nodes[level, index]
        begin = (index << level) % BLOCK
        block = self._blocks[(index << level) >> BLOCK_LEVEL]
        leaves = block[begin : begin + (1 << level)]
        if len(leaves) != 1 << level:
            raise LookupError(f"leaves of node {level}/{index} are missing")
        return merkle.root(leaves)


def leaf_hashes(begin: int, end: int) -> list[bytes]:
    """Return the hashes of leaves with index ``begin`` (n = begin + 1) to ``end - 1``, in order."""
    rows = Leaf.objects.filter(n__gt=begin, n__lte=end).order_by("n")
    return [bytes(hash_) for hash_ in rows.values_list("hash", flat=True)]


def root_at(size: int) -> bytes:
    """Return the root over the first ``size`` leaves."""
    return merkle.root_at(size, Store().fetch(merkle.range_nodes(0, size)).get)


def edge_at(size: int) -> merkle.Range:
    """Return the appendable right edge of the first ``size`` leaves."""
    return merkle.load_range(size, Store().fetch(merkle.range_nodes(0, size)).get)


def inclusion_proof(n: int, size: int) -> list[bytes]:
    """Return the audit path of entry ``n`` (from 1) in the tree of ``size``."""
    return merkle.inclusion_proof(
        n - 1, size, Store().fetch(merkle.inclusion_nodes(n - 1, size)).get
    )


def consistency_proof(old: int, new: int) -> list[bytes]:
    """Return the proof that the tree of ``old`` leaves is a prefix of that of ``new``."""
    return merkle.consistency_proof(old, new, Store().fetch(merkle.consistency_nodes(old, new)).get)


def completed_by(leaves: Sequence[Leaf]) -> list[TreeNode]:
    """Return the nodes to store when these consecutive, already written leaves are added."""
    made: list[TreeNode] = []
    known: dict[merkle.Node, bytes] = {}
    for leaf in leaves:
        if leaf.n % BLOCK:
            continue
        level, index = BLOCK_LEVEL, leaf.n // BLOCK - 1
        current = merkle.root(leaf_hashes(leaf.n - BLOCK, leaf.n))
        made.append(TreeNode(level=level, position=index, hash=current))
        known[level, index] = current
        while index & 1:
            left = known.get((level, index - 1)) or _stored(level, index - 1)
            current = merkle.node_hash(left, current)
            level, index = level + 1, index >> 1
            made.append(TreeNode(level=level, position=index, hash=current))
            known[level, index] = current
    return made


def _stored(level: int, position: int) -> bytes:
    row = TreeNode.objects.values_list("hash", flat=True).get(level=level, position=position)
    return bytes(row)
