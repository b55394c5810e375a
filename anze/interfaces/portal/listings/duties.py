"""The list of occurrences: what every number about duties leads to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

import django_filters
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import QueryDict
from django.utils.html import format_html

from anze.engines.duties import selectors
from anze.engines.duties.models import SETTLED, Occurrence, Requirement, StateChange
from anze.engines.duties.selectors.lines import visible
from anze.interfaces.portal import describe, links, when
from anze.interfaces.portal.listings.scoped import (
    Choices,
    ScopedFilter,
    choice,
    day,
    days,
    the_unit,
    towns,
    under,
)
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import selectors as ledger
from anze.kernel.units.models import Unit
from anze.kernel.web.listing import Column, Listing
from anze.kernel.web.states import STATES
from anze.kernel.web.templatetags.web import day as said_day
from anze.kernel.web.templatetags.web import state

STANDING = ("owed", "met", "met_late", "missed", "waived")
GROUPS = [
    ("done", "已完成（含迟完成）"),
    ("open", "未完成（含待办）"),
    ("asked", "应办（不含豁免）"),
]
GROUPED = {
    "done": ("met", "met_late"),
    "open": ("owed", "missed"),
    "asked": ("owed", "met", "met_late", "missed"),
}


class DutyFilter(ScopedFilter):
    """By pack, clause, requirement, state, unit, town, period and due day."""

    state = django_filters.ChoiceFilter(
        label="状态",
        empty_label="全部",
        choices=[(key, STATES[key].label) for key in STANDING] + GROUPS,
        method="in_state",
    )
    issuer = choice("制度包", field_name="requirement__pack__issuer")
    requirement = choice("要求", field_name="requirement_id")
    clause = choice("条款", method="of_clause")
    unit = choice("单位", method="of_unit")
    town = choice("镇街道", method="of_unit")
    due = days("到期")
    start = day("周期开始", field_name="start")
    running = day("周期含", method="running_on")

    class Meta:
        model = Occurrence
        fields: ClassVar[list[str]] = []

    def scoped(self) -> dict[str, Choices]:
        """Packs and requirements; of clauses and units the one a link names."""
        known = Requirement.objects.select_related("pack").defer("pack__content")
        rows = list(known.order_by("pack__issuer", "ref", "pk"))
        wanted = self.asked("issuer")
        return {
            "issuer": [
                (one.pack.issuer, one.pack.title)
                for one in {one.pack.issuer: one for one in rows}.values()
            ],
            "requirement": [
                (str(one.pk), one.title) for one in rows if wanted in ("", one.pack.issuer)
            ],
            "clause": _clause(self.asked("clause")),
            "unit": the_unit(self.ctx, self.asked("unit")),
            "town": towns(self.ctx),
        }

    def in_state(self, rows: QuerySet[Occurrence], _name: str, value: str) -> QuerySet[Occurrence]:
        """Keep one state, or a group of them."""
        return rows.filter(shown_state__in=GROUPED.get(value, (value,)))

    def of_unit(self, rows: QuerySet[Occurrence], _name: str, value: str) -> QuerySet[Occurrence]:
        """Keep a unit or town and what lies under it."""
        return under(rows, self.ctx, value, "unit_id")

    def running_on(self, rows: QuerySet[Occurrence], _name: str, on: date) -> QuerySet[Occurrence]:
        """Keep the periods that run on a day: what a board counts as 本期."""
        return rows.filter(start__lte=on, end__gte=on)

    def of_clause(self, rows: QuerySet[Occurrence], _name: str, value: str) -> QuerySet[Occurrence]:
        """Keep what is counted under ``issuer:ref``."""
        issuer, _, ref = value.partition(":")
        serving = Requirement.objects.filter(pack__issuer=issuer, clauses__clause=ref)
        return rows.filter(requirement__in=serving)


def _clause(asked: str) -> Choices:
    issuer, _, ref = asked.partition(":")
    return [(asked[:60], f"{issuer} {ref}"[:60])] if issuer and ref else []


class DutyList(Listing[Occurrence]):
    """Occurrences in sight; with ``at_n`` in the state known at that ledger number."""

    key, title, order = "duties", "履职事项", "-due"
    columns: ClassVar[Sequence[Column]] = (
        Column("title", "要求", value="requirement.title", sort="requirement__title",
               phone="title", link=True),
        Column("unit", "单位", value="unit.name", sort="unit__pinyin",
               show=lambda row: _unit(row)),
        Column("subject", "对象", shown=False),
        Column("period", "周期", value=lambda row: row.period_said, sort="start"),
        Column("due", "到期", sort="due", tight=True, show=lambda row: said_day(row.due)),
        Column("count", "计数", value=lambda row: f"{row.count}/{row.needed}", number=True,
               phone="hide"),
        Column("state", "状态", sort="shown_state", phone="side",
               show=lambda row: state(row.shown_state),
               export=lambda row: STATES[row.shown_state].label),
        Column("ref", "要求编号", value="requirement.__str__", shown=False),
    )  # fmt: skip
    search: ClassVar[Sequence[str]] = (
        "requirement__title", "unit__name", "unit__pinyin", "unit__initials",
    )  # fmt: skip
    search_hint = "要求、单位名称或拼音"
    filters: ClassVar[type[Any]] = DutyFilter
    empty_text = "启用制度包并过了一个午夜后，每个单位应办的事项会列在这里。"

    def __init__(self, terms: dict[str, str], at_n: int | None = None) -> None:
        self.terms, self.at_n = terms, at_n

    def rows(self, ctx: Ctx) -> QuerySet[Occurrence]:
        """Return what stands, each with ``shown_state``."""
        if self.at_n is None:
            return selectors.occurrences(ctx).annotate(shown_state=F("state"))
        known = StateChange.objects.filter(occurrence=OuterRef("pk"), n__lte=self.at_n)
        was = Subquery(known.order_by("-n").values("state")[:1])
        rows = visible(ctx).filter(opened_n__lte=self.at_n).annotate(shown_state=was)
        return rows.exclude(shown_state__in=SETTLED).exclude(shown_state=None)

    def prepare(self, rows: list[Occurrence], ctx: Ctx) -> list[Occurrence]:
        """Say each period in words."""
        for row in rows:
            every = row.requirement.every
            said = describe.period(every, row.period, row.start, self.terms)
            row.period_said = said  # type: ignore[attr-defined]
        return rows

    def row_url(self, row: Occurrence) -> str:
        """Lead to the occurrence."""
        return links.duty(row.pk)


def make(ctx: Ctx, query: QueryDict) -> DutyList:
    """Return the list as an address means it: ``on`` is a past day."""
    at_n = None
    try:
        day = date.fromisoformat(query.get("on", ""))
    except ValueError:
        day = ctx.today
    if day < ctx.today:
        at_n = ledger.size_at(clock.start_of(day + timedelta(days=1)))
    return DutyList(when.names(when.terms(ctx)), at_n)


def _unit(row: Occurrence) -> object:
    unit: Unit = row.unit
    name = format_html('<a href="{}">{}</a>', links.unit(unit.pk), unit.name)
    subject = format_html(' <span class="quiet">{}</span>', row.subject) if row.subject else ""
    return format_html("{}{}", name, subject)
