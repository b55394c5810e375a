"""Random lives: whatever happens in whatever order, replaying the ledger gives the living state."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from anze.engines.duties import replay
from anze.engines.duties.models import Occurrence, StateChange
from anze.engines.duties.tests.trial import requirement
from anze.kernel.bus.errors import Problem
from anze.kernel.ledger import services as ledger
from anze.kernel.units import services as units

RULES = [
    requirement("MONTHLY", due={"day": "last-workday", "grace_days": 2}),
    requirement("WEEKLY", every="week", due={"day": 5}, **{"in": "session"}),
    requirement("UNIT", level="unit", form=None, met_by={"entry": "trial.walk", "at_least": 3}),
    requirement("ONCE", every="once", due={"within_workdays": 12}),
    requirement("FIELD", every="week", due={"day": 5}, capture_hours=48),
    requirement("DAILY", every="day", due={"day": 1}, **{"in": "session"}),
    requirement(
        "EVENT", every="event", on="trial.walk", on_where={"ok": False},
        due={"within_hours": 30}, met_by={"entry": "trial.walk", "where": {"ok": True}},
    ),
    requirement(
        "HOLD", every="term", met_by={
            "any_of": [
                {"fact": "entry.latest", "with": {"kind": "trial.walk"}, "fresh_days": 6},
                {"entry": "trial.walk", "at_least": 9},
            ]
        },
    ),
]  # fmt: skip


class Life:
    """Does one random thing after another, on days that only go forward."""

    def __init__(self, trial, seed: int) -> None:
        self.trial, self.random = trial, random.Random(seed)
        self.today, self.entries, self.closed = date(2026, 9, 1), [], set()

    def live(self, steps: int) -> None:
        for _ in range(steps):
            deed = self.random.choices(
                [
                    self.walk, self.sleep, self.retract, self.correct, self.close, self.found,
                    self.bring_in,
                ],
                [10, 6, 2, 2, 0.2, 0.5, 4],
            )[0]  # fmt: skip
            try:
                deed()
            except Problem:
                continue  # refused, as the services should: nothing has happened
        self.trial.settle()

    def sleep(self) -> None:
        for _ in range(self.random.choice([1, 1, 1, 2, 5])):
            self.today += timedelta(days=1)
            if self.random.random() < 0.9:  # a server may sleep through a midnight
                self.trial.day(self.today)

    def walk(self) -> None:
        open_ones = [one for one in self.trial.campuses if one not in self.closed]
        happened = self.today - timedelta(days=self.random.choice([0, 0, 0, 1, 3, 12]))
        self.entries.append(
            self.trial.walk(
                self.random.choice(open_ones), happened, self.today, ok=self.random.random() < 0.7
            )
        )

    def bring_in(self) -> None:
        """What a phone captured some days ago arrives now, in time for the pack or not."""
        open_ones = [one for one in self.trial.campuses if one not in self.closed]
        captured = self.today - timedelta(days=self.random.choice([0, 1, 2, 3, 9]))
        self.entries.append(
            self.trial.brought(
                self.random.choice(open_ones), captured, self.today, ok=self.random.random() < 0.7
            )
        )

    def retract(self) -> None:
        if self.entries:
            entry = self.entries.pop(self.random.randrange(len(self.entries)))
            ledger.retract(self.trial.ctx(self.today, 12), entry, "mistake")

    def correct(self) -> None:
        if self.entries:
            place = self.random.randrange(len(self.entries))
            happened = self.today - timedelta(days=self.random.choice([0, 2, 20]))
            self.entries[place] = ledger.supersede(
                self.trial.ctx(self.today, 12), self.entries[place],
                facts={"rounds": 2, "ok": self.random.random() < 0.5},
                happened=self.trial.ctx(happened, 8).now,
            )  # fmt: skip

    def close(self) -> None:
        if len(self.closed) < 2:
            campus = self.random.choice(self.trial.campuses)
            units.close(self.trial.ctx(self.today), campus, on=self.today)
            self.closed.add(campus)

    def found(self) -> None:
        unit = units.register_unit(
            self.trial.ctx(self.today), level="unit", kind="primary",
            name=f"新校{len(self.trial.campuses)}", parent_id=self.trial.district,
            main_campus=True, opened=self.today,
        )  # fmt: skip
        self.trial.campuses.append(unit.edges_down.get().child_id)


@pytest.mark.parametrize("seed", range(6))
def test_replaying_a_random_life_gives_the_living_state(trial, seed):
    trial.adopt(*RULES, since=date(2026, 9, 1))
    life = Life(trial, seed)
    life.live(60)
    n = trial.settle()
    assert Occurrence.objects.count() > 20
    assert list(replay.drift(replay.replay(n), n)) == []


def test_the_state_as_of_any_number_is_what_a_replay_up_to_it_gives(trial):
    trial.adopt(*RULES, since=date(2026, 9, 1))
    Life(trial, 42).live(40)
    n = trial.settle()
    for upto in range(n // 3, n, max(1, n // 7)):
        book = replay.replay(upto)
        for key, occ in book.occs.items():
            row, unit, subject, period = key
            changes = StateChange.objects.filter(
                occurrence__requirement_id=row, occurrence__unit_id=unit,
                occurrence__subject=subject, occurrence__period=period, n__lte=upto,
            )  # fmt: skip
            assert changes.latest("n").state == occ.state
