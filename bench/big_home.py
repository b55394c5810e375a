"""Home, unit page, plan board: a fixed number of queries from 10 units to 300.

Usage: python bench/big_home.py [--units 300] [--entries 200000] [--explain]
       --entries 2000000 for a district's full year (some minutes and 2 GB of disk)

Two districts live a year each (see ``year.py``), one of 10 units with a few thousand entries, one
of 300. The pages are asked for as the desk and as a head, signed in, through the whole stack.
Query counts must be equal; milliseconds are the second request's (caches warm), CPU.
``--explain`` prints each statement that walks a whole table of the big district.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import timedelta
from typing import Any

import common
import year

SMALL = 10
BIG_TABLES = re.compile(r"SCAN (\S*(ledger_|duties_occ|duties_statech|forms_sub)\S*)(?!.*INDEX)")


def main() -> None:
    """Build both districts in children, print their figures side by side."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--measure", action="store_true", help="measure one district here")
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.units, chosen.entries, chosen.explain)))
        return
    share = chosen.entries * SMALL // chosen.units
    small = common.in_child(__file__, "--measure", "--units", SMALL, "--entries", share)
    explain = ("--explain",) if chosen.explain else ()
    line = ("--measure", "--units", chosen.units, "--entries", chosen.entries, *explain)
    big = common.in_child(__file__, *line)
    common.table(
        ("", f"{SMALL} units", "", f"{chosen.units} units", ""),
        ("entries, occurrences", small["entries"], small["occurrences"], big["entries"],
         big["occurrences"]),
        ("", "queries", "CPU ms", "queries", "CPU ms"),
        *((name, *small["pages"][name], *big["pages"][name]) for name in big["pages"]),
    )  # fmt: skip
    for statement in big["scans"]:
        print("scan:", statement)
    grown = [n for n in big["pages"] if big["pages"][n][0] != small["pages"][n][0]]
    total = sum(page[0] for page in big["pages"].values())
    common.ratio(total / sum(page[0] for page in small["pages"].values()), "exactly 1, queries")
    if grown:
        sys.exit(f"more queries in the big district: {', '.join(grown)}")


def measure(units: int, entries: int, explain: bool) -> dict[str, Any]:
    """Return what the pages cost in one district."""
    with common.home():
        common.start()
        size = year.build(units, entries)
        from anze.engines.duties import replay
        from anze.engines.duties.models import Occurrence

        replay.rebuild(size)
        scans: list[str] = []
        pages = {
            name: list(_page(user, path, scans if explain else None))
            for name, user, path in _pages()
        }
        occurrences = Occurrence.objects.count()
    return {"entries": size, "occurrences": occurrences, "pages": pages, "scans": scans}


def _pages() -> list[tuple[str, str, str]]:
    from anze.kernel.bus import clock
    from anze.kernel.people.models import Holding

    head = Holding.objects.get(user__username="s01-head").unit_id
    past = clock.today() - timedelta(days=120)
    return [
        ("home, the desk", "desk", "/"),
        ("home, a head", "s01-head", "/"),
        ("unit page, the desk", "desk", f"/units/{head}/"),
        ("unit page, a head", "s01-head", f"/units/{head}/"),
        ("plan board now", "desk", "/plan/"),
        ("plan board as of 120 days ago", "desk", f"/plan/?on={past}"),
        ("heat-map", "desk", "/heat/"),
        ("who has not answered", "desk", "/late/"),
        ("duties, first page", "desk", "/duties/"),
        ("ledger, first page", "desk", "/ledger/"),
    ]


def _page(user: str, path: str, scans: list[str] | None) -> tuple[int, float]:
    """Ask twice; return the second request's queries and CPU ms."""
    from django.db import connection
    from django.test import Client

    from anze.kernel.people.models import User
    from anze.kernel.people.signin import BACKEND

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username=user), backend=BACKEND)
    for _ in range(2):
        meter = common.Meter()
        with meter.on():
            answer = client.get(path)
        if answer.status_code != 200:
            sys.exit(f"{path} answered {answer.status_code}")
    if scans is not None:
        with connection.execute_wrapper(_Explainer(path, scans)):
            client.get(path)
    return meter.queries, round(meter.cpu * 1000, 1)


class _Explainer:
    """Notes statements whose plan walks one of the big tables from end to end."""

    def __init__(self, path: str, scans: list[str]) -> None:
        self.path, self.scans = path, scans

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT"):
            from django.db import connection

            cursor = connection.connection.cursor()
            told = cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%s", "?"), params)
            plan = [str(row[3]) for row in told]
            bad = [step for step in plan if BIG_TABLES.match(step)]
            if bad:
                self.scans.append(f"{self.path}: {bad[0]} in {sql[:300]}")
        return execute(sql, params, many, context)


if __name__ == "__main__":
    main()
