"""Founding a real district, and the demonstration: the same seed lives the same life."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from anze.engines.duties import replay
from anze.engines.duties.advance import reached
from anze.engines.duties.models import Occurrence
from anze.interfaces.console.demo import life
from anze.interfaces.console.demo.district import found
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import services as packs
from anze.kernel.people.models import User
from anze.kernel.units.models import Unit

FIRST, LAST = date(2026, 8, 31), date(2026, 9, 8)


def found_real(**changes) -> str:
    out = StringIO()
    asked = {"authority": "示例市教育局", "district": "示例区教育局", "since": date(2026, 9, 1)}
    call_command("found", **{**asked, **changes}, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_district_is_founded_with_its_sections_packs_and_first_accounts():
    said = found_real()
    assert "示例区教育局" in said
    assert set(User.objects.values_list("username", flat=True)) == {
        "sysadmin", "secadmin", "auditor", "desk"
    }  # fmt: skip
    assert Unit.objects.filter(level="section").count() >= 4
    assert all(user.must_change_password for user in User.objects.all())
    assert Entry.objects.filter(kind="packs.activated").count() == 2


@pytest.mark.django_db
def test_a_second_district_is_refused_with_words():
    found_real()
    with pytest.raises(CommandError, match="已经有单位"):
        found_real(district="另一个区教育局")


@pytest.mark.django_db
def test_an_unknown_pack_is_refused_and_nothing_is_founded():
    with pytest.raises(CommandError, match="没有装载过"):
        found_real(pack=["nobody/2026.1"])
    assert not Unit.objects.exists()


def live(settings) -> set[tuple]:
    packs.load_all(Ctx.system(), settings.ANZE_PACKS)
    with clock.travel(clock.start_of(FIRST) + timedelta(minutes=2)):
        district = found(FIRST, 4, 7)
    lived = life.Life(district, 7, lambda _text: None)
    lived.live(FIRST, LAST)
    assert not lived.refused
    names = dict(Unit.objects.values_list("pk", "name"))
    return {
        (names.get(entry.unit_id), entry.kind, entry.happened, entry.recorded)
        for entry in Entry.objects.filter(via="demo")
    }


def lived_and_undone(settings) -> set[tuple]:
    with transaction.atomic():
        lived = live(settings)
        transaction.set_rollback(True)
    return lived


@pytest.mark.django_db
def test_the_demonstration_lives_the_same_life_twice_and_replays_without_drift(settings):
    first = lived_and_undone(settings)
    second = live(settings)
    assert len(first) > 60
    assert first == second
    assert Occurrence.objects.filter(state="met").exists()
    assert Occurrence.objects.filter(state="missed").exists()
    n = reached()
    assert list(replay.drift(replay.replay(n), n)) == []
