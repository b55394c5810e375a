"""Ten times kill -9 while photos and forms come in piece by piece: nothing lost, nothing twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anze.kernel.work.tests.house import House

KILLS, SEED = 10, 1123


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory) -> dict:
    """Return what is true after all the kills."""
    house = House(Path(tmp_path_factory.mktemp("outbox-kills")) / "home")
    code = f"""
        import json, logging
        logging.disable(logging.CRITICAL)
        from tests.faults import outbox_lives
        print(json.dumps(outbox_lives.run({KILLS}, {SEED})))
    """
    return json.loads(house.run(code, timeout=300).splitlines()[-1])


def test_the_kills_hit_a_server_at_work(aftermath):
    assert sum(aftermath["cut"].values()) >= KILLS
    assert aftermath["items"] > 0
    assert aftermath["photos"] > 0


def test_nothing_acknowledged_is_lost(aftermath):
    for what in ("items lost", "files lost", "offsets fell back", "photos missing"):
        assert aftermath[what] == [], what


def test_nothing_is_half_done_or_twice(aftermath):
    for what in ("half done", "entries without work", "receipts changed"):
        assert aftermath[what] == [], what
    for what in ("other bytes", "packets overdrawn", "unnumbered", "unfinished", "pieces left"):
        assert aftermath[what] == 0, what


def test_the_ledger_is_true_and_the_duties_agree_with_a_replay(aftermath):
    assert (aftermath["findings"], aftermath["drift"]) == (0, 0)
