"""The console command ``anze``: Django's management commands under one name."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run ``anze <command> …``; ``anze help`` lists the commands."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anze.config.settings")
    from anze.config.drivers import use_bundled_sqlite

    use_bundled_sqlite()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["anze", *sys.argv[1:]])


if __name__ == "__main__":
    main()
