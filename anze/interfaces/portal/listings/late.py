"""谁还没报 as a list, and reminding many of them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import QueryDict

from anze.engines.duties import selectors, services
from anze.engines.duties.models import Occurrence, Requirement
from anze.engines.duties.selectors.lines import lines
from anze.interfaces.portal import describe, links, when
from anze.interfaces.portal.listings.scoped import (
    Choices,
    ScopedFilter,
    choice,
    the_unit,
    towns,
    under,
)
from anze.kernel.bus.ctx import Ctx, narrow_list
from anze.kernel.web.bulk.registry import BulkAction, Outcome, Preview
from anze.kernel.web.listing import Column, Listing
from anze.kernel.web.templatetags.web import day, state

ACTION = "duties.remind"


def remindable(ctx: Ctx) -> QuerySet[Occurrence]:
    """Return what lacks where the actor may remind."""
    return narrow_list(selectors.lacking(ctx), ctx.access.visible(ACTION))


def asked_of(lacking: QuerySet[Occurrence]) -> Choices:
    """Return the requirements of which some row lacks, by title: one look into an index each."""
    lacks = lacking.order_by().filter(requirement=OuterRef("pk"))
    # A limit keeps PostgreSQL from reading all that lacks to join it.
    one = Subquery(lacks.values("pk")[:1])
    rows = Requirement.objects.alias(one=one).exclude(one=None).order_by("title", "pk")
    return [(str(pk), title) for pk, title in rows.values_list("pk", "title")]


class LateFilter(ScopedFilter):
    """By town, requirement and unit."""

    town = choice("镇街道", method="of_unit")
    requirement = choice("要求", field_name="requirement_id")
    unit = choice("单位", method="of_unit")

    class Meta:
        model = Occurrence
        fields: ClassVar[list[str]] = []

    def scoped(self) -> dict[str, Choices]:
        """Towns in sight, requirements that lack somewhere, the unit a link names."""
        return {
            "town": towns(self.ctx),
            "requirement": asked_of(remindable(self.ctx)),
            "unit": the_unit(self.ctx, self.asked("unit")),
        }

    def of_unit(self, rows: QuerySet[Occurrence], _name: str, value: str) -> QuerySet[Occurrence]:
        """Keep a unit or town and what lies under it."""
        return under(rows, self.ctx, value, "unit_id")


class LateList(Listing[Occurrence]):
    """What lacks, row by row."""

    key, title, order = "late", "谁还没报", "due"
    columns: ClassVar[Sequence[Column]] = (
        Column("title", "要求", value="requirement.title", sort="requirement__title",
               phone="title", link=True),
        Column("unit", "单位", value="unit.name", sort="unit__pinyin"),
        Column("subject", "对象", phone="hide"),
        Column("period", "周期", value=lambda row: row.period_said, sort="start"),
        Column("due", "到期", sort="due", tight=True, show=lambda row: day(row.due)),
        Column("state", "状态", value="get_state_display", sort="state", phone="side",
               show=lambda row: state(row.state)),
    )  # fmt: skip
    search: ClassVar[Sequence[str]] = ("requirement__title", "unit__name", "unit__pinyin",
                                       "unit__initials")  # fmt: skip
    search_hint = "要求、单位名称或拼音"
    filters: ClassVar[type[Any]] = LateFilter
    empty_title = "都报齐了"
    empty_text = "已过期和三天内到期的都有了记录，没有要催的。"

    def __init__(self, terms: dict[str, str]) -> None:
        self.terms = terms

    def rows(self, ctx: Ctx) -> QuerySet[Occurrence]:
        """Return what lacks where the actor may remind."""
        return remindable(ctx)

    def prepare(self, rows: list[Occurrence], ctx: Ctx) -> list[Occurrence]:
        """Say each period in words."""
        for row in rows:
            said = describe.period(row.requirement.every, row.period, row.start, self.terms)
            row.period_said = said  # type: ignore[attr-defined]
        return rows

    def row_url(self, row: Occurrence) -> str:
        """Lead to the occurrence."""
        return links.duty(row.pk)


def make(ctx: Ctx, _query: QueryDict) -> LateList:
    """Return the list as an address means it."""
    return LateList(when.names(when.terms(ctx)))


def _preview(ctx: Ctx, rows: QuerySet[Any]) -> Preview:
    found = list(remindable(ctx).filter(pk__in=rows.order_by().values("pk")).order_by("due", "pk"))
    firsts = [line.first for line in lines(found)]
    again = services.reminded_today(ctx, [occ.pk for occ in firsts])
    chosen = [occ for occ in firsts if occ.pk not in again]
    counted = Counter(occ.requirement.title for occ in chosen)
    skipped = {
        "今天已经催过，同一天不重复通知": len(again),
        "与另一处要求是同一件事，只催一次": len(found) - len(firsts),
    }
    units = len({occ.unit_id for occ in chosen})
    return Preview(
        [str(occ.pk) for occ in chosen],
        {words: count for words, count in skipped.items() if count},
        counted.most_common(),
        [f"通知 {units} 个单位里负责这些事项的岗位；岗位无人的，通知单位负责人。催办会存证。"],
    )


def _remind(ctx: Ctx, keys: Sequence[str], _client_id: str) -> Outcome:
    still = remindable(ctx).filter(pk__in=[int(key) for key in keys]).order_by()
    chosen = list(still.values_list("pk", flat=True))
    services.remind(ctx, chosen)
    return Outcome(frozenset(str(pk) for pk in chosen))


REMIND = BulkAction(
    "remind",
    "催办",
    ACTION,
    _preview,
    _remind,
    icon="speakerphone",
    chunk=20,
    warning="通知发出后收不回来，催办不能撤销。",
    said="已催办 {n} 项",
)
