"""Tables of the ledger. All but ``Waiting`` are append-only, in Python here and by triggers in
``guards.py``; the one change they allow is the erasure of a private part."""

from __future__ import annotations

import json
from typing import Any, NoReturn, TypeVar

from django.db import models
from django.db.models import Q

from anze.lib.ids import uuid7

SUPERSEDE = "supersede"
RETRACT = "retract"


class AppendOnlyError(TypeError):
    """Somebody tried to change or delete what may only be added to."""


M = TypeVar("M", bound=models.Model)


class AppendOnlyQuerySet(models.QuerySet[M]):
    """Refuses the two bulk writes that would rewrite history; the database refuses the rest."""

    def update(self, **_values: object) -> NoReturn:
        """Refuse: record a superseding entry instead."""
        raise AppendOnlyError(f"{self.model.__name__} rows never change: supersede or retract")

    def delete(self) -> NoReturn:
        """Refuse: record a retracting entry instead."""
        raise AppendOnlyError(f"{self.model.__name__} rows are never deleted: retract or erase")


class AppendOnly(models.Model):
    """A row that can be added and read, nothing else."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row; raise AppendOnlyError if it is already stored."""
        if not self._state.adding:
            raise AppendOnlyError(f"{type(self).__name__} rows never change")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError(f"{type(self).__name__} rows are never deleted")


class Entry(AppendOnly):
    """One fact. Its number is ``entry.leaf.n``, given later by the sequencer.

    ``facts`` and ``proofs`` hold exact CJ-1 text. ``digest`` is HMAC-SHA-256(salt, body),
    ``header_hash`` SHA-256 of the body without facts and proofs (it lets a verifier say which
    half was changed), ``commitment`` the hex HMAC of the private part under a salt sealed with it.
    """

    id = models.BigAutoField(primary_key=True)
    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=80)
    schema_version = models.PositiveSmallIntegerField()
    visibility = models.CharField(max_length=8)
    unit_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=120, blank=True, default="")
    happened = models.DateTimeField()
    captured = models.DateTimeField(null=True)
    recorded = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    via = models.CharField(max_length=16)
    late = models.BooleanField(default=False)
    facts = models.TextField()
    proofs = models.TextField(default="[]")
    op = models.CharField(max_length=10, blank=True, default="")
    target = models.UUIDField(null=True)
    client_id = models.CharField(max_length=120, null=True)  # null: partial index on both databases
    salt = models.BinaryField(max_length=32)
    header_hash = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)
    commitment = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["kind", "unit_id", "happened"], name="ledger_kind_unit_happened"),
            models.Index(fields=["kind", "id"], name="ledger_kind_id"),
            models.Index(fields=["unit_id", "recorded"], name="ledger_unit_recorded"),
            models.Index(fields=["actor_id", "recorded"], name="ledger_actor_recorded"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "client_id"],
                condition=Q(client_id__isnull=False),
                name="ledger_one_entry_per_client",
            ),
            models.UniqueConstraint(
                fields=["target"],
                condition=Q(target__isnull=False),
                name="ledger_one_successor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    @property
    def data(self) -> dict[str, Any]:
        """The facts as a plain dict."""
        return dict(json.loads(self.facts))

    @property
    def proof_list(self) -> list[str]:
        """The lower-case hex SHA-256 of each proof file, as received."""
        return list(json.loads(self.proofs))


class EntryPrivate(AppendOnly):
    """The private part of an entry, sealed under a key of its own; erasing nulls both columns."""

    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, primary_key=True, related_name="private_row"
    )
    ciphertext = models.BinaryField(null=True)
    wrapped_key = models.BinaryField(null=True)


class Waiting(models.Model):
    """An entry not yet numbered. Filled by a trigger on Entry, emptied by the sequencer."""

    entry_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"Waiting {self.entry_id}"


class Leaf(AppendOnly):
    """Number ``n`` (from 1, no gaps) of an entry, and its RFC 6962 leaf hash."""

    n = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="leaf")
    hash = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at", "n"], name="ledger_leaf_at")]


class TreeNode(AppendOnly):
    """The hash of a full subtree of 256 leaves or more; below that, leaves are read."""

    id = models.BigAutoField(primary_key=True)
    level = models.PositiveSmallIntegerField()
    position = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "position"], name="ledger_one_hash_per_node")
        ]


class Checkpoint(AppendOnly):
    """A signed note (C2SP tlog-checkpoint) over the first ``size`` leaves."""

    id = models.BigAutoField(primary_key=True)
    size = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    at = models.DateTimeField()


class Cosignature(AppendOnly):
    """A witness's signature line over a checkpoint (C2SP tlog-cosignature v1)."""

    id = models.BigAutoField(primary_key=True)
    checkpoint = models.ForeignKey(
        Checkpoint, on_delete=models.PROTECT, related_name="cosignatures"
    )
    witness = models.CharField(max_length=200)
    line = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "witness"], name="ledger_one_line_per_witness"
            )
        ]


class Erasure(AppendOnly):
    """The private part of entry ``uid`` was destroyed; ``by`` is the entry that says so."""

    id = models.BigAutoField(primary_key=True)
    uid = models.UUIDField(unique=True)
    by = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="erasure")
    at = models.DateTimeField()
