"""An import in stages: the file, what each of its lines would do, and what was done."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from anze.kernel.exchange import importers
from anze.kernel.units.models import Unit
from anze.lib.ids import uuid7


class State(models.TextChoices):
    """Moved only by guarded updates: ``UPDATE … WHERE state = old`` (``services.move``)."""

    PARSED = "parsed", "正在核对"
    CHECKED = "checked", "待确认"
    COMMITTING = "committing", "正在写入"
    DONE = "done", "已导入"
    FAILED = "failed", "中途停下"
    CANCELLED = "cancelled", "已放弃"
    UNDOING = "undoing", "正在撤销"
    UNDONE = "undone", "已撤销"


class ImportBatch(models.Model):
    """One uploaded file. ``revision`` counts the checks; only rows of the present one are valid."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40)
    scope = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    actor_id = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.PARSED)
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(null=True)
    revision = models.PositiveIntegerField(default=0)
    take_hidden = models.BooleanField(default=False)
    leave_out = models.BooleanField(default=False)
    chosen = models.TextField(default="{}")
    tables = models.TextField(default="[]")
    unread = models.TextField(default="[]")
    problems = models.TextField(default="[]")
    edits = models.TextField(default="{}")
    absent = models.TextField(default="[]")
    counts = models.TextField(default="{}")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=400, blank=True)
    created = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    undo_begun = models.DateTimeField(null=True, blank=True)
    undo_actor_id = models.UUIDField(null=True)
    undone = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "导入"
        ordering = ["-created", "-id"]
        indexes = [models.Index(fields=["scope", "created"], name="exchange_batch_scope")]

    def __str__(self) -> str:
        return f"{self.file_name} {self.state}"

    @property
    def title(self) -> str:
        """What people call this kind of file."""
        return importers.title(self.kind)

    @property
    def edit_map(self) -> dict[str, dict[str, str]]:
        """What was corrected on the page: ``sheet!line`` → field → text."""
        return dict(json.loads(self.edits))

    @property
    def absent_list(self) -> list[str]:
        """Rows the platform has and the file has not; they are left alone."""
        return list(json.loads(self.absent))

    @property
    def count(self) -> dict[str, int]:
        """How many lines came out how: new, changed, unchanged, faulty, hidden, faults."""
        return dict(json.loads(self.counts))

    @property
    def problem_list(self) -> list[dict[str, str]]:
        """What hinders the whole file: columns that are missing."""
        return list(json.loads(self.problems))

    @property
    def unread_list(self) -> list[dict[str, str]]:
        """Lines and sheets that are no data."""
        return list(json.loads(self.unread))

    @property
    def table_list(self) -> list[dict[str, Any]]:
        """Sheets with their headers and which column was taken for what."""
        return list(json.loads(self.tables))


class Written(models.TextChoices):
    """What became of a line at the commit."""

    NOT_YET = "", "未写入"
    WRITTEN = "written", "已写入"
    STOPPED = "stopped", "写入时停下"
    UNDONE = "undone", "已撤销"
    KEPT = "kept", "不能撤销"


class ImportRow(models.Model):
    """One line of a file. ``plan`` and the rest are canonical-enough JSON text, only read whole."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    revision = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    sheet = models.CharField(max_length=60, blank=True)
    line = models.PositiveIntegerField()
    group = models.CharField(max_length=140)
    shown = models.TextField(default="{}")
    faults = models.TextField(default="[]")
    changes = models.TextField(default="[]")
    notes = models.TextField(default="[]")
    plan = models.TextField(default="{}")
    outcome = models.CharField(max_length=10)
    written = models.CharField(max_length=8, choices=Written, default=Written.NOT_YET, blank=True)
    unit_id = models.UUIDField(null=True)
    result_id = models.UUIDField(null=True)
    made = models.TextField(default="[]")
    written_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入行"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "revision", "number"], name="exchange_row_number"
            )
        ]
        indexes = [models.Index(fields=["batch", "outcome"], name="exchange_row_outcome")]

    def __str__(self) -> str:
        return f"{self.sheet}!{self.line}"

    @property
    def where(self) -> str:
        """The line as on screen: ``名册!7``."""
        return f"{self.sheet}!{self.line}" if self.sheet else str(self.line)

    def loads(self, name: str) -> Any:
        """Return one of the JSON columns as data."""
        return json.loads(getattr(self, name))


class HeaderMemory(models.Model):
    """Which columns a person chose for a header; taken again when the same header comes back.

    ``signature`` is the SHA-256 of the titles in their order, ``columns`` field key → column
    number. Kept per district or unit, since the words are its own.
    """

    kind = models.CharField(max_length=40)
    scope = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    signature = models.CharField(max_length=64)
    columns = models.TextField()
    actor_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "记住的列"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "scope", "signature"], name="exchange_header_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.signature[:8]}"
