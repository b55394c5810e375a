"""``anze witness init | serve | cosign``: the witness file, by the same console command."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from anze.kernel.ledger import witness


class Command(BaseCommand):
    """Hands its arguments on; the witness itself knows nothing of this project."""

    help = "见证：为存证检查点联署（init、serve、cosign）。应在另一台机器上由另一方运行。"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take everything as it comes."""
        parser.add_argument("args", nargs=argparse.REMAINDER)

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the witness's own command line."""
        sys.exit(witness.main(argv[2:]))

    def handle(self, *args: Any, **_options: Any) -> str | None:
        """Run the witness's own command line, called from code."""
        if status := witness.main([str(arg) for arg in args]):
            sys.exit(status)
        return None
