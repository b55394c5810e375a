"""Schemathesis against every operation of the API, far more requests than the suite makes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from argparse import Namespace
from typing import Any

import common

TRIES = "tests/api/test_fuzz.py"


def prove(chosen: Namespace) -> dict[str, Any]:
    """Run the suite's own test with ``chosen.examples`` requests per operation, way and person."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", TRIES, "-q"],
        cwd=common.ROOT,
        env={**os.environ, "ANZE_API_EXAMPLES": str(chosen.examples)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout.strip().splitlines()
    passed = re.findall(r"(\d+) passed", done.stdout)
    if done.returncode:
        print(done.stdout[-4000:])
    return {
        "examples_per_operation_and_person": chosen.examples,
        "tests_passed": int(passed[-1]) if passed else done.stdout.count("."),
        "said": said[-1] if said else "",
        "failures": int(done.returncode != 0),
    }


if __name__ == "__main__":
    common.main("api", prove, examples=(400, 20))
