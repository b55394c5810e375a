"""The district's calendar: terms, and days that are not what the standing rules make them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.units import kinds
from anze.kernel.units.models import CalendarOverride, Term, Unit
from anze.kernel.units.selectors import terms_in_force
from anze.kernel.units.services.base import locked

EFFECTS = ("workday", "holiday", "clear")


@transaction.atomic
def set_term(ctx: Ctx, district_id: UUID, *, code: str, name: str, start: date, end: date) -> Term:
    """Set the days of a term (both inclusive), anew or instead of what was set before.

    The same days and name again change nothing. Terms of a district may not overlap.
    """
    district = _district(ctx, district_id)
    if end <= start:
        raise Refused("学期的结束日应晚于开始日", field="end")
    for other in terms_in_force(district_id):
        if other.code == code and (other.name, other.start, other.end) == (name, start, end):
            return other
        if other.code != code and start <= other.end and other.start <= end:
            raise Refused(
                "与另一学期重叠", field="start", where=other.name, remedy="请先调整该学期的起止日"
            )
    entry = ledger.record(
        ctx,
        kinds.TERM_SET.name,
        unit_id=district.pk,
        facts={"code": code, "start": start, "end": end},
        private={"name": name},
    )
    return Term.objects.create(
        district=district, code=code, name=name, start=start, end=end, entry_uid=entry.uid
    )


@transaction.atomic
def override_day(
    ctx: Ctx, district_id: UUID, *, day: date, kind: str, name: str = ""
) -> CalendarOverride:
    """Make a day a ``workday`` or a ``holiday``, or ``clear`` what was said of it before."""
    district = _district(ctx, district_id)
    if kind not in EFFECTS:
        raise Refused("只能是 workday（上班）、holiday（放假）或 clear（取消调整）", field="kind")
    last = CalendarOverride.objects.filter(district=district, day=day).order_by("pk").last()
    if last and (last.kind, last.name) == (kind, name):
        return last
    entry = ledger.record(
        ctx,
        kinds.DAY_OVERRIDDEN.name,
        unit_id=district.pk,
        facts={"day": day, "effect": kind},
        private={"name": name} if name else None,
    )
    return CalendarOverride.objects.create(
        district=district, day=day, kind=kind, name=name, entry_uid=entry.uid
    )


def _district(ctx: Ctx, district_id: UUID) -> Unit:
    district = locked(ctx, district_id)
    if district.level != "district":
        raise Refused("日历由区县教育局设置", field="district_id")
    return district
