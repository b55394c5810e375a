"""The lists of circulars, of what became of messages, and of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html

from anze.kernel.bus.ctx import Ctx
from anze.kernel.people.models import User
from anze.kernel.web.listing import Column, Listing
from anze.kernel.web.templatetags.web import badge, moment, progress
from anze.kernel.work import circulars, outcomes, selectors, topics
from anze.kernel.work.models import Circular, Delivery, DeliveryState, Job, JobState

CHANNELS = {**topics.CHANNELS, "robot": "群机器人"}
TONES = {
    "waiting": "plain", "sent": "soft", "receipt": "soft", "failed_retry": "alert",
    "failed_permanent": "strong", "suppressed": "dash",
    "queued": "plain", "running": "alert", "done": "soft", "failed": "strong", "cancelled": "dash",
}  # fmt: skip


def _state(row: Delivery | Job) -> object:
    return badge(row.get_state_display(), tone=TONES[row.state])


class CircularList(Listing[Circular]):
    """Circulars to bodies the actor may write to."""

    key, title, order = "circulars", "通知单", "-created"
    columns: ClassVar[Sequence[Column]] = (
        Column("title", "标题", link=True, phone="title"),
        Column("unit", "发到", value="unit.name"),
        Column("sender", "发出", value="sender.name"),
        Column(
            "created", "时间", sort="created", show=lambda row: moment(row.created), tight=True
        ),
        Column("done", "已阅或确认", value=lambda row: _done(row), phone="side", tight=True,
               show=lambda row: badge_of(row)),
    )  # fmt: skip
    search: ClassVar[Sequence[str]] = ("title",)
    empty_title = "还没有发过通知单"
    empty_text = "发出后，这里看到谁读了、谁还没有。"

    def rows(self, ctx: Ctx) -> QuerySet[Circular]:
        """Return them with their counts."""
        return circulars.sent(ctx)

    def row_url(self, row: Circular) -> str:
        """Lead to the circular."""
        return reverse("work:circular", args=[row.pk])


def _done(row: Any) -> str:
    return f"{row.confirmed if row.asks == 'confirm' else row.read}/{row.told}"


def badge_of(row: Circular) -> object:
    """Return how many have done their part, as a badge."""
    done, told = _done(row).split("/")
    word = "确认" if row.asks == "confirm" else "已阅"
    return badge(f"{word} {done}/{told}", tone="soft" if done == told else "strong")


class DeliveryFilter(django_filters.FilterSet):
    """By state and channel."""

    state = django_filters.ChoiceFilter(
        label="状态", empty_label="全部", choices=DeliveryState.choices
    )
    channel = django_filters.ChoiceFilter(
        label="渠道", empty_label="全部", choices=list(CHANNELS.items())
    )

    class Meta:
        model = Delivery
        fields: ClassVar[list[str]] = []


class DeliveryList(Listing[Delivery]):
    """What became of messages to people of bodies the actor looks after."""

    key, title, order = "deliveries", "送达情况", "-created"
    columns: ClassVar[Sequence[Column]] = (
        Column("to", "收件", value=lambda row: _to(row), phone="title", tight=True),
        Column("what", "通知", value=lambda row: _what(row)),
        Column("channel", "渠道", value=lambda row: CHANNELS.get(row.channel, ""), tight=True),
        Column("state", "状态", value="get_state_display", sort="state", show=_state,
               phone="side", tight=True),
        Column("attempts", "次数", number=True, phone="hide"),
        Column("error", "说明与办法", show=lambda row: _error(row), export=lambda row: row.error),
        Column("created", "时间", sort="created", show=lambda row: moment(row.created), tight=True),
    )  # fmt: skip
    filters: ClassVar[type[Any]] = DeliveryFilter
    empty_title = "没有送达记录"
    empty_text = "设置了企业微信、钉钉、邮件或短信之后，发往站外的通知列在这里。"

    def rows(self, ctx: Ctx) -> QuerySet[Delivery]:
        """Return those in sight."""
        return outcomes.deliveries(ctx)


def _to(row: Delivery) -> str:
    if row.notice:
        return row.notice.user.name
    return row.robot.name if row.robot else ""


def _what(row: Delivery) -> str:
    if row.notice:
        return row.notice.title
    return row.circular.title if row.circular else ""


def _error(row: Delivery) -> object:
    if row.state not in (DeliveryState.PERMANENT, DeliveryState.RETRY):
        return row.error
    address = reverse("portal:delivery", args=[row.pk])
    return format_html('{} <a href="{}">处理</a>', row.error, address)


class JobFilter(django_filters.FilterSet):
    """By state."""

    state = django_filters.ChoiceFilter(label="状态", empty_label="全部", choices=JobState.choices)

    class Meta:
        model = Job
        fields: ClassVar[list[str]] = []


class JobList(Listing[Job]):
    """Work in the background: what runs, waits, has ended."""

    key, title, order = "jobs", "后台任务", "-created"
    columns: ClassVar[Sequence[Column]] = (
        Column("name", "任务", sort="name", link=True, phone="title"),
        Column("state", "状态", value="get_state_display", sort="state", show=_state,
               phone="side", tight=True),
        Column("progress", "进度", value=lambda row: f"{row.done}/{row.total}",
               show=lambda row: bar(row)),
        Column("who", "发起", value="who", phone="hide"),
        Column("message", "说明"),
        Column("created", "时间", sort="created", show=lambda row: moment(row.created), tight=True),
    )  # fmt: skip
    search: ClassVar[Sequence[str]] = ("name", "message")
    filters: ClassVar[type[Any]] = JobFilter
    empty_text = "导入、生成文件等费时的工作列在这里。"

    def rows(self, ctx: Ctx) -> QuerySet[Job]:
        """Return all jobs of the house."""
        return selectors.jobs(ctx)

    def prepare(self, rows: list[Job], ctx: Ctx) -> list[Job]:
        """Add who asked for each. One query."""
        users = User.objects.filter(pk__in={row.actor_id for row in rows if row.actor_id})
        names = dict(users.values_list("pk", "name"))
        for row in rows:
            row.who = names.get(row.actor_id, "系统")  # type: ignore[attr-defined]
        return rows

    def row_url(self, row: Job) -> str:
        """Lead to the job."""
        return reverse("portal:job", args=[row.pk])


def bar(row: Job) -> object:
    """Return the bar of a job that says how far it is."""
    from django.template.loader import render_to_string

    if not row.total:
        return ""
    return render_to_string("web/parts/progress.html", progress(row.done, row.total, "进度"))
