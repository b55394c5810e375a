"""How long a roster's commit makes another writer wait on SQLite, and what it costs per row.

Usage: python bench/roster_commit.py [rows]          (default 10000)

One thread commits the roster through the services; another process writes one row every 20 ms on
the same file and measures how long each write took. The floor is the same number of database rows
inserted raw, 500 to a transaction, into a copy of the tables.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
MOST_WAIT_MS = 300
_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
_TABLES = (
    "ledger_entry", "ledger_entryprivate", "ledger_leaf", "ledger_treenode", "units_unit",
    "units_edge", "units_unitfact", "people_user", "people_holding",
)  # fmt: skip


def foreign_writer(path: str, stop, answer) -> None:  # type: ignore[no-untyped-def]
    """Write a row every 20 ms as the house does: BEGIN IMMEDIATE, a timeout of 20 s."""
    import pysqlite3

    base = pysqlite3.connect(path, timeout=20, isolation_level=None)
    base.executescript(_PRAGMAS + "CREATE TABLE IF NOT EXISTS bench_foreign (at REAL);")
    waits = []
    while not stop.is_set():
        began = time.perf_counter()
        base.execute("BEGIN IMMEDIATE")
        base.execute("INSERT INTO bench_foreign VALUES (?)", (began,))
        base.execute("COMMIT")
        waits.append((time.perf_counter() - began) * 1000)
        time.sleep(0.02)
    answer.put(waits)


def count(base: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows each table holds."""
    return {t: base.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in _TABLES}


def raw_inserts(path: Path, before: dict[str, int]) -> tuple[int, float]:
    """Insert the rows the commit made into bare copies; return how many and the seconds."""
    import pysqlite3

    base = pysqlite3.connect(str(path), isolation_level=None)
    base.executescript(_PRAGMAS)
    total, seconds = 0, 0.0
    for table, old in before.items():
        rows = base.execute(f"SELECT * FROM {table} LIMIT -1 OFFSET {old}").fetchall()
        if not rows:
            continue
        names = ", ".join(f"c{n}" for n in range(len(rows[0])))
        base.execute(f"CREATE TABLE bench_{table} ({names})")
        marks = ", ".join("?" * len(rows[0]))
        began = time.perf_counter()
        for start in range(0, len(rows), 500):
            base.execute("BEGIN IMMEDIATE")
            base.executemany(
                f"INSERT INTO bench_{table} VALUES ({marks})", rows[start : start + 500]
            )
            base.execute("COMMIT")
        seconds += time.perf_counter() - began
        total += len(rows)
    return total, seconds


def main() -> None:
    """Make a home, import, print the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    home = Path(tempfile.mkdtemp(prefix="anze-bench-"))
    os.environ |= {"ANZE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "anze.config.settings"}
    os.environ.pop("ANZE_DATABASE_URL", None)
    try:
        measure(rows, home / "anze.sqlite3")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measure(rows: int, path: Path) -> None:
    """Import ``rows`` lines into a fresh house at ``path`` and print what it cost."""
    import django

    import anze.config.settings  # noqa: F401

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from anze.kernel.bus.ctx import Ctx
    from anze.kernel.exchange import commit, services
    from anze.kernel.exchange.tests import books
    from anze.kernel.exchange.tests.districts import district

    call_command("migrate", verbosity=0)
    bureau = district()
    data = books.workbook(books.lines(rows))
    connection.close()
    stop, answer = multiprocessing.Event(), multiprocessing.Queue()
    writer = multiprocessing.Process(target=foreign_writer, args=(str(path), stop, answer))
    writer.start()
    began = time.perf_counter()
    batch = services.upload(Ctx.system(), "roster", bureau.pk, data, name="bench.xlsx")
    checked = time.perf_counter() - began
    before = count(connection.connection or connection.cursor().connection)
    services.begin(Ctx.system(), batch.pk)
    batch.refresh_from_db()
    began = time.perf_counter()
    said = commit.run(batch)
    wrote = time.perf_counter() - began
    stop.set()
    waits = sorted(answer.get())
    writer.join()
    connection.close()
    made, floor = raw_inserts(path, before)
    print(f"{'lines':<34}{rows:>12}")
    print(f"{'read and checked, s':<34}{checked:>12.1f}")
    print(f"{'committed, s':<34}{wrote:>12.1f}   {said}")
    print(f"{'lines per second':<34}{rows / wrote:>12.0f}")
    print(f"{'database rows made':<34}{made:>12}")
    print(f"{'the same rows inserted raw, s':<34}{floor:>12.2f}")
    print(f"{'foreign writes meanwhile':<34}{len(waits):>12}")
    for name, share in (("median", 0.5), ("99 %", 0.99), ("99.9 %", 0.999)):
        print(f"{f'foreign wait, {name}, ms':<34}{waits[int(share * (len(waits) - 1))]:>12.0f}")
    print(f"{'longest foreign wait, ms':<34}{waits[-1]:>12.0f}   (at most {MOST_WAIT_MS})")
    print(f"ratio: {wrote / floor:.1f}")
    if waits[-1] > MOST_WAIT_MS:
        sys.exit(1)


if __name__ == "__main__":
    main()
