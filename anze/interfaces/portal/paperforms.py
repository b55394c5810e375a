"""What a document is asked for by: one form per kind."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms

from anze.engines.duties.models import Requirement
from anze.interfaces.portal import when
from anze.interfaces.portal.papers import book, notice, report
from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.documents import selectors, services
from anze.kernel.packs import selectors as packs
from anze.kernel.units.models import Unit
from anze.kernel.web.widgets import DayInput

LEVELS = ("district", "section", "town", "unit")
Choices = list[tuple[str, Any]]


def issuers(ctx: Ctx) -> list[tuple[str, str]]:
    """Return the bodies the actor may issue for, the highest first."""
    rows = narrow(Unit.objects.filter(level__in=LEVELS), ctx.access.visible(selectors.ISSUE), "pk")
    found = rows.exclude(status="closed").order_by("pinyin", "pk")[:200]
    ordered = sorted(found, key=lambda one: LEVELS.index(one.level))
    return [(str(one.pk), one.name) for one in ordered]


class PaperForm(forms.Form):
    """The part common to all kinds: who issues it."""

    issuer = forms.ChoiceField(label="发文单位")

    def __init__(self, ctx: Ctx, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.ctx = ctx
        self.fields["issuer"].choices = issuers(ctx)  # type: ignore[attr-defined]

    @property
    def params(self) -> dict[str, str]:
        """What the maker is asked, as texts."""
        return {key: _text(value) for key, value in self.cleaned_data.items() if value}

    def title(self) -> str:
        """Return how the draft is called until it is put together."""
        return str(self.cleaned_data.get("title") or "")


class _Letter(PaperForm):
    title_field = forms.CharField(
        label="标题", required=False, max_length=120, help_text="不填则按内容自动拟定。"
    )
    to = forms.CharField(label="主送", required=False, max_length=300)
    copy_to = forms.CharField(label="抄送", required=False, max_length=300)

    @property
    def params(self) -> dict[str, str]:
        """The title under the name the makers know."""
        found = super().params
        if title := found.pop("title_field", ""):
            found["title"] = title
        return found

    def title(self) -> str:
        """Return the title that was typed."""
        return str(self.cleaned_data.get("title_field") or "")


class BookForm(PaperForm):
    """The yearly book of a unit."""

    unit = forms.ChoiceField(label="哪个单位的档案")
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    on = forms.DateField(
        label="资料截至",
        widget=DayInput(),
        help_text="按这一天结束时已知的情况编制，后来补记的不计入。",
    )

    def __init__(self, ctx: Ctx, *args: Any, **more: Any) -> None:
        super().__init__(ctx, *args, **more)
        seen = ctx.access.visible("duties.view")
        rows = narrow(Unit.objects.filter(level__in=("unit", "section")), seen, "pk")
        found = rows.order_by("-level", "pinyin").values_list("pk", "name")
        self.fields["unit"].choices = [(str(pk), name) for pk, name in found]  # type: ignore[attr-defined]

    @staticmethod
    def start(ctx: Ctx, query: dict[str, str]) -> dict[str, Any]:
        """Return what is filled in at first."""
        own = [pk for pk, _name in issuers(ctx)]
        unit = query.get("unit", "")
        issuer = unit if unit in own else next(iter(own), "")
        return {"unit": unit, "issuer": issuer, "year": ctx.today.year, "on": ctx.today}


class NoticeForm(_Letter):
    """Who has not fulfilled a clause or a requirement."""

    about = forms.ChoiceField(label="条款或要求")
    since = forms.DateField(label="到期日从", widget=DayInput())
    on = forms.DateField(
        label="到期日至", widget=DayInput(), help_text="按这一天结束时已知的情况。"
    )
    asks = forms.CharField(
        label="工作要求",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="不填则用通用的补办要求。",
    )
    field_order: ClassVar = (
        "issuer",
        "about",
        "since",
        "on",
        "title_field",
        "to",
        "asks",
        "copy_to",
    )

    def __init__(self, ctx: Ctx, *args: Any, **more: Any) -> None:
        super().__init__(ctx, *args, **more)
        self.fields["about"].choices = abouts(ctx)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins."""
        found: dict[str, Any] = super().clean() or {}
        since, on = found.get("since"), found.get("on")
        if since and on and on < since:
            self.add_error("on", "结束日期早于开始日期，请核对。")
        return found

    @staticmethod
    def start(ctx: Ctx, query: dict[str, str]) -> dict[str, Any]:
        """Return what is filled in at first: this month so far, or the one that just ended."""
        first = (ctx.today - timedelta(days=7)).replace(day=1)
        return {"about": query.get("about", ""), "since": first, "on": ctx.today}


class ReportForm(_Letter):
    """The report of a term."""

    term = forms.ChoiceField(label="学期")
    field_order: ClassVar = ("issuer", "term", "title_field", "to", "copy_to")

    def __init__(self, ctx: Ctx, *args: Any, **more: Any) -> None:
        super().__init__(ctx, *args, **more)
        known = [one for one in when.terms(ctx) if one.start <= ctx.today]
        self.fields["term"].choices = [  # type: ignore[attr-defined]
            (one.code, one.name or one.code) for one in reversed(known)
        ]

    @staticmethod
    def start(ctx: Ctx, query: dict[str, str]) -> dict[str, Any]:
        """Return what is filled in at first."""
        return {}


FORMS: dict[str, Any] = {book.CODE: BookForm, notice.CODE: NoticeForm, report.CODE: ReportForm}


def abouts(ctx: Ctx) -> Choices:
    """Return clauses and requirements of the packs in force, grouped by pack."""
    rows: dict[str, list[Requirement]] = {}
    known = Requirement.objects.select_related("pack").defer("pack__content")
    for one in known.order_by("ref"):
        rows.setdefault(one.pack.hash, []).append(one)
    groups: Choices = []
    for active in packs.active_packs(ctx.today):
        pack, mine = active.pack, rows.get(active.row.hash, [])
        served = {ref for one in pack.requirements for ref in one.clauses}
        clauses = [
            (f"c:{pack.issuer}:{one.ref}", f"第{one.ref}条 {one.text[:36]}")
            for one in pack.clauses.clauses
            if one.ref in served
        ]
        if clauses:
            groups.append((f"{pack.meta.title}：条款", clauses))
        if mine:
            groups.append(
                (f"{pack.meta.title}：要求", [(f"r:{one.pk}", one.title) for one in mine])
            )
    return groups


class IssueForm(forms.Form):
    """The last look before a number is drawn."""

    word = forms.CharField(
        label="发文代字",
        max_length=12,
        help_text="机关代字加公文类别，例如“武教安通”。同一年内不变；年份和序号自动编。",
    )


class VoidForm(forms.Form):
    """Why a document is declared void."""

    reason = forms.ChoiceField(label="原因", choices=list(services.REASONS.items()))
    why = forms.CharField(
        label="说明", required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2})
    )


class ScanForm(forms.Form):
    """The sealed original."""

    file = forms.FileField(label="盖章扫描件", help_text="PDF 最好，照片也可以；不超过 20 MB。")


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
