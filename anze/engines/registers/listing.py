"""The list of a register, made from its description."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.urls import reverse

from anze.engines.registers import selectors, values
from anze.engines.registers.models import ENDED, IN_USE, NEVER, Thing
from anze.engines.registers.spec import Field, RegisterSpec, get
from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Unit
from anze.kernel.web.listing import Column, Listing
from anze.kernel.web.templatetags.web import badge

ENDS = (
    ("over", "已过期"),
    ("soon", "30 天内到期"),
    ("later", "90 天内到期"),
    ("open", "没有到期日"),
)
STATES = ((IN_USE, "在用"), ("missing", "盘点未见"), (ENDED, "已停用"))


class ThingFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By body, end of validity and state; each register adds its own."""

    ctx: Ctx
    ends = django_filters.ChoiceFilter(
        label="有效期", empty_label="全部", choices=ENDS, method="by_end"
    )
    state = django_filters.ChoiceFilter(
        label="状态", empty_label="在用（含未见）", choices=STATES, method="by_state"
    )
    town = django_filters.ChoiceFilter(
        label="镇街道", empty_label="全部", choices=[], method="under"
    )
    unit = django_filters.ChoiceFilter(label="单位", empty_label="全部", choices=[], method="under")

    def get_form_class(self) -> Any:
        """Fill in the bodies in sight; a unit only when a link names it."""
        self.filters["town"].extra["choices"] = self._towns()
        self.filters["unit"].extra["choices"] = self._unit()
        if not self.filters["town"].extra["choices"]:
            del self.filters["town"]
        return super().get_form_class()

    def _towns(self) -> list[tuple[str, str]]:
        seen = self.ctx.access.visible("registers.view")
        rows = narrow(Unit.objects.filter(level="town"), seen, "pk").order_by("pinyin", "pk")
        return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]

    def _unit(self) -> list[tuple[str, str]]:
        try:
            wanted = UUID(str(self.data.get("unit", "")))
        except ValueError:
            return []
        if wanted not in self.ctx.access.visible("units.view"):
            return []
        return [(str(one.pk), one.name) for one in Unit.objects.filter(pk=wanted)]

    def under(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Keep what a body and all below it have."""
        return rows.filter(unit_id__in=units.subtree(UUID(value), self.ctx.today))

    def by_end(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Keep what ends in a span of days."""
        today = self.ctx.today
        if value == "open":
            return rows.filter(due_on=NEVER)
        if value == "over":
            return rows.filter(due_on__lt=today)
        last = today + timedelta(days=30 if value == "soon" else 90)
        return rows.filter(due_on__gte=today, due_on__lte=last)

    def by_state(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Keep one state; without this filter what has ended is left out."""
        return rows.filter(missing_since__isnull=False) if value == "missing" else rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave out what has ended unless it is asked for."""
        ended = self.form.cleaned_data.get("state") == ENDED
        found: QuerySet[Any] = super().filter_queryset(queryset)
        return found.filter(state=ENDED if ended else IN_USE)


class ThingList(Listing[Any]):
    """The things of one register in sight; what ends first stands first."""

    order = "due"
    search_hint = "编号、位置或型号"
    spec: RegisterSpec

    def rows(self, ctx: Ctx) -> QuerySet[Any]:
        """Return all in sight; the filter leaves out what has ended."""
        self.today = ctx.today
        return selectors.things(ctx, self.spec)

    def prepare(self, rows: list[Any], ctx: Ctx) -> list[Any]:
        """Load the names of bodies and places. Two queries."""
        from anze.kernel.units.models import Place

        names = Unit.objects.in_bulk({row.unit_id for row in rows})
        places = Place.objects.in_bulk({row.place_id for row in rows if row.place_id})
        for row in rows:
            row.unit = names[row.unit_id]
            row.place = places.get(row.place_id)
            row.today = ctx.today
        return rows

    def row_url(self, row: Any) -> str:
        """Lead to the thing's page."""
        return reverse("registers:thing", args=[self.spec.code, row.pk])

    def may_export(self, ctx: Ctx) -> bool:
        """Who may export may export registers."""
        return bool(ctx.access.visible("exchange.export"))


def of(spec: RegisterSpec) -> ThingList:
    """Return the list of a register."""
    return _kind(spec.code)()


@cache
def _kind(code: str) -> type[ThingList]:
    spec = get(code)
    searched = ("code", *(one.name for one in spec.fields if one.searched))
    return type(
        f"{spec.model.__name__}List",
        (ThingList,),
        {
            "key": spec.code,
            "title": spec.label,
            "spec": spec,
            "columns": _columns(spec),
            "search": searched,
            "filters": _filters(spec),
            "empty_title": f"还没有登记{spec.noun}",
            "empty_text": "逐件登记，或用 Excel 一次导入。",
        },
    )


def _filters(spec: RegisterSpec) -> type[ThingFilter]:
    own = {
        one.name: django_filters.ChoiceFilter(
            label=one.label, empty_label="全部", choices=_choices(one)
        )
        for one in spec.fields
        if one.filtered
    }
    meta = type("Meta", (), {"model": spec.model, "fields": []})
    return type(f"{spec.model.__name__}Filter", (ThingFilter,), {**own, "Meta": meta})


def _choices(one: Field) -> list[tuple[str, str]]:
    if one.type == "yesno":
        return [("True", "是"), ("False", "否")]
    return list(one.choices.items())


def _columns(spec: RegisterSpec) -> Sequence[Column]:
    return (
        Column("title", "名称", value=spec.title, link=True, phone="title", exported=False),
        Column("code", "编号", sort="code", tight=True),
        Column("unit", "单位", value=lambda row: row.unit.name, show=_unit),
        *(_column(one) for one in spec.fields),
        Column("place", "地点", value="place.name", phone="hide"),
        Column(
            "due", "最近到期日", sort="due_on", value=_due, show=lambda row: due_badge(row),
            phone="side", tight=True,
        ),
        Column("state", "状态", value=_state, shown=False),
    )  # fmt: skip


def _column(one: Field) -> Column:
    return Column(
        one.name,
        one.label,
        value=lambda row: values.said(one, getattr(row, one.name)),
        shown=one.column and one.name != "kind",
    )


def _unit(row: Any) -> str:
    return str(row.unit.short_name or row.unit.name)


def _due(row: Thing) -> object:
    return None if row.due_on == NEVER else row.due_on


def _state(row: Thing) -> str:
    if row.missing_since:
        return f"盘点未见（{row.missing_since}）"
    return str(row.get_state_display())


def due_badge(row: Any) -> object:
    """Return the end of validity as a badge: dark when it is over, plum when it is near."""
    if row.state == ENDED:
        return badge("已停用", "player-pause", "dash")
    if row.missing_since:
        return badge("盘点未见", "help-circle", "alert")
    left = selectors.days_left(row.due_on, row.today)
    if left is None:
        return badge("无到期日", "", "dash")
    if left < 0:
        return badge(f"{row.due_on:%Y-%m-%d} 已过期", "clock-exclamation", "strong")
    if left <= selectors.SOON:
        return badge(f"{row.due_on:%Y-%m-%d}", "calendar-due", "alert")
    return f"{row.due_on:%Y-%m-%d}"
