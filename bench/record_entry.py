"""Recording one entry costs the same with 10 or 1,000 requirements of other kinds.

Usage: python bench/record_entry.py [--rounds 300]

Two districts, each with one requirement the entries meet and 10 or 1,000 that ask for another
kind. One round is: record in a transaction, number, judge, as a submission does. Counted: the
statements sent, which must be equal; and CPU, the median of all rounds, the two taking turns.
The floor is the bare insert of the same row.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import common

SINCE = date(2026, 9, 1)
FEW, MANY = 10, 1000
TURNS = 3


def main() -> None:
    """Measure both districts by turns in children, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--others", type=int, help="measure one district here")
    chosen = parser.parse_args()
    if chosen.others is not None:
        print(json.dumps(measure(chosen.others, chosen.rounds)))
        return
    arguments = ("--rounds", chosen.rounds, "--others")
    turns = [
        (
            common.in_child(__file__, *arguments, FEW),
            common.in_child(__file__, *arguments, MANY),
        )
        for _ in range(TURNS)
    ]
    few = {name: min(one[0][name] for one in turns) for name in turns[0][0]}
    many = {name: min(one[1][name] for one in turns) for name in turns[0][1]}
    common.table(
        ("requirements of other kinds", FEW, MANY),
        ("statements for one entry", few["queries"], many["queries"]),
        ("record, number, judge, CPU ms", few["cpu_ms"], many["cpu_ms"]),
        ("bare insert of the row, CPU ms", few["bare_ms"], many["bare_ms"]),
        ("record alone over the bare insert, CPU ms", few["over_ms"], many["over_ms"]),
    )
    if few["queries"] != many["queries"]:
        sys.exit("the number of statements grows with requirements of other kinds")
    common.ratio(many["cpu_ms"] / few["cpu_ms"], "about 1")


def measure(others: int, rounds: int) -> dict[str, float]:
    """Return what one entry costs with ``others`` requirements of another kind."""
    with common.home(), tempfile.TemporaryDirectory() as packs:
        common.start()
        from django.db import transaction

        from anze.engines.duties.tests.trial import make_trial, requirement
        from anze.kernel.ledger import services as ledger

        trial = make_trial(Path(packs))
        asked = [
            requirement(f"OTHER-{n}", met_by={"entry": "drill.held"}, form=None)
            for n in range(others)
        ]
        trial.adopt(requirement("WALK"), *asked, since=SINCE)
        trial.day(date(2026, 9, 2))
        campus, spent, meter = trial.campuses[0], [], common.Meter()
        for number in range(rounds):
            ctx = trial.ctx(date(2026, 9, 2 + number * 20 // rounds))
            counted = common.Meter()
            with counted.on(), transaction.atomic():
                ledger.record(ctx, "trial.walk", unit_id=campus, facts={"rounds": 1, "ok": True})
            # numbered and judged on leaving the block
            spent.append((counted.cpu, counted.queries))
            meter = counted
        assert meter.queries
        bare, alone = _bare(rounds), _alone(trial, campus, rounds)
        return {
            "queries": int(statistics.median(queries for _, queries in spent)),
            "cpu_ms": statistics.median(cpu for cpu, _ in spent) * 1000,
            "bare_ms": bare,
            "over_ms": alone - bare,
        }


def _bare(rounds: int) -> float:
    """Return the CPU ms of inserting a row of the same shape, committed by itself."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_bare AS SELECT * FROM ledger_entry LIMIT 0")
        cursor.execute("SELECT * FROM ledger_entry ORDER BY id DESC LIMIT 1")
        row: Any = cursor.fetchone()
        marks = ", ".join(["%s"] * len(row))
        spent = []
        for _ in range(rounds):
            began = time.process_time()
            with transaction.atomic():
                cursor.execute(f"INSERT INTO bench_bare VALUES ({marks})", row)
            spent.append(time.process_time() - began)
    return statistics.median(spent) * 1000


def _alone(trial: Any, campus: Any, rounds: int) -> float:
    """Return the CPU ms of ``record`` with its commit, numbering left to the sweep."""
    from django.db import transaction

    from anze.kernel.ledger import services as ledger

    ledger._sequence_after_commit = lambda: None
    spent = []
    for _ in range(rounds):
        ctx = trial.ctx(date(2026, 9, 25))
        began = time.process_time()
        with transaction.atomic():
            ledger.record(ctx, "trial.walk", unit_id=campus, facts={"rounds": 1, "ok": True})
        spent.append(time.process_time() - began)
    return statistics.median(spent) * 1000


if __name__ == "__main__":
    main()
