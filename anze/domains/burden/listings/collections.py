"""The lists of collection tasks, of the answers to one, and of who has not answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from anze.domains.burden.models import (
    AnswerState,
    CollectionAnswer,
    CollectionTask,
    FieldType,
    TaskState,
)
from anze.domains.burden.selectors import tasks
from anze.domains.burden.services import answers as services
from anze.kernel.bus.ctx import Ctx
from anze.kernel.web.bulk.registry import BulkAction, Outcome, Preview
from anze.kernel.web.listing import Column, Listing
from anze.kernel.web.templatetags.web import badge, day, moment

TONES = {
    "draft": "dash", "waiting": "alert", "open": "plain", "ended": "soft", "withdrawn": "dash",
    "owed": "strong", "answered": "soft",
}  # fmt: skip


def state_of(row: CollectionTask | CollectionAnswer) -> object:
    """Return a state as a badge."""
    return badge(row.get_state_display(), tone=TONES[row.state])


class TaskFilter(django_filters.FilterSet):
    """By state."""

    state = django_filters.ChoiceFilter(label="状态", empty_label="全部", choices=TaskState.choices)

    class Meta:
        model = CollectionTask
        fields: ClassVar[list[str]] = []


class TaskList(Listing[CollectionTask]):
    """The tasks to units the actor may ask."""

    key, title, order = "collections", "临时报表", "-created"
    columns: ClassVar[Sequence[Column]] = (
        Column("title", "标题", link=True, phone="title"),
        Column("owner", "发起", value=lambda row: f"{row.owner} {row.author}"),
        Column("scope", "范围", value="scope.name", phone="hide"),
        Column("ends", "截止", sort="ends", show=lambda row: day(row.ends), tight=True),
        Column("done", "已报", value=lambda row: f"{row.done}/{row.asked}" if row.asked else ""),
        Column("state", "状态", value="get_state_display", sort="state", show=state_of,
               phone="side", tight=True),
    )  # fmt: skip
    search: ClassVar[Sequence[str]] = ("title", "why", "basis")
    search_hint = "标题、原因、依据"
    filters: ClassVar[type[Any]] = TaskFilter
    empty_title = "没有临时报表"
    empty_text = "要求和台账里没有、又确实要的数据，才在这里起草，由另一人批准后发出。"

    def rows(self, ctx: Ctx) -> QuerySet[CollectionTask]:
        """Return those in sight."""
        return tasks.visible(ctx)

    def row_url(self, row: CollectionTask) -> str:
        """Lead to the task."""
        return reverse("burden:task", args=[row.pk])


class AnswerFilter(django_filters.FilterSet):
    """By state."""

    state = django_filters.ChoiceFilter(
        label="状态", empty_label="全部", choices=AnswerState.choices
    )

    class Meta:
        model = CollectionAnswer
        fields: ClassVar[list[str]] = []


class AnswerList(Listing[CollectionAnswer]):
    """What the units answered to one task: a column for each field."""

    key, title, order = "collection-answers", "填报结果", "unit"
    search: ClassVar[Sequence[str]] = ("unit__name", "unit__pinyin", "unit__initials")
    search_hint = "单位名称或拼音"
    filters: ClassVar[type[Any]] = AnswerFilter
    empty_title = "还没有单位"
    empty_text = "批准后正在分发，稍等片刻刷新。"

    def __init__(self, task: CollectionTask) -> None:
        self.task = task
        self.columns = (  # type: ignore[misc]
            Column("unit", "单位", value="unit.name", sort="unit__pinyin", phone="title"),
            Column("state", "状态", value="get_state_display", sort="state", show=state_of,
                   phone="side", tight=True),
            *(self._column(one.position, one.label, one.type) for one in task.fields.all()),
            Column("by", "填报", value="by.name", phone="hide"),
            Column("answered", "时间", sort="answered", tight=True,
                   show=lambda row: moment(row.answered)),
        )  # fmt: skip

    def _column(self, position: int, label: str, kind: str) -> Column:
        number = kind in (FieldType.INTEGER, FieldType.DECIMAL)
        return Column(f"f{position}", label, value=lambda row: shown(row, position), number=number)

    def rows(self, ctx: Ctx) -> QuerySet[CollectionAnswer]:
        """Return the answers in sight; a half filled in shows nothing yet."""
        return tasks.answers(ctx).filter(task=self.task)


def shown(row: CollectionAnswer, position: int) -> object:
    """Return one value of an answer that was handed in, as people read it."""
    if row.state != AnswerState.ANSWERED:
        return ""
    value = tasks.content(row).get(str(position), "")
    return {"yes": "是", "no": "否"}.get(str(value), value) if isinstance(value, str) else value


class LateFilter(django_filters.FilterSet):
    """By task."""

    task = django_filters.ChoiceFilter(label="临时报表", empty_label="全部", choices=())

    class Meta:
        model = CollectionAnswer
        fields: ClassVar[list[str]] = []

    def get_form_class(self) -> Any:
        """Offer the tasks in sight that still run."""
        form = super().get_form_class()
        running = tasks.visible(self.ctx).filter(  # type: ignore[attr-defined]
            state=TaskState.OPEN
        )
        titles = running.order_by("ends").values_list("pk", "title")
        form.base_fields["task"].choices = [("", "全部"), *((str(pk), one) for pk, one in titles)]
        return form


class LateList(Listing[CollectionAnswer]):
    """Who has not answered what still runs."""

    key, title, order = "collections-late", "临时报表：谁还没报", "due"
    columns: ClassVar[Sequence[Column]] = (
        Column("unit", "单位", value="unit.name", sort="unit__pinyin", phone="title"),
        Column("task", "临时报表", value="task.title", sort="task__title"),
        Column("due", "截止", sort="task__ends", tight=True, value="task.ends",
               show=lambda row: day(row.task.ends)),
        Column("reminded", "上次催办", show=lambda row: moment(row.reminded), phone="hide"),
        Column("state", "状态", value="get_state_display", sort="state", phone="side",
               show=state_of),
    )  # fmt: skip
    search: ClassVar[Sequence[str]] = ("unit__name", "unit__pinyin", "unit__initials")
    search_hint = "单位名称或拼音"
    filters: ClassVar[type[Any]] = LateFilter
    empty_title = "都报齐了"
    empty_text = "正在收集的临时报表没有缺的。"

    def rows(self, ctx: Ctx) -> QuerySet[CollectionAnswer]:
        """Return those in sight."""
        return tasks.late(ctx)


def make_late(_ctx: Ctx, _query: QueryDict) -> LateList:
    """Return the list as an address means it."""
    return LateList()


def _preview(ctx: Ctx, rows: QuerySet[Any]) -> Preview:
    found = list(tasks.late(ctx).filter(pk__in=rows.order_by().values("pk")))
    again = services.reminded_today(ctx, found)
    chosen = [row for row in found if row.pk not in again]
    counted: dict[str, int] = {}
    for row in chosen:
        counted[row.task.title] = counted.get(row.task.title, 0) + 1
    skipped = {"今天已经催过，同一天不重复通知": len(again)} if again else {}
    notes = ["通知单位的安全管理人员；无人任职的，通知单位负责人。催办会存证。"]
    return Preview([str(row.pk) for row in chosen], skipped, list(counted.items()), notes)


def _remind(ctx: Ctx, keys: Sequence[str], _client_id: str) -> Outcome:
    done = services.remind(ctx, [int(key) for key in keys])
    return Outcome(frozenset(str(pk) for pk in done))


REMIND = BulkAction(
    "remind", "催办", tasks.COLLECT, _preview, _remind, icon="speakerphone", chunk=20,
    warning="通知发出后收不回来，催办不能撤销。", said="已催办 {n} 个单位",
)  # fmt: skip
