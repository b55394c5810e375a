"""Rows of the work room: what people are told, by which ways, and what runs without them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from anze.kernel.units.models import Unit
from anze.lib.ids import uuid7


class Circular(models.Model):
    """One 通知单: what somebody sent to many on purpose, and what he asks of them.

    ``entry_uid`` is the entry of the ledger when it asked to be confirmed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    title = models.CharField("标题", max_length=120)
    body = models.TextField("内容", blank=True)
    asks = models.CharField(
        "要求", max_length=8, choices=[("read", "阅读即可"), ("confirm", "阅读并确认")]
    )
    posts = models.CharField(max_length=300)
    created = models.DateTimeField()
    nudged_at = models.DateTimeField(null=True, blank=True)
    nudges = models.PositiveSmallIntegerField(default=0)
    entry_uid = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知单"
        ordering = ["-created", "-id"]
        indexes = [models.Index(fields=["unit", "created"], name="work_circular_unit")]

    def __str__(self) -> str:
        return self.title


class Notice(models.Model):
    """Something one person should look at; ``key`` makes telling twice the same as telling once.

    ``planned`` says that its deliveries by other channels have been made out.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    topic = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    body = models.CharField(max_length=500, blank=True)
    link = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=120)
    created = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    circular = models.ForeignKey(
        Circular, models.CASCADE, null=True, blank=True, related_name="notices"
    )
    unit = models.ForeignKey(Unit, models.SET_NULL, null=True, blank=True, related_name="+")
    planned = models.BooleanField(default=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        ordering = ["-created", "-id"]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="work_notice_once")]
        indexes = [
            models.Index(
                fields=["user"], condition=models.Q(read_at=None), name="work_notice_unread"
            ),
            models.Index(fields=["user", "created"], name="work_notice_inbox"),
            models.Index(
                fields=["created"],
                condition=models.Q(planned=False),
                name="work_notice_unplanned",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Contact(models.Model):
    """By which address a person is reached on a channel; phones stand with the person."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="contacts")
    channel = models.CharField(max_length=12)
    address = models.CharField(max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "联系方式"
        constraints = [models.UniqueConstraint(fields=["user", "channel"], name="work_contact_one")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.channel}"


class Habit(models.Model):
    """When a person is left in peace, and whether he wants what can wait once a day."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="habit")
    quiet_from = models.TimeField("免打扰开始")
    quiet_to = models.TimeField("免打扰结束")
    digest = models.BooleanField("不紧急的通知合并成每日一次摘要", default=False)

    def __str__(self) -> str:
        return f"{self.user_id} {self.quiet_from}–{self.quiet_to}"


class Preference(models.Model):
    """A person's answer for one topic on one channel where he differs from the default."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    topic = models.CharField(max_length=60)
    channel = models.CharField(max_length=12)
    wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "topic", "channel"], name="work_preference_one")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.topic} {self.channel} {self.wanted}"


class Robot(models.Model):
    """A robot in a group chat of a body. Its address is a secret and lies in a file, not here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField("群名称", max_length=60)
    kind = models.CharField(max_length=12)
    slot = models.CharField(max_length=40, unique=True)
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name = verbose_name_plural = "群机器人"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    """How far one message on one channel has come."""

    WAITING = "waiting", "待发送"
    SENT = "sent", "已发出"
    RECEIPT = "receipt", "已送达"
    RETRY = "failed_retry", "待重试"
    PERMANENT = "failed_permanent", "未送达"
    SUPPRESSED = "suppressed", "未再发送"


DUE = (DeliveryState.WAITING, DeliveryState.RETRY)


class Delivery(models.Model):
    """One notice on its way to one person by one channel, or one circular to one group.

    It is due at ``next_at`` while its state is one of ``DUE``; whoever sends it first puts that a
    few minutes off, so a killed sender leaves it due again. Rows that ``bundled`` marks go out as
    one message with the person's others on that channel.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notice = models.ForeignKey(
        Notice, models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    robot = models.ForeignKey(
        Robot, models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    circular = models.ForeignKey(
        Circular, models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    channel = models.CharField("渠道", max_length=12)
    state = models.CharField("状态", max_length=16, choices=DeliveryState, default="waiting")
    bundled = models.BooleanField(default=False)
    next_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    provider_id = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=60, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    receipt_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "送达"
        ordering = ["-created", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="work_delivery_once"),
            models.UniqueConstraint(fields=["robot", "circular"], name="work_delivery_group_once"),
            models.CheckConstraint(
                condition=(
                    models.Q(notice__isnull=False, robot=None)
                    | models.Q(notice=None, robot__isnull=False, circular__isnull=False)
                ),
                name="work_delivery_to_one",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(state__in=["waiting", "failed_retry"]),
                name="work_delivery_due",
            ),
            models.Index(fields=["state", "created"], name="work_delivery_state"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


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
    last_ms = models.PositiveIntegerField(null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "定时任务"

    def __str__(self) -> str:
        return self.name
