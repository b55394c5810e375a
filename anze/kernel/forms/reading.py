"""Reading single words of an answer: days, moments, text. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

from anze.kernel.bus import clock

FIRST_YEAR, LAST_YEAR = 2000, 2100
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\Z")


class Wrong(ValueError):
    """An answer that cannot be taken; the text is for the person."""


def read_day(raw: Any) -> date:
    """Return the day written as 2026-09-01, 2026/9/1 or 2026年9月1日; raise Wrong."""
    if isinstance(raw, datetime):
        return clock.day_of(raw)
    if isinstance(raw, date):
        return raw
    found = _DAY.match(unicodedata.normalize("NFKC", raw)) if isinstance(raw, str) else None
    if not found:
        raise Wrong("日期请写成 2026-09-01")
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise Wrong("没有这一天，请核对日期") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Wrong("年份不对，请核对日期")
    return day


def read_moment(raw: Any) -> datetime:
    """Return an aware instant; text without offset is Chinese time; raise Wrong."""
    try:
        moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
    except ValueError:
        raise Wrong("时间请写成 2026-09-01 08:30") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=clock.LOCAL)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:  # the last day of the year 9999, somewhere west of Greenwich
        raise Wrong("年份不对，请核对时间") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Wrong("年份不对，请核对时间")
    return moment


def read_text(raw: Any, most: int) -> str:
    """Return text in NFC without control characters but line breaks; raise Wrong if too long."""
    if not isinstance(raw, str):
        raise Wrong("请填文字")
    lines = raw.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(one for one in lines if one == "\n" or unicodedata.category(one)[0] != "C")
    text = unicodedata.normalize("NFC", kept).strip()
    if len(text) > most:
        raise Wrong(f"最多 {most} 字，现在 {len(text)} 字")
    return text
