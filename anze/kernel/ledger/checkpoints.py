"""Checkpoints: signed statements of size and root (C2SP tlog-checkpoint).

Before signing, every new leaf is computed again from the stored rows: one flipped bit in a leaf
hash that gets signed can never be taken back (it ended a certificate log in 2022).
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import IntegrityError, transaction

from anze.kernel.bus import clock
from anze.kernel.ledger import keys, rows, tree
from anze.kernel.ledger.models import Checkpoint, Leaf
from anze.lib import notes


class HistoryBrokenError(RuntimeError):
    """The stored history contradicts itself or a checkpoint: nothing more is signed."""


def signer() -> notes.Signer:
    """Return the log's signing key, made on first use; its name is the log's origin."""
    path = keys.folder() / keys.SIGNING
    return notes.Signer.parse(keys.text_once(path, _new_secret).strip())


def _new_secret() -> str:
    chosen = str(getattr(settings, "ANZE_LEDGER_ORIGIN", ""))
    return notes.Signer.generate(chosen or f"anze.ledger/{secrets.token_hex(4)}").secret() + "\n"


def latest() -> Checkpoint | None:
    """Return the newest checkpoint."""
    return Checkpoint.objects.order_by("-size").first()


def make() -> Checkpoint | None:
    """Sign the present size and root, or return the last checkpoint if nothing is new.

    None while the ledger is empty. Raises HistoryBrokenError instead of signing anything false.
    """
    size = Leaf.objects.order_by("-n").values_list("n", flat=True).first() or 0
    last = latest()
    if last and size < last.size:
        raise HistoryBrokenError(f"只有 {size} 条存证，检查点却签过 {last.size} 条")
    if last and size == last.size:
        _need(still_true(last), f"前 {size} 条的根与所签检查点不符")
        return last
    return _sign(size, _recomputed(last, size)) if size else None


def still_true(checkpoint: Checkpoint) -> bool:
    """Tell whether the stored tree still gives the root of a checkpoint (three queries)."""
    try:
        return tree.root_at(checkpoint.size) == bytes(checkpoint.root)
    except LookupError:
        return False


def _recomputed(last: Checkpoint | None, size: int) -> bytes:
    """Return the root at ``size``, every leaf since ``last`` computed from its stored row."""
    edge = tree.edge_at(last.size if last else 0)
    if last:
        _need(edge.root() == bytes(last.root), f"前 {last.size} 条的根与所签检查点不符")
    for row in rows.stream(edge.size, size):
        _need(row.n == edge.size + 1, f"第 {edge.size + 1} 条缺失")
        problem = row.problem()
        _need(not problem, f"第 {row.n} 条（{row.entry.kind} {row.entry.uid}）：{problem}")
        edge.append(row.leaf_hash)
    _need(edge.size == size, f"第 {edge.size + 1} 条缺失")
    _need(edge.root() == tree.root_at(size), "树节点与叶不符")
    return edge.root()


def _need(holds: bool, otherwise: str) -> None:
    if not holds:
        raise HistoryBrokenError(otherwise)


def _sign(size: int, root: bytes) -> Checkpoint:
    key = signer()
    note = notes.Checkpoint(key.name, size, root).sign(key)
    made = Checkpoint(size=size, root=root, note=bytes(note).decode(), at=clock.now())
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # another process signed the same size
        return Checkpoint.objects.get(size=size)
    return made
