"""A row for each file a unit was given; the bytes lie in the store."""

from __future__ import annotations

from django.db import models

from anze.lib.ids import uuid7


class State(models.TextChoices):
    """Waiting for a record that names it, named by one, or erased (row and hash remain)."""

    WAITING = "waiting", "待用"
    USED = "used", "已用"
    ERASED = "erased", "已删除"


class StoredFile(models.Model):
    """A file as received (``sha256``, ``size``) and as kept (``stored_sha256``, ``mime``)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit_id = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    stored_sha256 = models.CharField(max_length=64, db_index=True)
    stored_size = models.PositiveIntegerField()
    thumb_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    mime = models.CharField(max_length=100)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=120, blank=True)
    uploader_id = models.UUIDField(null=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit_id", "sha256"], name="file_once_per_unit")
        ]
        indexes = [models.Index(fields=["state", "received_at"], name="file_state_received")]

    def __str__(self) -> str:
        return f"{self.mime} {self.sha256[:12]}"

    @property
    def is_image(self) -> bool:
        """Whether it can be shown in a page; everything else is only handed out."""
        return self.mime.startswith("image/")


class CaptureFacts(models.Model):
    """What the camera claimed. Kept apart: claims may be read by few, and erased alone."""

    file = models.OneToOneField(
        StoredFile, models.CASCADE, primary_key=True, related_name="capture"
    )
    taken_at = models.DateTimeField(null=True)
    lat = models.CharField(max_length=12, blank=True)
    lon = models.CharField(max_length=12, blank=True)
    device = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"capture of {self.file_id}"
