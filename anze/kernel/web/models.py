"""Rows of the web room: kept filters, and what was done to many rows at once. None decides."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from anze.kernel.units.models import Unit
from anze.lib.ids import uuid7


class SavedFilter(models.Model):
    """The query of a list under a name; the one without a name is what a person used last."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    listing = models.CharField(max_length=40)
    name = models.CharField(max_length=30, blank=True)
    query = models.CharField(max_length=1500)
    is_default = models.BooleanField(default=False)
    shared_with = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "筛选方案"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "listing", "name"], name="web_filter_once"),
            models.UniqueConstraint(
                fields=["user", "listing"],
                condition=models.Q(is_default=True),
                name="web_filter_one_default",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["listing", "user"], name="web_filter_by_list")]

    def __str__(self) -> str:
        return self.name or "上次的筛选"


class RunState(models.TextChoices):
    """A run is shown first, then done, and may be undone for a while."""

    DRAFT = "draft", "待确认"
    RUNNING = "running", "进行中"
    DONE = "done", "已办"
    UNDOING = "undoing", "撤销中"
    UNDONE = "undone", "已撤销"
    STOPPED = "stopped", "中止"


class BulkRun(models.Model):
    """One action over many rows of a list, chosen once: what was shown is what is done."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    client_id = models.CharField(max_length=60)
    listing = models.CharField(max_length=40)
    action = models.CharField(max_length=60)
    query = models.CharField(max_length=1500, blank=True)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.DRAFT)
    told = models.TextField(default="{}")
    problem = models.CharField(max_length=300, blank=True)
    total = models.PositiveIntegerField(default=0)
    created = models.DateTimeField()
    touched = models.DateTimeField()
    undo_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "批量办理"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["actor", "client_id"], name="web_bulk_run_once")
        ]
        indexes: ClassVar = [models.Index(fields=["state", "touched"], name="web_bulk_by_state")]

    def __str__(self) -> str:
        return f"{self.listing} {self.action} {self.state}"


class ItemState(models.TextChoices):
    """What became of one row."""

    WAITING = "waiting", "未办"
    DONE = "done", "已办"
    SKIPPED = "skipped", "跳过"
    UNDONE = "undone", "已撤销"


class BulkItem(models.Model):
    """One row of a run, by its key; ``reason`` says why it was passed over."""

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="items")
    key = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.WAITING)
    reason = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "key"], name="web_bulk_item_once")
        ]
        indexes: ClassVar = [models.Index(fields=["run", "state"], name="web_bulk_item_state")]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"
