"""The components as template tags: ``{% load web %}``. /-/components/ shows each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    FileInput,
    RadioSelect,
    Select,
    SelectMultiple,
    Widget,
)
from django.template.context import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from anze.kernel.bus import clock
from anze.kernel.web.shapes import Branch, Happening, HeatMap, Step
from anze.kernel.web.states import RISKS, look

register = template.Library()

BUTTONS = {
    "primary": "btn btn-primary",
    "plain": "btn",
    "quiet": "btn btn-ghost az-btn-quiet",
    "alert": "btn btn-outline-danger",
}
WEEKDAYS = "一二三四五六日"


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """``{% icon "check" %}``: one icon of the sprite; with a label it is read out, else hidden.

    The names are those listed in ``assets.lock``.
    """
    address = f"{static('vendor/icons/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, address
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', address)


@register.inclusion_tag("web/parts/button.html")
def button(
    label: str,
    href: str = "",
    icon: str = "",
    kind: str = "plain",
    type: str = "submit",  # noqa: A002 - the HTML word
    name: str = "",
    value: str = "",
    confirm: str = "",
    small: bool = False,
    disabled: bool = False,
) -> dict[str, Any]:
    """``{% button "保存" kind="primary" icon="check" %}``: a link when ``href`` is given.

    ``kind``: primary (one per page), plain, quiet (in rows), alert (takes something away).
    ``confirm`` asks before going on.
    """
    css = BUTTONS[kind] + (" btn-sm" if small else "")
    return {
        "label": label,
        "href": href,
        "icon": icon,
        "css": css,
        "type": type,
        "name": name,
        "value": value,
        "confirm": confirm,
        "disabled": disabled,
    }


@register.simple_tag
def state(name: str, label: str = "") -> SafeString:
    """``{% state "met_late" %}``: the badge of a state; ``label`` replaces the standard word."""
    shown = look(str(name))
    return badge(label or shown.label, shown.icon, shown.tone)


@register.simple_tag
def badge(label: str, icon_name: str = "", tone: str = "plain") -> SafeString:
    """``{% badge "民办" tone="dash" %}``: tones strong, alert, soft, plain, dash."""
    picture = icon(icon_name) if icon_name else ""
    return format_html('<span class="az-badge az-badge-{}">{}{}</span>', tone, picture, label)


@register.simple_tag
def risk(grade: str, label: str = "") -> SafeString:
    """``{% risk "major" %}``: a risk grade, the only component in red, orange, yellow or blue."""
    shown = RISKS[grade]
    return format_html('<span class="az-risk {}">{}</span>', shown.css, label or shown.label)


@register.simple_tag
def why(value: object, url: str = "", label: str = "") -> SafeString:
    """``{% why 37 url %}``: a number that leads to how it was got; plain without an address."""
    if not url:
        return format_html('<span class="num">{}</span>', value)
    return format_html(
        '<a class="az-why num" href="{}" title="{}">{}</a>', url, label or "这个数怎么来的", value
    )


@register.inclusion_tag("web/parts/stat.html")
def stat(
    label: str, value: object, url: str = "", unit: str = "", note: str = "", strong: bool = False
) -> dict[str, Any]:
    """``{% stat "未完成" 12 url unit="项" note="比上周少 3" %}``: one of a row of figures."""
    return {
        "label": label,
        "value": value,
        "url": url,
        "unit": unit,
        "note": note,
        "strong": strong,
    }


@register.inclusion_tag("web/parts/progress.html")
def progress(
    value: int, maximum: int, label: str = "", url: str = "", show: bool = True
) -> dict[str, Any]:
    """``{% progress met asked "落实" url %}``: a bar with both numbers, never a bare percentage."""
    whole = maximum <= value and maximum > 0
    return {
        "value": min(value, maximum),
        "maximum": max(maximum, 1),
        "shown": value,
        "of": maximum,
        "label": label,
        "url": url,
        "show": show,
        "whole": whole,
        "nothing": maximum == 0,
    }


@register.inclusion_tag("web/parts/empty.html")
def empty(
    title: str, text: str = "", icon: str = "inbox", action: str = "", url: str = ""
) -> dict[str, Any]:
    """``{% empty "今天没有待办" "…" icon="mood-check" action="登记一次演练" url=u %}``."""
    return {"title": title, "text": text, "icon": icon, "action": action, "url": url}


@register.inclusion_tag("web/parts/problem.html")
def problem(
    title: str, text: str = "", where: str = "", remedy: str = "", url: str = "", action: str = ""
) -> dict[str, Any]:
    """``{% problem "没有办成" "…" where="Sheet1!C7" remedy="…" %}``: a refusal inside a page."""
    return {
        "title": title,
        "text": text,
        "where": where,
        "remedy": remedy,
        "url": url,
        "action": action or "去处理",
    }


@register.inclusion_tag("web/parts/long.html")
def long_work(
    title: str, url: str = "", done: int = 0, total: int = 0, text: str = ""
) -> dict[str, Any]:
    """``{% long_work "正在导入" url done total %}``: asks ``url`` every 2 s for its successor.

    ``url`` answers with this fragment again, or with what replaces it.
    """
    return {"title": title, "url": url, "done": done, "total": total, "text": text}


@register.inclusion_tag("web/parts/steps.html")
def steps(items: Sequence[Step], label: str = "进度") -> dict[str, Any]:
    """``{% steps items %}`` with ``shapes.Step``."""
    return {"items": items, "label": label}


@register.inclusion_tag("web/parts/timeline.html")
def timeline(items: Sequence[Happening]) -> dict[str, Any]:
    """``{% timeline items %}`` with ``shapes.Happening``."""
    return {"items": items}


@register.inclusion_tag("web/parts/heatmap.html")
def heatmap(grid: HeatMap) -> dict[str, Any]:
    """``{% heatmap grid %}`` with ``shapes.HeatMap``: a table, readable without colours."""
    return {"grid": grid}


@register.inclusion_tag("web/parts/tree.html")
def tree(branches: Sequence[Branch], label: str = "单位") -> dict[str, Any]:
    """``{% tree branches %}`` with ``shapes.Branch``; opens and closes without scripts."""
    return {"branches": branches, "label": label}


@register.inclusion_tag("web/parts/as_of.html", takes_context=True)
def as_of(context: Context, value: date | None = None, name: str = "at") -> dict[str, Any]:
    """``{% as_of at %}``: choose the day a page is shown as of; keeps the other query parts."""
    request = context["request"]
    kept = [
        (key, item)
        for key, items in request.GET.lists()
        for item in items
        if key not in (name, "page")
    ]
    return {
        "value": value,
        "name": name,
        "kept": kept,
        "today": clock.today(),
        "path": request.path,
    }


@register.inclusion_tag("web/parts/pager.html", takes_context=True)
def pagination(context: Context, page: Any, name: str = "page") -> dict[str, Any]:
    """``{% pagination page_obj %}``: for a Django ``Page``; lists bring their own."""
    query = context["request"].GET.copy()
    query.pop(name, None)
    return {"page": page, "name": name, "rest": query.urlencode()}


@register.inclusion_tag("web/parts/field.html")
def field(bound: BoundField, why_asked: str = "", wide: bool = True) -> dict[str, Any]:
    """``{% field form.day why_asked="用于判断是否按期完成" %}``: label, input, help, errors."""
    widget = bound.field.widget
    return {
        "field": bound,
        "kind": _kind(widget),
        "control": bound.as_widget(attrs=_attributes(bound, widget)),
        "why_asked": why_asked,
        "wide": wide,
    }


def _kind(widget: Widget) -> str:
    if isinstance(widget, CheckboxInput):
        return "check"
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choices"
    return "file" if isinstance(widget, FileInput) else "input"


def _attributes(bound: BoundField, widget: Widget) -> dict[str, str | bool]:
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple | CheckboxInput):
        css = "form-check-input"
    elif isinstance(widget, Select | SelectMultiple):
        css = "form-select"
    else:
        css = "form-control"
    own = widget.attrs.get("class", "")
    wrong = " is-invalid" if bound.errors else ""
    return {"class": f"{css} {own}".strip() + wrong}


@register.filter
def day(value: date | datetime | None) -> str:
    """``{{ d|day }}``: 11月23日 周一, with the year when it is not this one; — for nothing."""
    if value is None:
        return "—"
    local = timezone.localtime(value).date() if isinstance(value, datetime) else value
    year = "" if local.year == clock.today().year else f"{local.year}年"
    return f"{year}{local.month}月{local.day}日 周{WEEKDAYS[local.weekday()]}"


@register.filter
def moment(value: datetime | None) -> str:
    """``{{ t|moment }}``: 11月23日 周一 08:05 in the time of the house; — for nothing."""
    if value is None:
        return "—"
    return f"{day(value)} {timezone.localtime(value):%H:%M}"


@register.filter
def permille(value: int | None) -> str:
    """``{{ 935|permille }}``: 93.5%; whole percents lose the zero; — for nothing."""
    if value is None:
        return "—"
    whole, tenth = divmod(value, 10)
    return f"{whole}.{tenth}%" if tenth else f"{whole}%"


@register.simple_tag
def asked_at() -> str:
    """``{% asked_at %}``: when this page was asked for, to stand on every printed sheet."""
    return f"{timezone.localtime(clock.now()):%Y-%m-%d %H:%M}"


@register.filter
def minutes(seconds: float) -> int:
    """``{{ span.total_seconds|minutes }}``: whole minutes."""
    return int(seconds // 60)


@register.filter
def sure(label: str) -> str:
    """``{{ "催办"|sure }}``: the words on the button that really does it."""
    return f"确认{label}"


@register.filter
def item(mapping: Mapping[str, Any], key: str) -> Any:
    """``{{ counts|item:unit.id }}``: one value of a mapping, nothing when it is absent."""
    return mapping.get(key)
