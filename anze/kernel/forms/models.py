"""A row for each form handed in. What was answered lies in the ledger alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anze.kernel.files.models import StoredFile
from anze.kernel.packs.models import Pack


class State(models.TextChoices):
    """Counting, or withdrawn by a retracting entry."""

    RECORDED = "recorded", "已登记"
    WITHDRAWN = "withdrawn", "已撤回"


class Submission(models.Model):
    """``id`` is the client's own id: the same id twice is one submission.

    ``entry_uid`` is the newest entry of the chain; a correction moves it on by a guarded update.
    ``digest`` is a keyed hash of what was handed in, to tell a retry from other content.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    form_ref = models.CharField(max_length=100)
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    pack = models.ForeignKey(Pack, models.PROTECT, related_name="+")
    unit_id = models.UUIDField()
    subject = models.CharField(max_length=120, blank=True)
    actor_id = models.UUIDField(null=True)
    happened = models.DateTimeField()
    submitted_at = models.DateTimeField()
    entry_uid = models.UUIDField(unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.RECORDED)
    corrections = models.PositiveSmallIntegerField(default=0)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "登记"
        ordering: ClassVar = ["-submitted_at", "-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["unit_id", "form_ref", "state", "-happened"], name="forms_unit_form"
            ),
            models.Index(fields=["actor_id", "-submitted_at"], name="forms_actor"),
            models.Index(fields=["unit_id", "-submitted_at"], name="forms_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.happened:%Y-%m-%d}"


class Attachment(models.Model):
    """A file a submission names, under the field that asked for it."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="attachments")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    field = models.CharField(max_length=60)
    place = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["place"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["submission", "file", "field"], name="forms_file_once_per_field"
            )
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.field} {self.place}"
