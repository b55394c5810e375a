"""The worklist of suggestions, and the public list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.urls import reverse

from anze.domains.burden.models import About, Suggestion, SuggestionState
from anze.domains.burden.selectors import suggestions
from anze.kernel.bus.ctx import Ctx
from anze.kernel.web.listing import Column, Listing
from anze.kernel.web.templatetags.web import badge, day, moment

TONES = {"open": "strong", "taken": "plain", "answered": "soft"}


def state_of(row: Suggestion) -> object:
    """Return the state as a badge."""
    return badge(row.get_state_display(), tone=TONES[row.state])


def sender_of(row: Suggestion) -> str:
    """Return who said it."""
    return row.sender.name if row.sender else "未署名"


class SuggestionFilter(django_filters.FilterSet):
    """By state and kind."""

    state = django_filters.ChoiceFilter(
        label="状态", empty_label="全部", choices=SuggestionState.choices
    )
    about = django_filters.ChoiceFilter(label="类别", empty_label="全部", choices=About.choices)

    class Meta:
        model = Suggestion
        fields: ClassVar[list[str]] = []


class SuggestionList(Listing[Suggestion]):
    """What the actor handles."""

    key, title, order = "suggestions", "投诉建议", "-created"
    columns: ClassVar[Sequence[Column]] = (
        Column("words", "内容", link=True, phone="title"),
        Column("about", "类别", value="get_about_display", sort="about", tight=True),
        Column("page", "在哪个页面", value=lambda row: page_of(row)),
        Column("unit", "单位", value="unit.name", sort="unit__pinyin"),
        Column("sender", "提出", value=sender_of, tight=True),
        Column("state", "状态", value="get_state_display", sort="state", show=state_of,
               phone="side", tight=True),
        Column("handler", "办理", value="handler.name", phone="hide"),
        Column("created", "时间", sort="created", show=lambda row: moment(row.created), tight=True),
    )  # fmt: skip
    search: ClassVar[Sequence[str]] = ("words", "thing", "unit__name", "unit__pinyin")
    search_hint = "内容、表单、单位"
    filters: ClassVar[type[Any]] = SuggestionFilter
    empty_title = "没有投诉建议"
    empty_text = "每个页面底部都有“投诉建议”，提了就列在这里。"

    def rows(self, ctx: Ctx) -> QuerySet[Suggestion]:
        """Return those in the actor's hands."""
        return suggestions.worklist(ctx)

    def row_url(self, row: Suggestion) -> str:
        """Lead to the suggestion."""
        return reverse("burden:suggestion", args=[row.pk])


def page_of(row: Suggestion) -> str:
    """Return the page somebody was looking at, in words."""
    return " · ".join(one for one in (row.screen, row.thing) if one)


class PublicList(Listing[Suggestion]):
    """What was said and what changed, without persons and units."""

    key, title, order = "suggestions-public", "说了什么，改了什么", "-answered"
    columns: ClassVar[Sequence[Column]] = (
        Column("said", "反映", phone="title"),
        Column("changed", "改了什么"),
        Column("about", "类别", value="get_about_display", sort="about", tight=True),
        Column("outcome", "结果", value="get_outcome_display", sort="outcome", tight=True,
               phone="side", show=lambda row: badge(row.get_outcome_display(), tone="soft")),
        Column("answered", "答复", sort="answered", tight=True,
               value=lambda row: row.answered, show=lambda row: day(row.answered)),
    )  # fmt: skip
    search: ClassVar[Sequence[str]] = ("said", "changed")
    search_hint = "反映或改了什么"
    empty_title = "还没有公开的答复"
    empty_text = "办理完、可以公开的投诉建议列在这里。"

    def rows(self, ctx: Ctx) -> QuerySet[Suggestion]:
        """Return the published ones."""
        return suggestions.public()
