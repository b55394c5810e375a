"""The terms of the actor's district: what "this term" means on a page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Term, Unit


@dataclass(frozen=True)
class Span:
    """Named days, both inclusive."""

    name: str
    start: date
    end: date


def terms(ctx: Ctx, near: UUID | None = None) -> list[Term]:
    """Return the terms of the district of a unit, or of the first district the actor sees."""
    district = units.district_of(near, ctx.today) if near else _district(ctx)
    return units.terms_in_force(district) if district else []


def _district(ctx: Ctx) -> UUID | None:
    seen = ctx.access.visible("units.view")
    found = Unit.objects.filter(level="district").order_by("pk").values_list("pk", flat=True)
    known = list(found)
    return next((pk for pk in known if pk in seen), known[0] if known else None)


def running(known: Collection[Term], day: date) -> Span:
    """Return the term a day lies in, else the last one begun, else the half year around it."""
    begun = [term for term in known if term.start <= day]
    if begun:
        last = max(begun, key=lambda term: term.start)
        return Span(last.name or last.code, last.start, last.end)
    first = date(day.year, 1 if day.month < 7 else 7, 1)
    last_day = date(day.year, 6, 30) if day.month < 7 else date(day.year, 12, 31)
    return Span("本半年", first, last_day)


def names(known: Collection[Term]) -> dict[str, str]:
    """Return term code → name."""
    return {term.code: term.name or term.code for term in known}


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())
