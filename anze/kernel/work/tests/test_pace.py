"""Long writes leave room: many short transactions, each with its own last step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def slow_commit() -> Iterator[None]:
    yield
    time.sleep(0.03)


def test_what_a_commit_sets_off_counts_as_hold(monkeypatch):
    monkeypatch.setattr(pace.transaction, "atomic", slow_commit)
    paced: pace.Pace[int] = pace.Pace(lambda _n: time.sleep(0.002), hold=0.04)
    sizes = [len(chunk) for chunk in paced.run(range(150))]
    assert sizes[-2] <= 6, "the share left for items shrinks to what the commit leaves of it"


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
