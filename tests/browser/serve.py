"""The child server of the browser tests: a small demonstration district, served on its own day.

``python -m tests.browser.serve PORT`` with an empty ANZE_HOME. The demonstration ends on a
Saturday; the server's clock runs on from the Monday after, so that the pages are the same on any
day of any year. Only this process is on that clock: the browser keeps the real one.
"""

from __future__ import annotations

import importlib
import os
import sys
from datetime import UTC, datetime

UNITS, UNTIL = 5, "2026-09-12"
STARTS = datetime(2026, 9, 14, 1, 0, tzinfo=UTC)  # nine in the morning in China


def main(port: str) -> None:
    """Prepare the home and serve it until killed."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "anze.config.settings"
    importlib.import_module("anze.config.settings")  # chooses the SQLite driver before Django
    import django

    django.setup()
    from django.core.management import call_command

    from anze.engines.duties import services as duties
    from anze.kernel.bus import clock
    from anze.kernel.bus.ctx import Ctx
    from anze.kernel.ledger import checkpoints

    call_command("migrate", interactive=False, verbosity=0)
    call_command("demo", units=UNITS, until=datetime.fromisoformat(UNTIL).date())
    ahead = STARTS - datetime.now(UTC)
    clock.now = lambda: clock._travelled.get() or datetime.now(UTC) + ahead
    duties.sweep(Ctx.system())
    checkpoints.make()
    call_command("open", port=int(port))


if __name__ == "__main__":
    main(sys.argv[1])
