"""An extinguisher that expires turns a duty red; its service turns it green."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from anze.domains.facilities.registers import FIRE, SPECIAL
from anze.domains.facilities.tests.world import School, morning
from anze.engines.duties import advance as advancing
from anze.engines.duties import replay
from anze.engines.duties import services as duties
from anze.engines.duties.models import Occurrence
from anze.engines.duties.selectors import why
from anze.engines.registers import services
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import sequencer
from anze.kernel.packs import services as packs

BEFORE, FIRST = date(2026, 10, 28), date(2026, 11, 1)


def live_on(day: date) -> None:
    """Let the days up to ``day`` pass."""
    with clock.travel(morning(day)):
        duties.sweep(Ctx.system())
        sequencer.advance()
        advancing.advance()


@pytest.fixture
def asked(cast) -> School:
    """The cast under the shipped pack, which asks from November on."""
    with clock.travel(morning(BEFORE)):
        made = School(cast)
        ctx = Ctx.system()
        for name in ("national/2026.1", "equipment/2026.1"):
            row = packs.load_pack(ctx, Path(settings.ANZE_PACKS) / name)
        packs.activate(ctx, row, cast.district.pk, FIRST)
        duties.sweep(ctx)
    return made


def state(asked: School, ref: str, period: str = "2026-11", subject: str = "") -> str:
    return Occurrence.objects.get(
        unit=asked.cast.primary_east, requirement__ref=ref, period=period, subject=subject
    ).state


FIRE_DUTY, LIFTS = "EXTINGUISHERS-IN-DATE", "SPECIAL-EQUIPMENT-IN-DATE"


def no_drift() -> bool:
    n = advancing.advance()
    return list(replay.drift(replay.replay(n), n)) == []


def test_nothing_registered_is_nothing_shown(asked):
    live_on(date(2026, 11, 3))
    assert state(asked, FIRE_DUTY) == "owed"
    live_on(date(2026, 12, 2))
    assert state(asked, FIRE_DUTY) == "missed"


def test_what_is_in_date_meets_the_duty_and_what_expires_opens_it_again(asked):
    with clock.travel(morning(date(2026, 11, 2))):
        thing = asked.add(made_on="2021-11-10")
    live_on(date(2026, 11, 3))
    assert state(asked, FIRE_DUTY) == "met"
    live_on(date(2026, 11, 10))
    assert state(asked, FIRE_DUTY) == "met"
    live_on(date(2026, 11, 11))
    assert state(asked, FIRE_DUTY) == "owed"
    with clock.travel(morning(date(2026, 11, 20))):
        asked.change(thing, serviced_on="2026-11-19")
    live_on(date(2026, 11, 20))
    assert state(asked, FIRE_DUTY) == "met"
    assert no_drift()


def test_a_month_that_ended_with_an_expired_one_stays_missed_and_the_next_is_met(asked):
    with clock.travel(morning(date(2026, 11, 2))):
        thing = asked.add(made_on="2021-11-10")
    live_on(date(2026, 12, 1))
    assert state(asked, FIRE_DUTY) == "missed"
    with clock.travel(morning(date(2026, 12, 5))):
        asked.change(thing, serviced_on="2026-12-04")
    live_on(date(2026, 12, 5))
    assert state(asked, FIRE_DUTY) == "missed"
    assert state(asked, FIRE_DUTY, "2026-12") == "met"
    assert no_drift()


def test_scrapping_the_expired_one_meets_the_duty_when_another_is_in_date(asked):
    with clock.travel(morning(date(2026, 11, 2))):
        old = asked.add(made_on="2010-01-01")
        asked.add()
        asked.add(kind="hydrant", valid_until="2020-01-01")  # not an extinguisher
    live_on(date(2026, 11, 3))
    assert state(asked, FIRE_DUTY) == "owed"
    with clock.travel(morning(date(2026, 11, 4))):
        services.end(asked.cast.ctx("officer"), FIRE, old.pk, "scrapped")
    live_on(date(2026, 11, 4))
    assert state(asked, FIRE_DUTY) == "met"
    assert no_drift()


def test_the_why_names_what_has_expired(asked):
    with clock.travel(morning(date(2026, 11, 2))):
        asked.add(made_on="2010-01-01", code="OLD-7")
    live_on(date(2026, 11, 3))
    occ = Occurrence.objects.get(unit=asked.cast.primary_east, requirement__ref=FIRE_DUTY)
    with clock.travel(morning(date(2026, 11, 3))):
        said = why(asked.cast.ctx("officer"), occ)
    assert "OLD-7" in repr(said)


def test_each_device_owes_its_own_inspection(asked):
    east = asked.cast.primary_east.pk
    with clock.travel(morning(BEFORE + timedelta(days=1))):
        ctx = asked.cast.ctx("officer")
        for code, until in (("TZ-0001", "2027-05-01"), ("TZ-0002", "2026-11-05")):
            typed = {"kind": "lift", "inspect_by": until}
            services.add(ctx, SPECIAL, east, typed, code=code)
    live_on(date(2026, 11, 6))
    assert state(asked, LIFTS, subject="TZ-0001") == "met"
    assert state(asked, LIFTS, subject="TZ-0002") == "owed"
    assert no_drift()
