"""Reading what stands in an address; a wrong value says what it should be."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest

from anze.kernel.bus.errors import Refused


def day(request: HttpRequest, name: str) -> date | None:
    """Return the day named in the query, None when there is none; Refused for no such day."""
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(
            "没有这一天", field=name, where=text[:20], remedy="日期写成 2026-09-01"
        ) from None


def month(request: HttpRequest, name: str, today: date) -> date:
    """Return the first day of the month named in the query, by default the running one."""
    text = request.GET.get(name, "")
    if not text:
        return today.replace(day=1)
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Refused("没有这个月份", field=name, where=text[:20], remedy="写成 2026-09") from None


def text(request: HttpRequest, name: str) -> str:
    """Return a short text of the query, without control characters."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:80]


def numbers(values: list[str]) -> list[int]:
    """Return the whole numbers among some texts, each once."""
    return list(dict.fromkeys(int(one) for one in values if one.isdecimal() and len(one) < 19))
