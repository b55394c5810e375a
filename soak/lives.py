"""Random lives: whatever happens in whatever order, a replay gives the living state."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import Any

import common


def prove(chosen: Namespace) -> dict[str, Any]:
    """Live ``chosen.lives`` lives of ``chosen.steps`` steps, each in a transaction undone after."""
    figures = {"lives": 0, "steps": chosen.steps, "entries": 0, "occurrences": 0, "states": 0}
    drifts: list[str] = []
    with common.home() as folder:
        for number in range(chosen.lives):
            _life(chosen.seed + number, chosen.steps, folder / str(number), figures, drifts)
    return {**figures, "drifts": drifts[:20], "failures": len(drifts)}


def _life(seed: int, steps: int, folder: Path, figures: dict[str, int], drifts: list[str]) -> None:
    from django.db import transaction

    from anze.engines.duties import countries, replay
    from anze.engines.duties.models import Occurrence, StateChange
    from anze.engines.duties.tests.test_lives import RULES, Life
    from anze.engines.duties.tests.trial import make_trial

    countries.forget()
    with transaction.atomic():
        trial = make_trial(folder)
        trial.adopt(*RULES, since=date(2026, 9, 1))
        Life(trial, seed).live(steps)
        n = trial.settle()
        drifts += [f"seed {seed}: {one}" for one in replay.drift(replay.replay(n), n)]
        figures["lives"] += 1
        figures["entries"] += n
        figures["occurrences"] += Occurrence.objects.count()
        figures["states"] += StateChange.objects.count()
        transaction.set_rollback(True)


if __name__ == "__main__":
    common.main("lives", prove, lives=(300, 4), steps=(200, 60))
