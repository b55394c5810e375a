"""What importing 10,000 lines through a Spec costs, against inserting the rows it makes raw.

Usage: python bench/import_rows.py [rows]          (default 10000)

The list is the places of one campus: each line becomes a place, an entry, its private part and its
leaf. The floor is measured in the same run: every row the import leaves behind, inserted once as it
stands at the end, by ``executemany``, with the indexes and triggers of the real tables and as many
lines a transaction as the import had on average. Those are the rows that stay (places, entries and
what hangs on them) and the lines of the preview, which an import keeps so that it can be looked at,
stopped, gone on with and undone. Nothing is hashed, sealed or checked in the floor; what it costs
with the reading and checking of the file added is printed as well.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
_KEPT = (
    "ledger_entry", "ledger_entryprivate", "ledger_leaf", "ledger_treenode", "units_place",
)  # fmt: skip
_LINES = ("exchange_importrow",)
_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF;"


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
    from anze.kernel.exchange import commit, services, specs
    from anze.kernel.exchange.tests.lists import PLACES

    call_command("migrate", verbosity=0)
    specs.register(PLACES)
    campus = _campus()
    data = _workbook(rows)
    connection.close()
    shutil.copy(path, path.with_name("floor.sqlite3"))
    began, wall = time.process_time(), time.perf_counter()
    batch = services.upload(Ctx.system(), PLACES.kind, campus, data, name="bench.xlsx")
    checked, checked_wall = time.process_time() - began, time.perf_counter() - wall
    services.begin(Ctx.system(), batch.pk)
    batch.refresh_from_db()
    began, wall = time.process_time(), time.perf_counter()
    said = commit.run(batch)
    wrote, wrote_wall = time.process_time() - began, time.perf_counter() - wall
    connection.close()
    slices = batch.rows.values("written_at").distinct().count()
    connection.close()
    size = max(1, round(rows / slices))
    made, kept = raw(path, _KEPT, size)
    lines, preview = raw(path, _LINES, size)
    print(f"{'lines':<44}{rows:>10}   {said}")
    print(f"{'read and checked, CPU s (wall)':<44}{checked:>10.2f}   ({checked_wall:.1f})")
    print(f"{'committed, CPU s (wall, with rests)':<44}{wrote:>10.2f}   ({wrote_wall:.1f})")
    print(f"{'a line committed, CPU ms':<44}{1000 * wrote / rows:>10.2f}")
    print(f"{'lines a slice, on average':<44}{size:>10}")
    print(f"{'rows that stay':<44}{made:>10}")
    print(f"{'the same rows inserted raw, CPU s':<44}{kept:>10.2f}")
    print(f"{'lines of the preview':<44}{lines:>10}")
    print(f"{'the same lines inserted raw, CPU s':<44}{preview:>10.2f}")
    print(f"commit alone against the rows that stay: {wrote / kept:.1f}")
    floor = kept + preview
    print(f"with reading and checking in the floor: {(checked + wrote) / (checked + floor):.1f}")
    print(f"ratio: {(checked + wrote) / floor:.1f}")


def _campus():  # type: ignore[no-untyped-def]
    from anze.kernel.bus.ctx import Ctx
    from anze.kernel.exchange.tests.districts import district
    from anze.kernel.units import services as units

    ctx, kind = Ctx.system(), "primary"
    school = units.register_unit(
        ctx, level="unit", kind=kind, name="星河小学", parent_id=district().pk
    )
    return units.register_unit(
        ctx, level="campus", kind=kind, name="星河小学", parent_id=school.pk
    ).pk


def _workbook(rows: int) -> bytes:
    import io

    from anze.lib import sheets

    target = io.BytesIO()
    lines = ([f"{number} 号教室", "教室"] for number in range(rows))
    sheets.write_xlsx(target, ["名称", "类别"], lines, sheet="场所")
    return target.getvalue()


def raw(path: Path, tables: tuple[str, ...], size: int) -> tuple[int, float]:
    """Insert the rows the import made into the tables as they were before; return rows, CPU s."""
    import pysqlite3

    made = pysqlite3.connect(str(path))
    bare = pysqlite3.connect(str(path.with_name("floor.sqlite3")), isolation_level=None)
    bare.executescript(_PRAGMAS)
    work = [(table, _made(made, bare, table)) for table in tables]
    most = max(len(rows) for _, rows in work)
    began = time.process_time()
    for start in range(0, most, size):
        bare.execute("BEGIN IMMEDIATE")
        for table, rows in work:
            if part := rows[start : start + size]:
                marks = ", ".join("?" * len(part[0]))
                bare.executemany(f"INSERT INTO {table} VALUES ({marks})", part)
        bare.execute("COMMIT")
    return sum(len(rows) for _, rows in work), time.process_time() - began


def _made(made, bare, table: str) -> list[tuple]:  # type: ignore[no-untyped-def, type-arg]
    old = {row[0] for row in bare.execute(f"SELECT * FROM {table}")}
    return [row for row in made.execute(f"SELECT * FROM {table}") if row[0] not in old]


if __name__ == "__main__":
    main()
