"""What a maker was asked, read back from the parameters of a document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.ledger import selectors as ledger
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Unit
from anze.lib.ids import uuid_or_none


def unit(ctx: Ctx, params: Mapping[str, str], name: str) -> Unit:
    """Return a unit in sight; NotFound otherwise, Refused when none was named."""
    wanted = uuid_or_none(params.get(name, ""))
    if wanted is None:
        raise Refused("没有选择单位", field=name)
    return units.get(ctx, wanted)


def day(params: Mapping[str, str], name: str) -> date:
    """Return a day; Refused for none."""
    try:
        return date.fromisoformat(params.get(name, ""))
    except ValueError:
        raise Refused("没有这一天", field=name, remedy="日期写成 2026-09-01。") from None


def known_at(ctx: Ctx, on: date) -> tuple[int, int | None]:
    """Return the ledger number known at the end of a day, and the same or None for today."""
    if on >= ctx.today:
        return ledger.size(), None
    n = ledger.size_at(clock.start_of(on + timedelta(days=1)))
    return n, n


def told_at(on: date, n: int) -> str:
    """Say which state of knowledge a document rests on."""
    return f"数据截至{said(on)}，依据存证第1至{n}号。"


def said(on: date) -> str:
    """Return a day as documents write it."""
    return f"{on.year}年{on.month}月{on.day}日"


def share(permille: int | None) -> str:
    """Return a share per mille as per cent."""
    if permille is None:
        return "—"
    whole, tenth = divmod(permille, 10)
    return f"{whole}.{tenth}%" if tenth else f"{whole}%"
