"""Reads of the ledger. Scope comes in as unit ids: this room knows no people and no permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet

from anze.kernel.bus.ctx import ALL, narrow, narrow_list
from anze.kernel.ledger import checkpoints, tree, witnessing
from anze.kernel.ledger.models import RETRACT, Checkpoint, Entry, Leaf, Waiting

UNPROTECTED = "未防管理员"


def size() -> int:
    """Return how many entries are numbered: the largest n, 0 when there is none."""
    return Leaf.objects.order_by("-n").values_list("n", flat=True).first() or 0


def size_at(instant: datetime) -> int:
    """Return how many entries were numbered at an aware instant: as of then, n was this."""
    rows = Leaf.objects.filter(at__lte=instant).order_by("-at", "-n")
    return rows.values_list("n", flat=True).first() or 0


def live(
    *,
    kind: str | Collection[str] | None = None,
    unit_id: UUID | Collection[UUID] | None = None,
    at_n: int | None = None,
) -> QuerySet[Entry]:
    """Return the live entries as of number ``at_n`` (default: now), each annotated with ``n``.

    Live is an entry numbered up to ``at_n`` that is no retraction and that no entry numbered up to
    ``at_n`` supersedes or retracts. Unordered; filter further by ``happened``, ``subject``, ….
    """
    until = size() if at_n is None else at_n
    # "is not null" lets PostgreSQL hash the few rows that have a target instead of the whole table.
    targets = Entry.objects.filter(target=OuterRef("uid"), target__isnull=False)
    gone = Exists(targets.filter(leaf__n__lte=until))
    rows: QuerySet[Entry] = Entry.objects.filter(~gone, leaf__n__lte=until).exclude(op=RETRACT)
    if kind is not None:
        rows = rows.filter(kind=kind) if isinstance(kind, str) else rows.filter(kind__in=kind)
    if isinstance(unit_id, UUID):
        rows = rows.filter(unit_id=unit_id)
    elif unit_id is not None:
        rows = narrow(rows, unit_id)
    return rows.annotate(n=F("leaf__n"))


def is_live(entry: Entry) -> bool:
    """Tell whether nothing numbered or waiting has superseded or retracted the entry."""
    return entry.op != RETRACT and not Entry.objects.filter(target=entry.uid).exists()


def listing(
    *,
    unit_ids: Collection[UUID] = ALL,
    kinds: Collection[str] | None = None,
    visibilities: Collection[str] | None = None,
    actor_id: UUID | None = None,
    recorded_from: datetime | None = None,
    recorded_before: datetime | None = None,
    live_only: bool = False,
    before_n: int | None = None,
) -> QuerySet[Entry]:
    """Return numbered entries, latest first, each annotated with ``n`` and ``replaced``.

    ``replaced`` also counts a correction that still waits for its number.
    ``unit_ids`` other than ``ALL`` leaves out entries of no unit. One query per page: slice it, or
    pass the last n shown as ``before_n`` for the next page.
    """
    replaced = Exists(Entry.objects.filter(target=OuterRef("uid"), target__isnull=False))
    # Numbered is what no longer waits: few wait, while a leaf would be looked up for every row.
    waits = Exists(Waiting.objects.filter(entry_id=OuterRef("pk")))
    rows = narrow_list(Entry.objects.filter(~waits), unit_ids)
    rows = rows.annotate(n=F("leaf__n"), replaced=replaced)
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    if visibilities is not None:
        rows = rows.filter(visibility__in=visibilities)
    if actor_id is not None:
        rows = rows.filter(actor_id=actor_id)
    if recorded_from is not None:
        rows = rows.filter(recorded__gte=recorded_from)
    if recorded_before is not None:
        rows = rows.filter(recorded__lt=recorded_before)
    if live_only:
        rows = rows.filter(replaced=False).exclude(op=RETRACT)
    if before_n is not None:
        rows = rows.filter(leaf__n__lt=before_n)
    return rows.order_by("-leaf__n")


def by_uid(uid: UUID) -> Entry | None:
    """Return an entry by its uid, with its leaf if it is numbered; None if there is none."""
    return Entry.objects.select_related("leaf").filter(uid=uid).first()


def history(uid: UUID) -> list[Entry]:
    """Return the chain an entry belongs to, oldest first: original, corrections, retraction."""
    middle = by_uid(uid)
    if middle is None:
        return []
    before, after = [middle], [middle]
    while before[-1].target and (earlier := by_uid(before[-1].target)):
        before.append(earlier)
    rows = Entry.objects.select_related("leaf")
    while later := rows.filter(target=after[-1].uid).first():
        after.append(later)
    return before[:0:-1] + after


@dataclass(frozen=True)
class Receipt:
    """What a person may keep of an entry: number, hex leaf hash, and the checkpoint over it."""

    n: int
    leaf_hash: str
    checkpoint_size: int | None
    checkpoint_root: str


def receipt(entry: Entry) -> Receipt | None:
    """Return the receipt of an entry; None while it waits for its number."""
    leaf = Leaf.objects.filter(entry_id=entry.pk).first()
    if leaf is None:
        return None
    over = Checkpoint.objects.filter(size__gte=leaf.n).order_by("size").first()
    return Receipt(
        n=leaf.n,
        leaf_hash=bytes(leaf.hash).hex(),
        checkpoint_size=over.size if over else None,
        checkpoint_root=bytes(over.root).hex() if over else "",
    )


@dataclass(frozen=True)
class Protection:
    """How far the history is protected, never claiming more than the proofs at hand.

    ``witnesses`` machines outside have cosigned the first ``size`` entries; ``broken`` means that
    the ledger no longer is what they signed.
    """

    witnesses: int
    size: int
    total: int
    broken: bool
    text: str


def protection() -> Protection:
    """Return what the pages say about protection against the server's own administrator."""
    total = size()
    found = witnessing.cosigned()
    if found is None:
        return Protection(0, 0, total, broken=False, text=UNPROTECTED)
    checkpoint, witnesses = found
    if not checkpoints.still_true(checkpoint):
        text = f"存证与见证方联署的前 {checkpoint.size} 条不符，请立即核查"
        return Protection(witnesses, checkpoint.size, total, broken=True, text=text)
    text = f"前 {checkpoint.size} 条已由 {witnesses} 个外部见证方联署"
    if rest := total - checkpoint.size:
        text += f"；其后 {rest} 条{UNPROTECTED}"
    return Protection(witnesses, checkpoint.size, total, broken=False, text=text)


def root_at(size: int) -> bytes:
    """Return the Merkle root over the first ``size`` entries (32 bytes)."""
    return tree.root_at(size)
