"""A house of its own on a real SQLite file, driven by child processes that may be killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

_OPENING = """
import os
import anze.config.settings
import django
django.setup()
"""


class House:
    """A home folder with a migrated database; ``child`` starts Python inside it."""

    def __init__(self, folder: Path, outward: dict[str, str] | None = None) -> None:
        self.folder, self.outward = folder, outward or {}
        shutil.copytree(_migrated(), folder, dirs_exist_ok=True)

    def child(self, code: str, *, stdin: bool = False) -> subprocess.Popen[str]:
        """Start a process that runs ``code`` with Django set up; ``stdin`` opens a pipe to it."""
        return subprocess.Popen(
            [sys.executable, "-c", _OPENING + textwrap.dedent(code)],
            env=_surroundings(self.folder) | self.outward,
            stdin=subprocess.PIPE if stdin else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, timeout: float = 120) -> str:
        """Run ``code`` to its end and return what it printed; fail loudly if it failed."""
        child = self.child(code)
        out, err = child.communicate(timeout=timeout)
        assert child.returncode == 0, err
        return out.strip()


def _surroundings(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANZE_", "DJANGO_"))}
    ours = {"ANZE_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    return {**kept, **ours, "DJANGO_SETTINGS_MODULE": "anze.config.settings"}


@cache
def _migrated() -> Path:
    """Make a migrated home once per test process; tests work on copies of it."""
    import atexit

    home = Path(mkdtemp(prefix="anze-house-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    command = [sys.executable, "-m", "anze", "migrate", "-v0", "--skip-checks"]
    subprocess.run(command, env=_surroundings(home), check=True, timeout=180)
    return home
