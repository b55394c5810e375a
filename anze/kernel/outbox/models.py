"""A packet, the files that come back by it piece by piece, and the work they belong to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anze.kernel.files.models import StoredFile
from anze.kernel.packs.models import Pack
from anze.lib.ids import uuid7


class PacketState(models.TextChoices):
    """Open until its time is over or somebody takes it back."""

    OPEN = "open", "可用"
    REVOKED = "revoked", "已收回"


class Packet(models.Model):
    """Leave to capture one kind of work without network, and to send it later by a token.

    ``expires_at`` ends capturing, ``closes_at`` sending. Of the token only ``token_hash`` is kept;
    ``stamp`` binds it to the password it was issued under. ``taken`` of ``times`` are used.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    actor_id = models.UUIDField()
    unit_id = models.UUIDField()
    work = models.CharField(max_length=30)
    ref = models.CharField(max_length=100)
    subject = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=120)
    pack = models.ForeignKey(Pack, models.PROTECT, related_name="+", null=True)
    times = models.PositiveSmallIntegerField(default=1)
    taken = models.PositiveSmallIntegerField(default=0)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    token_hash = models.CharField(max_length=64)
    stamp = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=PacketState, default=PacketState.OPEN)

    class Meta:
        verbose_name = verbose_name_plural = "随身包"
        ordering: ClassVar = ["-issued_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["actor_id", "-issued_at"], name="packet_actor")]

    def __str__(self) -> str:
        return f"{self.title} {self.issued_at:%Y-%m-%d}"


class UploadState(models.TextChoices):
    """Arriving piece by piece, kept with a receipt, or refused with a reason."""

    RECEIVING = "receiving", "接收中"
    KEPT = "kept", "已收到"
    REFUSED = "refused", "被退回"


class Upload(models.Model):
    """One file on its way. ``received`` bytes of ``size`` are on the disk for certain."""

    packet = models.ForeignKey(Packet, models.CASCADE, related_name="uploads")
    client_id = models.UUIDField()
    name = models.CharField(max_length=120, blank=True)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    received = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=UploadState, default=UploadState.RECEIVING)
    file = models.ForeignKey(StoredFile, models.SET_NULL, related_name="+", null=True)
    fault = models.CharField(max_length=300, blank=True)
    begun_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["packet", "client_id"], name="upload_once_per_packet")
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.received}/{self.size}"


class DeliveryState(models.TextChoices):
    """Taken in; other bytes under a known id, to be looked at; and what was decided then."""

    TAKEN = "taken", "已登记"
    OTHER = "other", "待核对"
    KEPT_FIRST = "kept_first", "以先收到的为准"
    REPLACED = "replaced", "已按这一份更正"


class Delivery(models.Model):
    """What came under one client id. Contents lie in the ledger.

    Only other bytes under the same id are kept here, sealed, until somebody has decided.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    packet = models.ForeignKey(Packet, models.PROTECT, related_name="deliveries")
    unit_id = models.UUIDField()
    client_id = models.UUIDField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=DeliveryState)
    captured = models.DateTimeField(null=True)
    doubt = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField()
    entry_uid = models.UUIDField(null=True)
    url = models.CharField(max_length=200, blank=True)
    commitment = models.CharField(max_length=64, blank=True)
    ciphertext = models.BinaryField(null=True)
    wrapped_key = models.BinaryField(null=True)
    settled_by = models.UUIDField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-received_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["packet", "client_id", "digest"], name="delivery_same_bytes_once"
            ),
            models.UniqueConstraint(
                fields=["packet", "client_id"],
                condition=models.Q(state="taken"),
                name="delivery_taken_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "unit_id"], name="delivery_open")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.state}"
