"""A secret by the place where it is kept: read when it is used, and never printed."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path


class SecretMissing(Exception):
    """A secret is not set, or lies in a file others may read."""


@dataclass(frozen=True)
class Secret:
    """A secret by its variable and its file; its text shows nowhere but in ``reveal()``."""

    variable: str
    file: Path

    def reveal(self) -> str:
        """Return the secret; raises ``SecretMissing`` in words that do not hold it."""
        if self.variable and (given := os.environ.get(self.variable, "")):
            return given
        try:
            mode = self.file.stat().st_mode
            if stat.S_IMODE(mode) & 0o077:
                raise SecretMissing(f"{self.file.name}: others may read it, chmod 400 it")
            return self.file.read_text(encoding="utf-8").strip()
        except OSError:
            raise SecretMissing(f"{self.file.name} is missing") from None

    def __bool__(self) -> bool:
        """Tell whether the secret is there and well kept."""
        try:
            return bool(self.reveal())
        except SecretMissing:
            return False
