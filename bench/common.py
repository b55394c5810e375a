"""What every bench shares: a home that is thrown away, a meter, a table and the last line."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


@contextmanager
def home() -> Iterator[Path]:
    """Give a fresh ``ANZE_HOME`` on SQLite for the length of the block, then remove it."""
    folder = Path(tempfile.mkdtemp(prefix="anze-bench-"))
    use(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def use(folder: Path) -> None:
    """Point this process at a home; must come before anything of Django is imported."""
    os.environ |= {"ANZE_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "anze.config.settings"}
    os.environ["ANZE_MANIFEST"] = "false"  # pages without collecting their assets first
    os.environ.pop("ANZE_DATABASE_URL", None)


def start(migrate: bool = True) -> None:
    """Set Django up on the chosen home and make its tables."""
    import logging

    import django

    import anze.config.settings  # noqa: F401

    django.setup()
    logging.getLogger("anze").setLevel(logging.ERROR)
    if migrate:
        from django.core.management import call_command

        call_command("migrate", verbosity=0)


class Meter:
    """Counts the statements a block sends and the CPU seconds this process spends in it."""

    def __init__(self) -> None:
        self.queries = 0
        self.cpu = self.wall = 0.0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        """Let a statement pass, counted (an ``execute_wrapper`` of Django's)."""
        self.queries += 1
        return execute(*args)

    @contextmanager
    def on(self) -> Iterator[Meter]:
        """Measure the block; several blocks add up."""
        from django.db import connection

        cpu, wall = time.process_time(), time.perf_counter()
        with connection.execute_wrapper(self):
            yield self
        self.cpu += time.process_time() - cpu
        self.wall += time.perf_counter() - wall


@contextmanager
def cpu() -> Iterator[list[float]]:
    """Give a list that holds the CPU seconds of the block after it."""
    spent: list[float] = []
    began = time.process_time()
    yield spent
    spent.append(time.process_time() - began)


def table(*lines: tuple[object, ...]) -> None:
    """Print lines of a name and some figures."""
    for name, *figures in lines:
        shown = (f"{one:.3f}" if isinstance(one, float) else str(one) for one in figures)
        print(f"{name!s:<46}" + "".join(f"{one:>16}" for one in shown), flush=True)


def ratio(value: float, goal: str = "") -> None:
    """Print the last line of a bench."""
    print(f"ratio: {value:.2f}" + (f"   (goal {goal})" if goal else ""), flush=True)


def peak_mb() -> int:
    """Return the most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def in_child(program: str, *arguments: object) -> dict[str, Any]:
    """Run a bench's own program in a process of its own; return the JSON of its last line."""
    line = [sys.executable, program, *map(str, arguments)]
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))
