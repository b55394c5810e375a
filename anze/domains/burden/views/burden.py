"""``/burden/``: how many fields are asked of whom in a month, and what every number is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from anze.domains.burden.selectors import months as selectors
from anze.domains.burden.selectors.months import Line, Month
from anze.kernel.bus.errors import Refused
from anze.kernel.people.access import Request, action
from anze.kernel.units import rules
from anze.kernel.units.models import Unit
from anze.kernel.web.exports import file_response

HOME = ("首页", "/")
HEADS = ("月份", "岗位", "单位", "类别", "要求或临时报表", "每次项数", "次数", "项数", "带出项数")
SHOWN = 200


@dataclass(frozen=True)
class Row:
    """One number with what it leads to, and the same a month before."""

    label: str
    url: str
    fields: int
    before: int

    @property
    def change(self) -> str:
        """The change against the month before, with its sign."""
        return f"{self.fields - self.before:+d}" if self.fields != self.before else "不变"


def _month(request: Request) -> date:
    text = request.GET.get("month", "")
    try:
        found = date.fromisoformat(f"{text}-01") if text else request.ctx.today.replace(day=1)
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 2100:
        raise Refused("没有这个月份", field="month", where=text[:20], remedy="写成 2026-09")
    return found


@action("burden.count")
@require_GET
def month(request: Request) -> HttpResponse:
    """``/burden/?month=``: by post, kind, unit; the month before; what is asked twice."""
    first = _month(request)
    now = selectors.month(request.ctx, first)
    then = selectors.month(request.ctx, selectors.before(first))
    units = selectors.units(one.unit_id for one in (*now.lines, *then.lines))
    titles = selectors.posts()
    context = {
        "crumbs": [HOME, ("填报负担", "")],
        "first": first,
        "before": selectors.before(first),
        "after": selectors.after(first),
        "now": now,
        "total": Row("", _made_of(first), now.fields, then.fields),
        "posts": _rows(first, now, then, lambda one: one.source.post, "post", titles.get),
        "kinds": _rows(
            first, now, then, lambda one: units[one.unit_id].kind or "none", "kind",
            lambda kind: rules.KINDS.get(kind, "其他"),
        ),
        "units": _rows(
            first, now, then, lambda one: one.unit_id, "unit", lambda pk: units[pk].name
        )[:SHOWN],
        "twice": now.twice(),
    }  # fmt: skip
    return render(request, "burden/burden.html", context)


def _made_of(first: date, **query: object) -> str:
    asked = {"month": f"{first:%Y-%m}", **{name: str(one) for name, one in query.items()}}
    return f"{reverse('burden:made-of')}?{urlencode(asked)}"


def _rows(
    first: date,
    now: Month,
    then: Month,
    key: Callable[[Line], Any],
    name: str,
    label: Callable[[Any], str | None],
) -> list[Row]:
    here, there = now.by(key), then.by(key)
    rows = [
        Row(label(one) or str(one), _made_of(first, **{name: one}), here.get(one, 0),
            there.get(one, 0))
        for one in {*here, *there}
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row.fields, row.label))


@action("burden.count")
@require_GET
def made_of(request: Request) -> HttpResponse:
    """``/burden/made-of/?month=&post=&kind=&unit=&source=``: the sources behind a number."""
    first, query = _month(request), request.GET
    found = selectors.month(request.ctx, first)
    units = selectors.units(one.unit_id for one in found.lines)
    kept = found.only(lambda one: _fits(one, units, query))
    if query.get("export") == "xlsx":
        title = f"填报负担{first:%Y-%m}"
        rows = _written(kept, units, selectors.posts())
        return file_response("xlsx", title, HEADS, rows, request.ctx.today)
    sources = {one.source.key: one.source for one in kept.lines}
    fields, times = kept.by(lambda one: one.source.key), kept.times()
    shared = {name: query[name] for name in ("post", "kind", "unit") if query.get(name)}
    lines = [
        (sources[key], times[key], count, _made_of(first, **shared, source=key))
        for key, count in sorted(fields.items(), key=lambda one: (-one[1], one[0]))
    ]
    chosen = sources.get(query.get("source", ""))
    context = {
        "crumbs": [HOME, ("填报负担", f"{reverse('burden:burden')}?month={first:%Y-%m}"),
                   ("怎么来的", "")],
        "first": first,
        "kept": kept,
        "lines": lines,
        "said": _said(query, units),
        "chosen": chosen,
        "at_units": [
            (units[one.unit_id], one, _rows_of(one)) for one in sorted(
                kept.lines, key=lambda one: (-one.fields, units[one.unit_id].pinyin))
        ][:SHOWN] if chosen else [],
        "export": f"{request.get_full_path()}&export=xlsx",
    }  # fmt: skip
    return render(request, "burden/burden_made_of.html", context)


def _fits(one: Line, units: dict[UUID, Unit], query: Any) -> bool:
    asked = {
        "post": one.source.post,
        "kind": units[one.unit_id].kind or "none",
        "unit": str(one.unit_id),
        "source": one.source.key,
    }
    return all(query.get(name, "") in ("", value) for name, value in asked.items())


def _said(query: Any, units: dict[UUID, Unit]) -> str:
    by_text = {str(pk): unit.name for pk, unit in units.items()}
    said = [
        selectors.posts().get(query.get("post", "")) if query.get("post") else "",
        rules.KINDS.get(query.get("kind", ""), ""),
        by_text.get(query.get("unit", ""), ""),
    ]
    return " · ".join(one for one in said if one)


def _rows_of(one: Line) -> str:
    sort, _, pk = one.source.key.partition(":")
    if sort == "task":
        return f"/collections/{pk}/"
    return f"/duties/?{urlencode({'requirement': pk, 'unit': one.unit_id})}"


def _written(
    kept: Month, units: dict[UUID, Unit], titles: dict[str, str]
) -> Iterator[tuple[Any, ...]]:
    for one in sorted(kept.lines, key=lambda one: (units[one.unit_id].pinyin, one.source.key)):
        unit, source = units[one.unit_id], one.source
        yield (
            f"{kept.first:%Y-%m}", titles.get(source.post, source.post), unit.name,
            rules.KINDS.get(unit.kind, ""), source.title, source.each, one.times, one.fields,
            one.prefilled,
        )  # fmt: skip
