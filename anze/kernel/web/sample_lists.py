"""The states of a list on the components page: full, long, empty, nothing found, wrong condition.

The component itself is shown (``web/listing.html``); only its rows are invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from anze.kernel.bus.ctx import Ctx
from anze.kernel.units.models import Unit
from anze.kernel.web.bulk.registry import BulkAction, Outcome, Preview
from anze.kernel.web.listing import Column, Listing, Shown
from anze.kernel.web.models import SavedFilter
from anze.kernel.web.paging import Pages
from anze.kernel.web.saved import Shelf
from anze.kernel.web.states import look
from anze.kernel.web.templatetags.web import badge

LONG = (
    "关于进一步加强学校安全工作领导小组会议记录、应急疏散演练方案、演练现场照片和演练总结评估等材料"
    "及时登记上传以及按期归档备查工作的要求（含特殊教育学校、寄宿制学校和校外培训机构）"
)


@dataclass(frozen=True)
class Row:
    """One invented row."""

    pk: int
    title: str
    unit: str
    due: str
    state: str


ROWS = (
    Row(1, "每月至少组织一次应急疏散演练", "临湖中学", "11月30日", "owed"),
    Row(2, "每周校园安全自查", "北塘职业学校", "11月20日", "overdue"),
    Row(3, LONG, "青禾实验小学教育集团云桥镇临湖校区（原云桥镇第二中心小学）", "12月31日", "met"),
    Row(4, "Anquan" * 14, "启明培训中心", "10月31日", "met_late"),
)


class SampleFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By state and day."""

    state = django_filters.ChoiceFilter(
        label="状态",
        empty_label="全部",
        choices=[("owed", "待办"), ("met", "已完成")],
        method="_nothing",
    )
    since = django_filters.DateFilter(label="期限不早于", method="_nothing")

    def _nothing(self, rows: QuerySet[Unit], _name: str, _value: Any) -> QuerySet[Unit]:
        return rows

    class Meta:
        model = Unit
        fields: ClassVar[list[str]] = []


def _state(row: Any) -> object:
    shown = look(row.state)
    return badge(shown.label, shown.icon, shown.tone)


class SampleList(Listing[Unit]):
    """A list that never asks the database: its rows are put in by ``_Sample``."""

    title, order = "履职事项", "title"
    columns: ClassVar[Sequence[Column]] = (
        Column("title", "要求", sort="name", link=True, phone="title"),
        Column("unit", "单位", sort="pinyin"),
        Column("due", "期限", tight=True),
        Column("state", "状态", show=_state, phone="side", tight=True),
    )
    search: ClassVar[Sequence[str]] = ("name",)
    search_hint = "要求、单位"
    filters: ClassVar[type[Any] | None] = SampleFilter
    empty_title = "今天没有要办的事"
    empty_text = "下一项是 11月30日的消防设施月度检查；现在就能登记做过的活动。"

    def __init__(self, key: str) -> None:
        self.key = key  # type: ignore[misc]

    def rows(self, ctx: Ctx) -> QuerySet[Unit]:
        """Return nothing; see the class."""
        return Unit.objects.none()

    def row_url(self, row: Any) -> str:
        """Lead nowhere."""
        return "#"


def _preview(_ctx: Ctx, _rows: QuerySet[Any]) -> Preview:
    return Preview(())


def _do(_ctx: Ctx, _keys: Sequence[str], _client_id: str) -> Outcome:
    return Outcome(frozenset())


REMIND = BulkAction(
    "remind", "催办", "web.components", _preview, _do, icon="bell-ringing", warning="催办不能撤销。"
)
OWN = [
    SavedFilter(pk=1, name="本镇未完成", query="state=owed", is_default=True),
    SavedFilter(pk=2, name="已完成", query="state=met"),
]


class _Sample(Shown[Unit]):
    """A list with these rows of so many in all; ``shelf`` and ``acts`` as if it had been opened."""

    known = True
    sharing: ClassVar[list[Unit]] = []

    def __init__(self, key: str, query: str, ctx: Ctx, rows: Sequence[Row] = (), total: int = 0):
        super().__init__(SampleList(key), QueryDict(query), ctx, reverse("web:components"))
        # A real page has one list; here are five, and ids must differ.
        if self.filtering.form is not None:
            self.filtering.form.auto_id = f"{key}-%s"
        self.pages = Pages(1, max(1, -(-total // 25)), 25, total, total >= 10_000)
        self.page = list(rows)  # type: ignore[arg-type]
        self.saved = Shelf(key, own=OWN) if total else Shelf(key)
        self.bulk = [REMIND] if total else []

    @property
    def selectable(self) -> bool:
        """Whether rows can be ticked."""
        return bool(self.bulk)


def states(request: HttpRequest) -> list[tuple[str, str, Shown[Unit]]]:
    """Return (heading, what to know, the list) for each state of a list."""
    ctx: Ctx = request.ctx  # type: ignore[attr-defined]
    return [
        (
            "有内容，条件和方案在用",
            "勾选行后下面出现批量操作；长标题在格里换行，不撑破表格。",
            _Sample("sample-full", "state=owed&q=演练", ctx, ROWS, 4),
        ),
        (
            "很长",
            "数到一万为止，只画当前一页，翻页只给近处的页码。",
            _Sample("sample-long", "page=1", ctx, ROWS[:2], 10_000),
        ),
        (
            "还没有内容",
            "说为什么是空的、接着做什么，不留白。",
            _Sample("sample-empty", "", ctx),
        ),
        (
            "没有符合条件的",
            "和“还没有内容”分开说，一步清除条件。",
            _Sample("sample-nothing", "q=没有这个词", ctx),
        ),
        (
            "条件填错",
            "错在哪一格就在哪一格说，别的照常。",
            _Sample("sample-wrong", "since=昨天", ctx),
        ),
    ]
