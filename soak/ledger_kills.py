"""kill -9 at any moment: whatever was acknowledged is there, numbered once, judged as replayed.

A child records entries, lets days begin, numbers and judges without end, and says the uid of each
entry once its commit has returned. It is killed after a random time, again and again.
"""

from __future__ import annotations

import os
import random
import signal
import time
from argparse import Namespace
from datetime import date, timedelta
from typing import Any

import common

FIRST = date(2026, 9, 1)


def prove(chosen: Namespace) -> dict[str, Any]:
    """Kill ``chosen.kills`` children and look what is left."""
    with common.home() as folder:
        from django.db import connections

        from anze.engines.duties import advance, countries, replay
        from anze.engines.duties.models import Occurrence
        from anze.engines.duties.tests.test_lives import RULES
        from anze.engines.duties.tests.trial import make_trial
        from anze.kernel.ledger import sequencer, verify
        from anze.kernel.ledger.models import Entry, Leaf

        trial = make_trial(folder)
        trial.adopt(*RULES, since=FIRST)
        chance, said, gaps = random.Random(chosen.seed), [], 0
        for number in range(chosen.kills):
            connections.close_all()
            said += _live_and_be_killed(trial, chance, number)
            sequencer.advance()
            total = Leaf.objects.order_by("-n").values_list("n", flat=True).first() or 0
            gaps += total != Leaf.objects.count() or total != Entry.objects.count()
            countries.forget()
        n = trial.settle()
        known = {one.hex for one in Entry.objects.values_list("uid", flat=True)}
        lost = [one for one in said if one not in known]
        findings = verify.verify().findings
        drift = list(replay.drift(replay.replay(n), n))
        return {
            "kills": chosen.kills,
            "acknowledged": len(said),
            "acknowledged_but_lost": len(lost),
            "gaps_or_doubles": gaps,
            "entries": n,
            "occurrences": Occurrence.objects.count(),
            "judged_to": advance.reached(),
            "verify_findings": len(findings),
            "replay_drift": len(drift),
            "failures": len(lost) + gaps + len(findings) + len(drift) + (advance.reached() != n),
        }


def _live_and_be_killed(trial: Any, chance: random.Random, number: int) -> list[str]:
    """Return the uids the child acknowledged before it was killed."""
    told, begun = os.pipe()
    today = FIRST + timedelta(days=number // 8)
    child = os.fork()
    if child == 0:
        try:
            os.close(told)
            _live(trial, random.Random(f"{number}"), today, begun)
        finally:
            os._exit(1)
    os.close(begun)
    heard = os.read(told, 65536)
    if not heard:
        raise common.Failed("the child died before its first acknowledgement")
    time.sleep(chance.uniform(0, 0.5))
    os.kill(child, signal.SIGKILL)
    while more := os.read(told, 65536):
        heard += more
    os.close(told)
    _, status = os.waitpid(child, 0)
    if os.WTERMSIG(status) != signal.SIGKILL:
        raise common.Failed("the child ended otherwise than by the kill")
    return [line.decode() for line in heard.split(b"\n") if len(line) == 32]


def _live(trial: Any, chance: random.Random, today: date, begun: int) -> None:
    """In the child: one deed after another, each said once its commit has returned."""
    from anze.kernel.ledger import sequencer
    from anze.kernel.ledger import services as ledger

    sequencer.BATCH = chance.choice([1, 3, 200])
    if chance.random() < 0.3:
        trial.day(today)
    while True:
        ctx = trial.ctx(today, chance.randrange(8, 18))
        facts = {"rounds": 1, "ok": chance.random() < 0.7}
        entry = ledger.record(ctx, "trial.walk", unit_id=chance.choice(trial.campuses), facts=facts)
        os.write(begun, entry.uid.hex.encode() + b"\n")
        if chance.random() < 0.1:
            ledger.retract(ctx, entry, "mistake")


if __name__ == "__main__":
    common.main("ledger_kills", prove, kills=(200, 10))
