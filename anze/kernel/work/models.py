"""Rows of the work room: none of them decides anything, so none is an entry of the ledger."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from anze.lib.ids import uuid7


class Notice(models.Model):
    """Something one person should look at; ``key`` makes telling twice the same as telling once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    topic = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    body = models.CharField(max_length=500, blank=True)
    link = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=120)
    created = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        ordering = ["-created", "-id"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="work_notice_once")]
        indexes = [
            models.Index(
                fields=["user"], condition=models.Q(read_at=None), name="work_notice_unread"
            ),
            models.Index(fields=["user", "created"], name="work_notice_inbox"),
        ]

    def __str__(self) -> str:
        return self.title


class JobState(models.TextChoices):
    """A job waits, runs under a lease, or has ended in one of three ways."""

    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "未办成"
    CANCELLED = "cancelled", "已取消"


OPEN = (JobState.QUEUED, JobState.RUNNING)


class Job(models.Model):
    """Work for the background. While it runs, ``owner`` holds it until ``lease_until``."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=60)
    args = models.TextField(default="{}")
    key = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    owner = models.CharField(max_length=60, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    created = models.DateTimeField()
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "任务"
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "key"],
                condition=models.Q(state__in=["queued", "running"]),
                name="work_job_once_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=models.Q(state__in=["queued", "running"]),
                name="work_job_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class SweepRun(models.Model):
    """When a periodic hook is due again, and how its last run ended."""

    name = models.CharField(max_length=60, primary_key=True)
    due = models.DateTimeField()
    last_started = models.DateTimeField(null=True, blank=True)
    last_ok = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "定时任务"

    def __str__(self) -> str:
        return self.name
