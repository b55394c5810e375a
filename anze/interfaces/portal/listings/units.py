"""The list of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.html import format_html

from anze.interfaces.portal import links
from anze.interfaces.portal.listings.scoped import Choices, ScopedFilter, choice, towns, under
from anze.kernel.bus.ctx import Ctx
from anze.kernel.units import bodies, rules, selectors
from anze.kernel.units.models import Unit
from anze.kernel.web.listing import Column, Listing
from anze.kernel.web.templatetags.web import badge


class UnitFilter(ScopedFilter):
    """By kind, town, ownership and status."""

    kind = django_filters.ChoiceFilter(
        label="类别", empty_label="全部", choices=list(rules.KINDS.items())
    )
    town = choice("镇街道", method="in_town")
    ownership = django_filters.ChoiceFilter(
        label="办学性质",
        empty_label="全部",
        choices=[(key, label) for key, label in rules.OWNERSHIPS.items() if key],
    )
    status = django_filters.ChoiceFilter(
        label="状态", empty_label="全部", choices=list(rules.STATUSES.items())
    )

    class Meta:
        model = Unit
        fields: ClassVar[list[str]] = []

    def scoped(self) -> dict[str, Choices]:
        """The towns in sight."""
        return {"town": towns(self.ctx)}

    def in_town(self, rows: QuerySet[Unit], _name: str, value: str) -> QuerySet[Unit]:
        """Keep what lies under a town."""
        return under(rows, self.ctx, value, "pk")


class UnitList(Listing[Unit]):
    """Schools, institutions, companies, and the sections of the bureau."""

    key, title, order = "units", "单位", "name"
    columns: ClassVar[Sequence[Column]] = (
        Column(
            "name", "名称", sort="pinyin", phone="title", link=True, show=lambda row: _name(row)
        ),
        Column("kind", "类别", value=lambda row: _kind(row), sort="kind", phone="side"),
        Column("town", "镇街道", value="town_name", phone="hide"),
        Column(
            "ownership", "办学性质", value=lambda row: _owned(row), sort="ownership", phone="hide"
        ),
        Column("campuses", "校区", value="campus_count", number=True, phone="hide"),
        Column("code", "学校标识码", sort="code", tight=True, phone="hide"),
        Column("uscc", "统一社会信用代码", shown=False),
        Column("status", "状态", value="get_status_display", sort="status", phone="hide"),
    )
    search: ClassVar[Sequence[str]] = ("name", "short_name", "pinyin", "initials", "code")
    search_hint = "名称、拼音、首字母或标识码"
    filters: ClassVar[type[Any]] = UnitFilter
    empty_text = "名册导入后，这里列出您能看到的单位。"

    def rows(self, ctx: Ctx) -> QuerySet[Unit]:
        """Return the units and sections in sight; campuses stand on their unit's page."""
        return selectors.visible_to(ctx).filter(level__in=("unit", "section"))

    def prepare(self, rows: list[Unit], ctx: Ctx) -> list[Unit]:
        """Add the town over each unit and the number of its campuses. Two queries."""
        ids = [row.pk for row in rows]
        over = bodies.towns_of(ids, ctx.today)
        below = bodies.campuses_of(ids, ctx.today)
        for row in rows:
            row.town_name = over.get(row.pk, "")  # type: ignore[attr-defined]
            row.campus_count = len(below[row.pk]) if row.pk in below else None  # type: ignore[attr-defined]
        return rows

    def row_url(self, row: Unit) -> str:
        """Lead to the unit's page."""
        return links.unit(row.pk)


def _kind(row: Unit) -> str:
    return row.get_kind_display() if row.kind else row.get_level_display()


def _name(row: Unit) -> object:
    """The name, with a badge only where the unit is not open: on a phone there is no column."""
    if row.status == "open":
        return row.name
    return format_html("{} {}", row.name, badge(row.get_status_display(), tone="dash"))


def _owned(row: Unit) -> str:
    return row.get_ownership_display() if row.ownership else ""
