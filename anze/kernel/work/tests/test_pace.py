"""Long writes leave room: many short transactions, each with its own last step."""

from __future__ import annotations

import gc
import time
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from anze.kernel.work import pace
from anze.kernel.work.models import SweepRun
from anze.kernel.work.pace import Pace

pytestmark = pytest.mark.django_db


def test_every_item_is_done_once_and_in_order():
    done: list[int] = []
    paced: Pace[int] = Pace(done.append, hold=0.005)
    chunks = list(paced.run(range(500)))
    assert done == list(range(500))
    assert [n for chunk in chunks for n in chunk] == done


def test_a_transaction_ends_when_its_time_is_up():
    paced: Pace[int] = Pace(lambda _n: time.sleep(0.004), hold=0.02)
    chunks = list(paced.run(range(60)))
    assert len(chunks) >= 12, "60 items of 4 ms cannot fit into fewer transactions of 20 ms"
    assert max(map(len, chunks)) <= 6


class Commits:
    """Stands for transactions that set something off, so that no test needs a real commit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, hook_seconds: float) -> None:
        self.calls: list[str] = []
        monkeypatch.setattr(pace.transaction, "atomic", nullcontext)
        monkeypatch.setattr(pace, "rest", lambda *_held: self.calls.append("rest"))
        monkeypatch.setattr(pace, "_take_hooks", lambda: [lambda: self._hook(hook_seconds)])
        monkeypatch.setattr(pace, "connection", SimpleNamespace(in_atomic_block=False))

    def _hook(self, seconds: float) -> None:
        self.calls.append("hook")
        time.sleep(seconds)


def test_fewer_items_go_together_when_their_hooks_take_long(monkeypatch):
    commits = Commits(monkeypatch, hook_seconds=0.08)
    paced: Pace[int] = Pace(lambda _n: time.sleep(0.002), hold=0.04)
    sizes = [len(chunk) for chunk in paced.run(range(60))]
    assert sizes[0] > 2
    assert sizes[-2] <= 2
    assert commits.calls[-3:].count("rest") >= 1


def test_everyone_is_let_in_before_a_hold_grows_too_long(monkeypatch):
    commits = Commits(monkeypatch, hook_seconds=0.03)
    paced: Pace[int] = Pace(lambda _n: time.sleep(0.004), hold=0.04)
    list(paced.run(range(80)))
    hooks, rests = commits.calls.count("hook"), commits.calls.count("rest")
    assert rests >= hooks, "transaction and hooks do not fit into one hold"


def test_small_holds_share_one_rest(monkeypatch):
    commits = Commits(monkeypatch, hook_seconds=0.0)
    paced: Pace[int] = Pace(lambda _n: time.sleep(0.011), hold=10.0)
    list(paced.run(range(5)))
    assert commits.calls.count("rest") <= 1


def test_the_last_step_stands_or_falls_with_the_items():
    from django.utils import timezone

    def one(n: int) -> None:
        SweepRun.objects.create(name=f"item-{n}", due=timezone.now())
        if n == 7:
            raise ValueError("no")

    told: list[int] = []
    paced: Pace[int] = Pace(one, after=lambda items: told.extend(items), hold=10)
    with pytest.raises(ValueError, match="no"):
        list(paced.run(range(10)))
    assert told == []
    assert not SweepRun.objects.exists()


def test_what_was_there_before_is_left_out_of_collections_while_a_long_write_runs():
    frozen: list[int] = []
    paced: Pace[int] = Pace(lambda _n: frozen.append(gc.get_freeze_count()), hold=0.005)
    list(paced.run(range(3)))
    assert min(frozen) > 10_000
    assert gc.get_freeze_count() == 0


def test_a_long_write_that_fails_or_is_left_half_way_lets_go_of_them():
    def fail(_n: int) -> None:
        raise ValueError("full")

    with pytest.raises(ValueError, match="full"):
        list(Pace(fail).run(range(3)))
    assert gc.get_freeze_count() == 0
    left = Pace(lambda _n: time.sleep(0.01), hold=0.005).run(range(3))
    next(left)
    left.close()
    assert gc.get_freeze_count() == 0
