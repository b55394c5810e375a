"""What the platform holds in memory: PSS of ``anze open`` after a morning's pages, and of a worker.

Usage: python bench/memory.py          (BENCH_HOME=<a demonstration's home> skips making one)

``anze open`` serves the pages and does the background work in one process, so web's allowance must
hold for both. ``anze serve work`` is then weighed alone, after its first sweeps.
"""

from __future__ import annotations

import itertools
import re
import sys
import tempfile
import time
from pathlib import Path

import common
import psutil
import served

ALLOWED, ALLOWED_WORKER = 200, 150


def main() -> None:
    """Serve a demonstration, ask for some thirty pages, weigh the process and its children."""
    with tempfile.TemporaryDirectory(prefix="anze-bench-") as folder:
        common.use(Path(folder))
        common.start(migrate=False)
        # Made in a process of its own: what founding a district needs is not what serving needs.
        with served.served(Path(folder)):
            pass
        with served.served(Path(folder)) as (child, address):
            time.sleep(5)  # the first sweep
            idle = held(child.pid)
            asked = read(address)
            time.sleep(2)
            busy = held(child.pid)
        with served.working(Path(folder)) as child:
            time.sleep(30)  # so many sweeps of every kind
            worker = held(child.pid)
    common.table(
        ("after start and first sweep, MB", idle),
        (f"after {asked} pages, MB", busy),
        ("allowed for the web process, MB", ALLOWED),
        ("a worker of its own, MB", worker),
        ("allowed for a worker, MB", ALLOWED_WORKER),
    )
    common.ratio(max(busy / ALLOWED, worker / ALLOWED_WORKER), "at most 1")


def read(address: str) -> int:
    """Ask for pages as three people; return how many."""
    count = 0
    for user in ("desk", "s01-safety", "leader"):
        client = served.signed_in(address, user)
        units = re.findall(r'href="(/units/[0-9a-f-]{36}/)"', client.get("/units/").text)
        duties = re.findall(r'href="(/duties/\d+/)"', client.get("/duties/").text)
        pages = ("/", "/plan/", "/late/", "/heat/", "/ledger/", "/packs/", "/forms/")
        for path in itertools.chain(pages, units[:2], duties[:2]):
            answer = client.get(path)
            if answer.status_code not in (200, 403):  # 403: not for this person
                sys.exit(f"{path} answered {answer.status_code} to {user}")
            count += 1
    return count


def held(pid: int) -> float:
    """Return the proportional set size of a process and its children, in MB."""
    root = psutil.Process(pid)
    family = [root, *root.children(recursive=True)]
    return sum(one.memory_full_info().pss for one in family) / 2**20


if __name__ == "__main__":
    main()
