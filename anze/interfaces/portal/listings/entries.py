"""The list of ledger entries an actor may read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils.html import format_html

from anze.interfaces.portal import labels, links
from anze.interfaces.portal.listings.scoped import (
    Choices,
    ScopedFilter,
    choice,
    days,
    the_unit,
    under,
)
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import kinds
from anze.kernel.ledger.models import RETRACT, SUPERSEDE, Entry
from anze.kernel.people import sight
from anze.kernel.units.models import Unit
from anze.kernel.web.listing import Column, Listing
from anze.kernel.web.templatetags.web import badge, moment

VIA = {
    "web": "网页",
    "api": "接口",
    "import": "导入",
    "console": "控制台",
    "packet": "离线上报",
    "system": "系统",
    "demo": "演示",
}


class EntryFilter(ScopedFilter):
    """By kind, unit and the day it was recorded."""

    kind = choice("类型")
    unit = choice("单位", method="of_unit")
    recorded = days("登记日期", method="in_days")
    live = django_filters.ChoiceFilter(
        label="是否有效",
        empty_label="全部",
        choices=[("yes", "有效"), ("no", "已更正或撤回")],
        method="only_live",
    )

    class Meta:
        model = Entry
        fields: ClassVar[list[str]] = []

    def scoped(self) -> dict[str, Choices]:
        """The kinds declared in code and by loaded packs that may stand on a list."""
        known = {
            kind.name: kind.label
            for kind in kinds.all_kinds()
            if kind.visibility not in kinds.RESTRICTED
        } | labels.of_packs()
        ordered = sorted(known.items(), key=lambda one: one[1])
        return {"kind": ordered, "unit": the_unit(self.ctx, self.asked("unit"))}

    def of_unit(self, rows: QuerySet[Entry], _name: str, value: str) -> QuerySet[Entry]:
        """Keep a unit and what lies under it."""
        return under(rows, self.ctx, value, "unit_id")

    def in_days(self, rows: QuerySet[Entry], _name: str, value: slice) -> QuerySet[Entry]:
        """Keep what was recorded on these Chinese days, both inclusive."""
        if value.start:
            rows = rows.filter(recorded__gte=clock.start_of(_day(value.start)))
        if value.stop:
            rows = rows.filter(recorded__lt=clock.start_of(_day(value.stop) + timedelta(days=1)))
        return rows

    def only_live(self, rows: QuerySet[Entry], _name: str, value: str) -> QuerySet[Entry]:
        """Keep what still counts, or what no longer does."""
        if value == "yes":
            return rows.filter(replaced=False).exclude(op=RETRACT)
        return rows.filter(replaced=True)


def _day(value: date | datetime) -> date:
    return clock.day_of(value) if isinstance(value, datetime) else value


class EntryList(Listing[Entry]):
    """Numbered entries, latest first."""

    key, title, order = "ledger", "存证", "-n"
    # Entries are numbered in the order of their rows but for those that waited for one another; a
    # page is cut by row, which every index ends with, and then shown by number.
    walk: ClassVar[Mapping[str, str]] = {"leaf__n": "pk"}
    columns: ClassVar[Sequence[Column]] = (
        Column("n", "编号", sort="leaf__n", number=True, phone="side"),
        Column("kind", "类型", value="label", show=lambda row: _kind(row), phone="title",
               link=True),
        Column("mark", "状态", value=lambda row: _mark(row), shown=False),
        Column("unit", "单位", value="unit_name", show=lambda row: _unit(row)),
        Column("happened", "发生", sort="happened", show=lambda row: moment(row.happened)),
        Column("recorded", "登记", sort="recorded", show=lambda row: moment(row.recorded),
               phone="hide"),
        Column("who", "登记人", value="who"),
        Column("via", "途径", value=lambda row: VIA.get(row.via, row.via), phone="hide"),
        Column("uid", "存证号", value=lambda row: str(row.uid), shown=False),
    )  # fmt: skip
    search: ClassVar[Sequence[str]] = ()
    filters: ClassVar[type[Any]] = EntryFilter
    empty_text = "登记过的事项在取得编号后列在这里。"

    def rows(self, ctx: Ctx) -> QuerySet[Entry]:
        """Return the entries the actor may read."""
        return sight.entries(ctx)

    def prepare(self, rows: list[Entry], ctx: Ctx) -> list[Entry]:
        """Add the names of units, and of people where they may be told. Three queries."""
        return named(rows, ctx)

    def row_url(self, row: Entry) -> str:
        """Lead to the entry."""
        return links.entry(row.uid)


def named(rows: list[Entry], ctx: Ctx) -> list[Entry]:
    """Put ``label``, ``unit_name`` and ``who`` on entries. Three queries."""
    names, label = sight.names_of(ctx, rows), labels.labels()
    ids = {row.unit_id for row in rows if row.unit_id}
    units = dict(Unit.objects.filter(pk__in=ids).values_list("pk", "name"))
    for row in rows:
        row.label = label(row.kind)  # type: ignore[attr-defined]
        row.unit_name = units.get(row.unit_id, "") if row.unit_id else ""  # type: ignore[attr-defined]
        row.who = _who(row.actor_id, names)  # type: ignore[attr-defined]
    return rows


def _who(actor: UUID | None, names: dict[UUID, str]) -> str:
    if actor is None:
        return "系统"
    return names.get(actor, "（姓名不公开）")


def _mark(row: Entry) -> str:
    if row.op == RETRACT:
        return "撤回"
    corrected = "更正" if row.op == SUPERSEDE else ""
    if getattr(row, "replaced", False):
        return f"{corrected}，已被替代" if corrected else "已被替代"
    return f"{corrected}，补记" if corrected and row.late else "补记" if row.late else corrected


def _kind(row: Entry) -> object:
    label, mark = row.label, _mark(row)  # type: ignore[attr-defined]
    return format_html("{} {}", label, badge(mark, tone="dash")) if mark else label


def _unit(row: Entry) -> object:
    name = row.unit_name  # type: ignore[attr-defined]
    return format_html('<a href="{}">{}</a>', links.unit(row.unit_id), name) if name else "—"
