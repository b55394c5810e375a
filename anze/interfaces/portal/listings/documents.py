"""The list of documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet

from anze.interfaces.portal import links
from anze.interfaces.portal.listings.scoped import ScopedFilter, days
from anze.kernel.bus.ctx import Ctx
from anze.kernel.documents import catalogue, selectors
from anze.kernel.documents.models import Document, State
from anze.kernel.web.listing import Column, Listing
from anze.kernel.web.templatetags.web import badge, moment

LOOKS = {
    State.MAKING: ("hourglass-high", "plain"),
    State.FAILED: ("alert-triangle", "alert"),
    State.DRAFT: ("edit", "dash"),
    State.ISSUING: ("hourglass-high", "plain"),
    State.ISSUED: ("circle-check", "soft"),
    State.VOID: ("ban", "strong"),
    State.REPLACED: ("circle-dashed", "dash"),
}


def look(row: Document) -> object:
    """Return the badge of a document's state."""
    icon, tone = LOOKS[State(row.state)]
    return badge(row.get_state_display(), icon, tone)


def kind_of(row: Document) -> str:
    """Return what its kind is called."""
    return catalogue.get(row.kind).label


class DocumentFilter(ScopedFilter):
    """By kind, state and day of issue."""

    kind = django_filters.ChoiceFilter(
        label="类别",
        empty_label="全部",
        choices=lambda: [(one.code, one.label) for one in catalogue.known()],
    )
    state = django_filters.ChoiceFilter(
        label="状态",
        empty_label="全部",
        choices=[(one.value, one.label) for one in State if one != State.DROPPED],
    )
    issued_at = days("签发日期")

    class Meta:
        model = Document
        fields: ClassVar[list[str]] = []


class DocumentList(Listing[Document]):
    """Documents in sight: issued ones, and the drafts of those one may issue for."""

    key, title, order = "documents", "公文", "-drafted"
    columns: ClassVar[Sequence[Column]] = (
        Column("title", "标题", sort="title", phone="title", link=True),
        Column("reference", "发文字号", sort="reference", tight=True),
        Column("kind", "类别", value=kind_of, sort="kind", phone="hide"),
        Column("issuer", "发文单位", value="issuer.name", sort="issuer__pinyin", phone="hide"),
        Column("issued", "签发", value="issued_at", sort="issued_at", tight=True,
               show=lambda row: moment(row.issued_at), phone="hide"),
        Column("drafted", "起草", value="drafted_at", sort="drafted_at", tight=True,
               show=lambda row: moment(row.drafted_at), phone="hide"),
        Column("state", "状态", value="get_state_display", sort="state", phone="side", show=look),
        Column("scan", "扫描件", value=lambda row: "有" if row.scan_id else "", phone="hide"),
    )  # fmt: skip
    search: ClassVar[Sequence[str]] = ("title", "reference", "issuer__name", "issuer__pinyin")
    search_hint = "标题、文号或发文单位"
    filters: ClassVar[type[Any]] = DocumentFilter
    empty_text = "通报、履职情况报告和安全工作档案起草后列在这里。"

    def rows(self, ctx: Ctx) -> QuerySet[Document]:
        """Return the documents in sight."""
        return selectors.visible(ctx)

    def row_url(self, row: Document) -> str:
        """Lead to the document."""
        return links.document(row.pk)
