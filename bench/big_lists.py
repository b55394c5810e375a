"""A list page over 10,000 rows and over 1,000,000: the same work.

Usage: python bench/big_lists.py [--small 10000] [--big 1000000]

A small district is founded and its rows copied inside the database (entries with leaves, and
occurrences) up to the first size, measured, then up to the second, in one home and one process.
Pages are asked for by the desk through the whole stack; CPU ms of the best of five.
The copies prove nothing and are counted by nobody: the home is thrown away.
"""

from __future__ import annotations

import argparse
from typing import Any

import common
import year

PAGES = {
    "ledger, first page": "/ledger/",
    "ledger, a page in the middle": "/ledger/?page=200",
    "ledger, last page there is": "/ledger/?page=400",
    "ledger, one kind": "/ledger/?kind=drill.held",
    "duties, first page": "/duties/",
    "duties, last page there is": "/duties/?page=400",
    "duties, missed": "/duties/?state=missed",
    "who has not answered, row by row": "/late/?by=list",
}
GOAL = 1.2
TIMES = 5


def main() -> None:
    """Measure at both sizes and print them side by side."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--big", type=int, default=1_000_000)
    chosen = parser.parse_args()
    with common.home():
        common.start()
        from anze.engines.duties import replay

        replay.rebuild(year.build(10, 8_000))
        _unguard()
        found = []
        for size in (chosen.small, chosen.big):
            _grow("ledger_entry", size)
            _number()
            _grow("duties_occurrence", size)
            _analyze()
            found.append({name: _cost(path) for name, path in PAGES.items()})
    small, big = found
    common.table(
        ("CPU ms, statements", f"{chosen.small:,}", "", f"{chosen.big:,}", "", "ratio"),
        *(
            (name, *small[name], *big[name], round(big[name][0] / small[name][0], 2))
            for name in PAGES
        ),
    )
    total = sum(one[0] for one in big.values()) / sum(one[0] for one in small.values())
    common.ratio(total, f"<= {GOAL}")


def _unguard() -> None:
    """Take the guards of this throw-away ledger down: copies are no entries."""
    with _cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


# What the reader's own office owes stands beside every page's menu and does not grow with a list.
_OTHERS = {
    "ledger_entry": "",
    "duties_occurrence": " AND unit_id IN (SELECT id FROM units_unit"
    " WHERE level IN ('unit', 'campus'))",
}


def _grow(table: str, size: int) -> None:
    """Copy the first rows of a table, each with an identity of its own, until it has ``size``."""
    own = {
        "ledger_entry": {"uid": "lower(hex(randomblob(16)))", "client_id": "NULL",
                         "target": "NULL", "op": "''"},
        "duties_occurrence": {"subject": "subject || '#' || lower(hex(randomblob(6)))"},
    }[table]  # fmt: skip
    with _cursor() as cursor:
        cursor.execute(f"SELECT count(*), min(rowid) FROM {table}")
        have, first = cursor.fetchone()
        columns = [row[1] for row in cursor.execute(f"PRAGMA table_info({table})").fetchall()]
        columns.remove("id")
        given = ", ".join(own.get(name, name) for name in columns)
        base = f"SELECT * FROM {table} WHERE rowid < {first} + 5000{_OTHERS[table]}"
        copies = "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 400)"
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) {copies} "
            f"SELECT {given} FROM k, ({base}) LIMIT {max(size - have, 0)}"
        )


def _number() -> None:
    with _cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_leaf (n, entry_id, hash, at) "
            "SELECT (SELECT max(n) FROM ledger_leaf) + row_number() OVER (ORDER BY id), id, "
            "zeroblob(32), recorded FROM ledger_entry "
            "WHERE id NOT IN (SELECT entry_id FROM ledger_leaf)"
        )


def _analyze() -> None:
    with _cursor() as cursor:
        cursor.execute("ANALYZE")


def _cursor() -> Any:
    from django.db import connection

    return connection.cursor()


def _cost(path: str) -> tuple[float, int]:
    """Return the CPU ms and the statements of a page once its caches are warm."""
    from django.test import Client

    from anze.kernel.people.models import User
    from anze.kernel.people.signin import BACKEND

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="desk"), backend=BACKEND)
    best, statements = float("inf"), 0
    for turn in range(TIMES + 1):
        meter = common.Meter()
        with meter.on():
            answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
        if turn:
            best, statements = min(best, meter.cpu * 1000), meter.queries
    return round(best, 1), statements


if __name__ == "__main__":
    main()
