"""The Merkle tree of RFC 6962 §2.1 over SHA-256: roots, appending, and the two kinds of proof.

Storage-agnostic. A *node* ``(level, index)`` is the hash of the complete subtree over the leaves
``index << level`` up to ``(index + 1) << level``; level 0 holds the leaf hashes. Nodes of complete
subtrees never change once written, so a store needs only to keep what ``Range.append`` returns and
to answer ``get(level, index)``. Incomplete subtrees on the right edge are computed when asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

Get = Callable[[int, int], bytes]
Node = tuple[int, int]

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the 32-byte hash of a leaf's data: SHA-256(00 ‖ data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte hash of an interior node: SHA-256(01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Range:
    """The right edge of a tree: enough state (at most 64 hashes) to append and to know the root.

    ``nodes`` are the complete subtrees that tile the ``size`` leaves, largest first. Two trees with
    equal size and nodes are the same tree.
    """

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        if size < 0 or len(nodes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} edge nodes")
        self.size = size
        self.nodes = list(nodes)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf hash; return the (level, index, hash) of every node this completes."""
        _need_hash(leaf)
        level, index, current = 0, self.size, leaf
        completed = [(level, index, current)]
        while index & 1:
            current = node_hash(self.nodes.pop(), current)
            level, index = level + 1, index >> 1
            completed.append((level, index, current))
        self.nodes.append(current)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the 32-byte root; the hash of nothing for the empty tree."""
        return _fold(self.nodes)

    def copy(self) -> Range:
        """Return an independent copy."""
        return Range(self.size, self.nodes)


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root of a tree over these leaf hashes."""
    edge = Range()
    for leaf in leaves:
        edge.append(leaf)
    return edge.root()


def range_nodes(begin: int, end: int) -> list[Node]:
    """Return the complete subtrees that tile the leaves ``begin`` to ``end - 1``, left to right."""
    if not 0 <= begin <= end:
        raise ValueError(f"no leaves from {begin} to {end}")
    nodes = []
    while begin < end:
        fits = (end - begin).bit_length() - 1
        aligned = (begin & -begin).bit_length() - 1 if begin else fits
        level = min(fits, aligned)
        nodes.append((level, begin >> level))
        begin += 1 << level
    return nodes


def load_range(size: int, get: Get) -> Range:
    """Return the Range of the first ``size`` leaves, read from the store."""
    return Range(size, [get(*node) for node in range_nodes(0, size)])


def root_at(size: int, get: Get) -> bytes:
    """Return the root of the tree over the first ``size`` leaves, read from the store."""
    return _subtree(0, size, get)


def inclusion_proof(index: int, size: int, get: Get) -> list[bytes]:
    """Return the audit path (RFC 6962 §2.1.1), leaf to root, of a leaf in a tree of ``size``.

    Raises ValueError unless 0 <= index < size.
    """
    return [_subtree(begin, end, get) for begin, end in _path_ranges(index, size)]


def consistency_proof(old: int, new: int, get: Get) -> list[bytes]:
    """Return the proof (RFC 6962 §2.1.2) that the tree of ``old`` leaves is a prefix of ``new``.

    Empty for ``old == new`` and for ``old == 0``: any tree extends the empty one. Raises ValueError
    unless 0 <= old <= new.
    """
    return [_subtree(begin, end, get) for begin, end in _consistency_ranges(old, new)]


def inclusion_nodes(index: int, size: int) -> list[Node]:
    """Return the stored nodes that ``inclusion_proof`` will ask for, to fetch them in one query."""
    return _tiles(_path_ranges(index, size))


def consistency_nodes(old: int, new: int) -> list[Node]:
    """Return the stored nodes that ``consistency_proof`` will ask for."""
    return _tiles(_consistency_ranges(old, new))


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected_root: bytes
) -> bool:
    """Tell whether the proof shows a leaf hash at ``index`` of the tree (RFC 9162 §2.1.3.2).

    Malformed input of any kind is simply not a proof: False, never an exception.
    """
    if not 0 <= index < size or not _all_hashes([leaf, expected_root, *proof]):
        return False
    position, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            current = node_hash(sibling, current)
            position, last = _skip_missing_right(position, last)
        else:
            current = node_hash(current, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and current == expected_root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Tell whether the proof shows the old tree to be a prefix of the new (RFC 9162 §2.1.4.2).

    Equal sizes need equal roots and an empty proof. From size 0 there is nothing to prove and
    nothing proven: False, as RFC 9162 defines no such proof. A caller who starts from nothing must
    say so and not ask. Malformed input is False, never an exception.
    """
    if old == new >= 0:
        return not proof and old_root == new_root
    if not 0 < old < new or not proof or not _all_hashes([old_root, new_root, *proof]):
        return False
    rest = list(proof)
    # An old tree of 2^k leaves is itself a node of the new one and is left out of the proof.
    first = old_root if old & (old - 1) == 0 else rest.pop(0)
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    return _chain(first, rest, position, last) == (old_root, new_root)


def _chain(
    first: bytes, rest: Sequence[bytes], position: int, last: int
) -> tuple[bytes, bytes] | None:
    """Return the (old, new) roots a consistency proof leads to; None if its length is wrong."""
    old_hash = new_hash = first
    for sibling in rest:
        if last == 0:
            return None
        if position & 1 or position == last:
            old_hash = node_hash(sibling, old_hash)
            new_hash = node_hash(sibling, new_hash)
            position, last = _skip_missing_right(position, last)
        else:
            new_hash = node_hash(new_hash, sibling)
        position, last = position >> 1, last >> 1
    return (old_hash, new_hash) if last == 0 else None


def _skip_missing_right(position: int, last: int) -> tuple[int, int]:
    """Climb past levels at which the node has no sibling, since the right edge is incomplete."""
    if position == last:
        while position and not position & 1:
            position, last = position >> 1, last >> 1
    return position, last


def _path_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Return the leaf ranges of the siblings on the way from a leaf up to the root."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    ranges = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((begin, middle))
            begin = middle
    return ranges[::-1]


def _consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """Return the leaf ranges whose hashes make up the consistency proof (SUBPROOF, RFC 6962)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not extend one of {old}")
    if old in (0, new):
        return []
    ranges = []
    begin, end = 0, new
    while end != old:
        middle = begin + _split(end - begin)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((begin, middle))
            begin = middle
    if begin:  # otherwise the old tree is this node, whose hash the verifier already has
        ranges.append((begin, end))
    return ranges[::-1]


def _split(count: int) -> int:
    """Return the largest power of two smaller than ``count`` (> 1)."""
    return 1 << (count - 1).bit_length() - 1


def _subtree(begin: int, end: int, get: Get) -> bytes:
    return _fold([get(*node) for node in range_nodes(begin, end)])


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Join complete subtrees, largest first, into the hash of the tree they tile."""
    if not hashes:
        return EMPTY_ROOT
    current = hashes[-1]
    for left in reversed(hashes[:-1]):
        current = node_hash(left, current)
    return current


def _tiles(ranges: Iterable[tuple[int, int]]) -> list[Node]:
    return [node for begin, end in ranges for node in range_nodes(begin, end)]


def _need_hash(value: bytes) -> None:
    if not _all_hashes([value]):
        raise ValueError(f"a hash is {HASH_SIZE} bytes")


def _all_hashes(values: Iterable[bytes]) -> bool:
    return all(isinstance(value, bytes) and len(value) == HASH_SIZE for value in values)
