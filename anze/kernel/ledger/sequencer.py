"""Numbering: gives waiting entries consecutive numbers and leaves, in short transactions.

Only one sequencer works at a time: SQLite begins each transaction with the write lock (IMMEDIATE),
PostgreSQL takes an advisory lock. Whatever stops it — an error, kill -9, power loss — a batch is
either wholly numbered or still waiting, so numbers have no gaps and no doubles. A target always
gets a smaller number than what supersedes it: its row is older and was visible before.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from anze.kernel.bus import clock
from anze.kernel.bus.events import Event, announce
from anze.kernel.ledger import body, tree
from anze.kernel.ledger.models import Entry, Leaf, TreeNode, Waiting

log = logging.getLogger("anze.ledger")

BATCH = 200
_ADVISORY_KEY = 0x616E7A65  # "anze"
# Threads of one process take turns here instead of contending for the database's write lock.
_turn = threading.Lock()


@dataclass(frozen=True)
class Sequenced(Event):
    """Entries ``first_n`` to ``last_n`` have been numbered and committed.

    A process may die between commit and announcement: a listener that must miss nothing keeps the
    last n it has seen and reads on from there.
    """

    first_n: int
    last_n: int


def advance() -> int:
    """Number all waiting entries, a batch per transaction; return how many this call numbered."""
    total = 0
    # Inside a transaction the write lock may be ours already: waiting for a turn could deadlock.
    with nullcontext() if connection.in_atomic_block else _turn:
        numbered = _batch()
        while numbered:
            total += len(numbered)
            _tell(numbered)
            numbered = _batch() if len(numbered) == BATCH else []
    return total


def advance_quietly() -> None:
    """Number what waits; a failure is logged and left to the sweep, never the caller's trouble."""
    try:
        advance()
    except Exception:
        log.exception("sequencer failed; the sweep will number what waits")


def requeue_lost() -> int:
    """Queue entries that have neither number nor place in the queue; return how many.

    Can only happen when rows were inserted while the triggers were away. Reads the whole table:
    for the nightly job.
    """
    numbered = Exists(Leaf.objects.filter(entry_id=OuterRef("pk")))
    queued = Exists(Waiting.objects.filter(entry_id=OuterRef("pk")))
    with transaction.atomic():
        lost = Entry.objects.filter(~numbered, ~queued).values_list("pk", flat=True)
        rows = [Waiting(entry_id=pk) for pk in lost]
        Waiting.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    return len(rows)


def _batch() -> Sequence[Leaf]:
    """Number at most BATCH entries in one transaction; [] when none wait."""
    if not Waiting.objects.exists():
        return []
    with transaction.atomic():
        _exclude_others()
        queue = list(Waiting.objects.order_by("pk").values_list("pk", flat=True)[:BATCH])
        entries = list(Entry.objects.filter(pk__in=queue).order_by("pk"))
        last = Leaf.objects.order_by("-n").values_list("n", flat=True).first() or 0
        at = clock.now()
        leaves = [
            Leaf(n=n, entry=entry, hash=body.leaf_hash(entry, n), at=at)
            for n, entry in enumerate(entries, start=last + 1)
        ]
        Leaf.objects.bulk_create(leaves)
        TreeNode.objects.bulk_create(tree.completed_by(leaves))
        Waiting.objects.filter(pk__in=queue).delete()
    return leaves


def _exclude_others() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_KEY])


def _tell(leaves: Sequence[Leaf]) -> None:
    try:
        announce(Sequenced(first_n=leaves[0].n, last_n=leaves[-1].n))
    except Exception:
        log.exception("a listener failed on entries %s to %s", leaves[0].n, leaves[-1].n)
