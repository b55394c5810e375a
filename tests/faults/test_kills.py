"""Twenty times kill -9 while forms come in: nothing acknowledged is lost, nothing is half done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from anze.kernel.work.tests.house import House

KILLS, SEED = 20, 1119


@dataclass
class Heard:
    """What the workers said before they died."""

    handed_in: list[str] = field(default_factory=list)
    corrected: dict[str, str] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)

    def take(self, line: str) -> str:
        """Note one line; return its first word."""
        word, *rest = line.split()
        if word == "trying":
            self.tried.append(rest[0])
        elif word == "handed-in":
            self.handed_in.append(rest[0])
        elif word == "corrected":
            self.corrected[rest[0]] = rest[1]
        return word

    def as_json(self) -> str:
        """Return all of it for the look back."""
        return json.dumps(
            {
                "handed_in": self.handed_in,
                "corrected": list(self.corrected.items()),
                "unanswered": sorted(set(self.tried) - set(self.handed_in)),
            }
        )


def live_and_be_killed(parent: subprocess.Popen[str], heard: Heard, dice: Random) -> None:
    """Let a worker hand in a few forms and kill it at some moment of the next one."""
    parent.stdin.write(f"{dice.randrange(10**9)}\n")
    parent.stdin.flush()
    line = parent.stdout.readline()
    worker = int(line.split()[1])
    patience = dice.randrange(6)
    while patience:
        patience -= heard.take(parent.stdout.readline()) == "handed-in"
    time.sleep(dice.random() * 0.06)
    os.kill(worker, signal.SIGKILL)
    while heard.take(parent.stdout.readline()) != "dead":
        pass


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory) -> dict:
    """Return what is found in a home after all the kills."""
    house = House(Path(tmp_path_factory.mktemp("kills")) / "home")
    house.run("from tests.faults import lives; lives.found()")
    heard, dice = Heard(), Random(SEED)
    parent = house.child("from tests.faults import lives; lives.serve()", stdin=True)
    try:
        for _ in range(KILLS):
            live_and_be_killed(parent, heard, dice)
    finally:
        parent.stdin.close()
        parent.wait(30)
    looker = house.child("from tests.faults import lives; lives.look_back()", stdin=True)
    out, err = looker.communicate(heard.as_json(), timeout=120)
    assert looker.returncode == 0, err
    return {**json.loads(out), "heard": heard}


def test_the_kills_hit_workers_at_work(aftermath):
    heard = aftermath["heard"]
    assert len(heard.handed_in) >= KILLS
    assert heard.corrected
    assert len(set(heard.tried) - set(heard.handed_in)) > KILLS // 4


def test_nothing_acknowledged_is_lost(aftermath):
    assert aftermath["lost"] == []
    assert aftermath["lost corrections"] == []


def test_nothing_is_half_done(aftermath):
    assert aftermath["rows without entry"] == []
    assert aftermath["entries without row"] == []


def test_the_ledger_is_whole_and_true(aftermath):
    assert (aftermath["waiting"], aftermath["gaps"], aftermath["findings"]) == (0, 0, [])
    assert aftermath["entries"] > len(aftermath["heard"].handed_in)


def test_duties_catch_up_and_agree_with_a_replay(aftermath):
    assert (aftermath["behind"], aftermath["troubles"], aftermath["drift"]) == (0, 0, [])
    assert aftermath["drill"] == "met"


def test_what_got_no_answer_is_sent_again_without_a_double(aftermath):
    assert aftermath["doubled"] == 0
