"""What is kept for all threads of a process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from anze.engines.duties import advance, countries
from anze.engines.duties.countries import KEPT, Kept
from anze.engines.duties.models import Cursor
from anze.engines.duties.rulebook import Rulebook


def test_many_threads_may_make_and_drop_values_at_once():
    kept: Kept[int, int] = Kept()

    def ask(i: int) -> bool:
        key = i % (KEPT * 3)
        return kept.made(key, lambda: key + 1) == key + 1

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(20_000)))


def test_only_the_last_few_are_kept():
    kept: Kept[int, int] = Kept()
    for key in range(KEPT + 2):
        kept.made(key, lambda: 1)
    assert kept.get(0) is None
    assert kept.newest(lambda key: key < KEPT) == 1


def test_an_undone_step_leaves_nothing_kept(trial, monkeypatch):
    def broken(_n):
        raise RuntimeError("undone")

    countries._rulebooks.made(None, lambda: Rulebook(()))
    monkeypatch.setattr(advance, "_after", broken)
    Cursor.objects.update(n=0)
    with pytest.raises(RuntimeError):
        advance.advance()
    assert countries._rulebooks.get(None) is None
