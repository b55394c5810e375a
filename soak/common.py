"""What the long proofs share: arguments, a home that is thrown away, the file they leave behind."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROOFS = ROOT / "docs" / "proof"
sys.path.insert(0, str(ROOT))


class Failed(AssertionError):
    """The proof does not hold; the message says where."""


def main(name: str, prove: Callable[[argparse.Namespace], dict[str, Any]], **counts: Any) -> None:
    """Run one proof and write ``docs/proof/<name>.json``; exit 1 when it does not hold.

    ``counts``: name=(full, quick). ``--quick`` takes the small ones and writes nothing.
    """
    parser = argparse.ArgumentParser(description=name)
    parser.add_argument("--quick", action="store_true", help="a small run; writes no proof")
    parser.add_argument("--seed", type=int, default=20261124)
    for count in counts:
        parser.add_argument(f"--{count}", type=int)
    chosen = parser.parse_args()
    for count, (full, quick) in counts.items():
        if getattr(chosen, count) is None:
            setattr(chosen, count, quick if chosen.quick else full)
    started, began, at = datetime.now(UTC), time.monotonic(), commit()
    figures = prove(chosen)
    proof = {
        "proof": name,
        "commit": at,
        "machine": machine(),
        "seed": chosen.seed,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began),
        "figures": figures,
    }
    print(json.dumps(figures, ensure_ascii=False))
    if figures["failures"]:
        sys.exit(f"{name}: the proof does not hold")
    if not chosen.quick:
        PROOFS.mkdir(parents=True, exist_ok=True)
        text = json.dumps(proof, ensure_ascii=False, indent=2)
        (PROOFS / f"{name}.json").write_text(text + "\n")


def commit() -> str:
    """Return the commit that was run; ``+`` marks changes not committed in the code."""
    said = _git("rev-parse", "HEAD")
    return said + ("+" if _git("status", "--porcelain", "--", "anze", "packs") else "")


def _git(*arguments: str) -> str:
    line = ["git", *arguments]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def machine() -> dict[str, Any]:
    """Return what it ran on."""
    from anze.config.drivers import use_bundled_sqlite

    use_bundled_sqlite()
    import sqlite3

    cpus = Path("/proc/cpuinfo")
    models = [line for line in cpus.read_text().splitlines() if line.startswith("model name")]
    return {
        "cpu": models[0].partition(":")[2].strip() if models else platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


@contextmanager
def home() -> Iterator[Path]:
    """Give a fresh home on SQLite with all its tables, Django set up on it; then remove it."""
    folder = Path(tempfile.mkdtemp(prefix="anze-soak-"))
    settle_in(folder)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle_in(folder: Path) -> None:
    """Set Django up on a home."""
    os.environ |= {"ANZE_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "anze.config.settings"}
    os.environ.pop("ANZE_DATABASE_URL", None)
    import logging

    import django

    import anze.config.settings  # noqa: F401

    django.setup()
    logging.getLogger("anze").setLevel(logging.CRITICAL)
