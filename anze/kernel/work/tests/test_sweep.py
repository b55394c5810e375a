"""The sweep: what is due, once, whatever its neighbours do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from anze.kernel.bus import clock
from anze.kernel.work import posting, sweep
from anze.kernel.work.models import SweepRun

HOOKS = frozenset(sweep._hooks)  # as the rooms have registered them
pytestmark = pytest.mark.django_db


@pytest.fixture
def ran(monkeypatch):
    """The names of the hooks that ran; starts with no hook registered."""
    monkeypatch.setattr(sweep, "_hooks", {})
    return []


def test_a_hook_runs_each_minute_and_not_twice_in_one(ran):
    sweep.register("test.minute", lambda ctx: ran.append(ctx.via))
    sweep.run_sweep()
    sweep.run_sweep()
    assert ran == ["system"]
    with clock.travel(clock.now() + timedelta(minutes=1)):
        sweep.run_sweep()
    assert len(ran) == 2


def test_a_daily_hook_waits_for_its_day(ran):
    sweep.register("test.daily", lambda _ctx: ran.append(1), every=timedelta(days=1))
    sweep.run_sweep()
    with clock.travel(clock.now() + timedelta(hours=23)):
        sweep.run_sweep()
    assert len(ran) == 1
    with clock.travel(clock.now() + timedelta(days=1)):
        sweep.run_sweep()
    assert len(ran) == 2


def test_a_failing_hook_hinders_no_other_and_is_tried_again_soon(ran):
    def fails(_ctx: object) -> None:
        ran.append("tried")
        raise OSError("disk full")

    sweep.register("test.fails", fails, every=timedelta(days=1))
    sweep.register("test.works", lambda _ctx: ran.append("worked"))
    results = sweep.run_sweep()
    assert ran == ["tried", "worked"]
    assert isinstance(results["test.fails"], OSError)
    assert "disk full" in SweepRun.objects.get(name="test.fails").failure
    with clock.travel(clock.now() + timedelta(minutes=6)):
        sweep.run_sweep()
    assert ran.count("tried") == 2


def test_a_hook_that_another_process_runs_is_left_alone(ran):
    sweep.register("test.once", lambda _ctx: ran.append(1))
    assert sweep._claim("test.once", force=False)
    sweep.run_sweep()
    assert ran == []
    with clock.travel(clock.now() + sweep.LEASE + timedelta(seconds=1)):
        sweep.run_sweep()
    assert ran == [1]


def test_the_command_names_what_failed(ran, capsys):
    def fails(_ctx: object) -> None:
        raise OSError("disk full")

    sweep.register("test.fails", fails)
    with pytest.raises(CommandError, match=r"test\.fails"):
        call_command("sweep")


def test_the_floors_below_are_swept_each_time():
    names = list(sweep._hooks)
    assert names[0] == "ledger.number"
    assert {"files.unused", "units.settle"} <= set(names)


def test_the_sweep_sends_no_messages_and_the_command_does(ran, capsys, monkeypatch):
    assert "work.post" not in HOOKS
    monkeypatch.setattr(posting, "turn", lambda: 0 if ran else ran.append("post") or 1)
    call_command("sweep")
    assert ran == ["post"]
    assert "post: 1" in capsys.readouterr().out


def test_a_hook_that_is_no_more_is_not_reported(ran):
    SweepRun.objects.create(name="test.gone", due=clock.now() - timedelta(days=1))
    sweep.register("test.here", lambda _ctx: None)
    sweep.run_sweep()
    assert [row.name for row in sweep.runs()] == ["test.here"]
