"""The district's calendar."""

from datetime import date

import pytest

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, Refused
from anze.kernel.ledger import sequencer
from anze.kernel.ledger.models import Entry, Leaf
from anze.kernel.units import selectors, services

AUTUMN = {"code": "2026-1", "name": "2026 年秋学期"}


def test_a_term_makes_its_days_days_in_session(cast):
    ctx = cast.ctx("desk")
    services.set_term(
        ctx, cast.district.pk, start=date(2026, 9, 1), end=date(2027, 1, 22), **AUTUMN
    )
    calendar = selectors.calendar(cast.district.pk)
    assert calendar.in_session(date(2026, 9, 2))
    assert not calendar.in_session(date(2026, 8, 31))
    assert not selectors.calendar(cast.other_district.pk).in_session(date(2026, 9, 2))
    assert not selectors.calendar(None).in_session(date(2026, 9, 2))


def test_a_term_set_again_takes_the_place_of_the_first_and_the_first_stays_known(cast):
    ctx, district = Ctx.system(), cast.district.pk
    services.set_term(ctx, district, start=date(2026, 9, 1), end=date(2027, 1, 22), **AUTUMN)
    sequencer.advance()
    then = Leaf.objects.count()
    services.set_term(ctx, district, start=date(2026, 9, 1), end=date(2027, 1, 29), **AUTUMN)
    services.set_term(ctx, district, start=date(2026, 9, 1), end=date(2027, 1, 29), **AUTUMN)
    sequencer.advance()
    assert Entry.objects.filter(kind="units.term_set").count() == 2
    last = date(2027, 1, 25)
    assert selectors.calendar(district).in_session(last)
    assert not selectors.calendar(district, then).in_session(last)


def test_two_terms_do_not_overlap(cast):
    ctx, district = Ctx.system(), cast.district.pk
    services.set_term(ctx, district, start=date(2026, 9, 1), end=date(2027, 1, 22), **AUTUMN)
    with pytest.raises(Refused):
        services.set_term(
            ctx, district, code="2026-2", name="春", start=date(2027, 1, 22), end=date(2027, 7, 1)
        )


def test_an_override_decides_a_day_and_can_be_cleared(cast):
    ctx, district, day = cast.ctx("desk"), cast.district.pk, date(2026, 11, 18)
    assert selectors.calendar(district).is_workday(day)
    services.override_day(ctx, district, day=day, kind="holiday", name="停课")
    assert not selectors.calendar(district).is_workday(day)
    services.override_day(ctx, district, day=day, kind="clear")
    assert selectors.calendar(district).is_workday(day)
    assert Entry.objects.filter(kind="units.day_overridden").count() == 2


def test_the_calendar_belongs_to_the_district_and_its_desk(cast):
    day = date(2026, 11, 18)
    with pytest.raises(Refused):
        services.override_day(Ctx.system(), cast.primary.pk, day=day, kind="holiday", name="停课")
    with pytest.raises(Denied):
        services.override_day(cast.ctx("principal"), cast.district.pk, day=day, kind="holiday")
    with pytest.raises(Refused):
        services.override_day(Ctx.system(), cast.district.pk, day=day, kind="party")
