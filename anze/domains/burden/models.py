"""Rows of the burden room: what people say is too much, what is asked besides requirements."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anze.kernel.people.models import User
from anze.kernel.units.models import Unit


class About(models.TextChoices):
    """What somebody says is wrong with a thing asked."""

    REPEATED = "repeated", "重复填报"
    NEEDLESS = "needless", "没必要"
    IMPOSSIBLE = "impossible", "填不了"
    OTHER = "other", "其他"


class SuggestionState(models.TextChoices):
    """How far the desk is with a suggestion."""

    OPEN = "open", "待办理"
    TAKEN = "taken", "办理中"
    ANSWERED = "answered", "已答复"


class Outcome(models.TextChoices):
    """What the desk did about it."""

    CHANGED = "changed", "已经改了"
    PLANNED = "planned", "将要改"
    KEPT = "kept", "不改"
    ELSEWHERE = "elsewhere", "不归本局，已转告"


class Suggestion(models.Model):
    """One 投诉建议. Its id is made by the device that sends it, so that twice sent is once.

    Without a name there is no sender, and the unit is the district only. ``said`` and ``changed``
    are the public summary, written by the desk: what was said, and what changed.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    about = models.CharField("类别", max_length=10, choices=About.choices)
    words = models.CharField("内容", max_length=500)
    state = models.CharField(
        max_length=10, choices=SuggestionState.choices, default=SuggestionState.OPEN
    )
    sender = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="suggestions"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    route = models.CharField(max_length=80, blank=True)
    screen = models.CharField("页面", max_length=60, blank=True)
    form = models.CharField(max_length=95, blank=True)
    requirement = models.CharField(max_length=95, blank=True)
    thing = models.CharField("表单或要求", max_length=120, blank=True)
    created = models.DateTimeField()
    entry_uid = models.UUIDField()
    handler = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    answer = models.CharField(max_length=500, blank=True)
    answered = models.DateTimeField(null=True, blank=True)
    published = models.BooleanField(default=False)
    said = models.CharField(max_length=200, blank=True)
    changed = models.CharField(max_length=200, blank=True)
    answer_uid = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "投诉建议"
        indexes: ClassVar = [
            models.Index(fields=["unit", "state", "created"], name="burden_sugg_by_unit"),
            models.Index(fields=["published", "answered"], name="burden_sugg_public"),
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.state}"


class TaskState(models.TextChoices):
    """Where a collection task stands. Only an open one asks anybody for anything."""

    DRAFT = "draft", "草稿"
    WAITING = "waiting", "待审批"
    OPEN = "open", "收集中"
    ENDED = "ended", "已结束"
    WITHDRAWN = "withdrawn", "已撤回"


class FieldType(models.TextChoices):
    """What a field of a collection task takes."""

    TEXT = "text", "文字"
    INTEGER = "integer", "整数"
    DECIMAL = "decimal", "小数"
    CHOICE = "choice", "单选"
    DATE = "date", "日期"
    BOOL = "bool", "是否"


class CollectionTask(models.Model):
    """One 临时报表: what is asked of which units until when, why, and who answers for asking.

    ``owner`` is the author's body, ``scope`` the top of the units asked, ``kinds`` their kinds
    (comma-separated, empty for all). ``digest`` is the SHA-256 of what was submitted and approved.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    owner = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    scope = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kinds = models.CharField(max_length=300, blank=True)
    title = models.CharField("标题", max_length=80)
    why = models.CharField("为什么要", max_length=300)
    basis = models.CharField("依据", max_length=200)
    readers = models.CharField("谁看、怎么用", max_length=200)
    ends = models.DateField("截止日期")
    state = models.CharField(max_length=10, choices=TaskState.choices, default=TaskState.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    approver = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    returned = models.CharField("退回意见", max_length=300, blank=True)
    created = models.DateTimeField()
    opened = models.DateTimeField(null=True, blank=True)
    closed = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    entry_uid = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "临时报表"
        indexes: ClassVar = [models.Index(fields=["state", "ends"], name="burden_task_state")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(approver=None) | ~models.Q(approver=models.F("author")),
                name="burden_task_two_people",
            )
        ]

    def __str__(self) -> str:
        return self.title


class CollectionField(models.Model):
    """One field of a task. ``kept`` says where the same is kept already, line by line.

    ``again`` is why it is asked all the same; ``meaning`` the label as it is compared.
    """

    task = models.ForeignKey(CollectionTask, models.CASCADE, related_name="fields")
    position = models.PositiveSmallIntegerField()
    label = models.CharField("名称", max_length=60)
    type = models.CharField("类型", max_length=10, choices=FieldType.choices)
    options = models.CharField(max_length=400, blank=True)
    required = models.BooleanField(default=True)
    meaning = models.CharField(max_length=60, db_index=True)
    kept = models.TextField(blank=True)
    again = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["task", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "position"], name="burden_field_once")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def options_said(self) -> str:
        """The options of a choice in one line."""
        return "、".join(self.options.splitlines())


class AnswerState(models.TextChoices):
    """How far a unit is with a task."""

    OWED = "owed", "未填"
    DRAFT = "draft", "填了一部分"
    ANSWERED = "answered", "已报"


class CollectionAnswer(models.Model):
    """What one unit answers to one task. ``content`` is JSON: position of the field → value.

    ``prefilled`` is how many fields came from an earlier answer and were handed in unchanged;
    ``revision`` rises with each change, so that of two phones one is told.
    """

    task = models.ForeignKey(CollectionTask, models.PROTECT, related_name="answers")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=AnswerState.choices, default=AnswerState.OWED)
    content = models.TextField(default="{}")
    prefilled = models.PositiveSmallIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    asked = models.DateTimeField()
    answered = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    entry_uid = models.UUIDField(null=True, blank=True)
    reminded = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "unit"], name="burden_answer_once")
        ]
        indexes: ClassVar = [models.Index(fields=["unit", "state"], name="burden_answer_by_unit")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.unit_id} {self.state}"
