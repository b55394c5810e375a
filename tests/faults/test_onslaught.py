"""Twenty times kill -9 of a real server at work: nothing half-done, nothing acknowledged lost."""

from __future__ import annotations

import pytest

from tests.faults.onslaught import Onslaught, judge

KILLS, SEED = 20, 2011


@pytest.fixture(scope="module")
def war(tmp_path_factory):
    """A home after twenty kills, settled."""
    made = Onslaught(tmp_path_factory.mktemp("war") / "home", SEED)
    try:
        for _ in range(KILLS):
            made.round()
        made.settle()
        yield made
    finally:
        made.close()


def test_the_kills_hit_a_server_at_work(war):
    heard = war.heard
    assert war.kills == KILLS
    assert len(heard.handed_in) > KILLS / 2
    assert len(heard.files) > KILLS / 4
    assert heard.begun


def test_nothing_is_half_done_and_nothing_acknowledged_is_lost(war):
    assert {what: some for what, some in judge(war).items() if some} == {}
