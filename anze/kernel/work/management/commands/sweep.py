"""``anze sweep``: run the periodic work once, for those who keep time with cron or systemd."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from anze.kernel.work import jobs, posting, sweep


class Command(BaseCommand):
    """Run what is due, send what waits and run the jobs; exit 1 when a hook failed."""

    help = "Run the periodic work that is due, then the post and the jobs that wait."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the switches."""
        parser.add_argument("--all", action="store_true", help="run every hook, due or not")
        parser.add_argument("--no-jobs", action="store_true", help="leave waiting jobs alone")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the hooks and name what each gave."""
        results = sweep.run_sweep(all_hooks=options["all"])
        for name, result in results.items():
            self.stdout.write(f"{name}: {result!r}")
        self.stdout.write(f"post: {posting.run_all(5)}")
        if not options["no_jobs"]:
            self.stdout.write(f"jobs: {jobs.run_waiting()}")
        if failed := [name for name, result in results.items() if isinstance(result, Exception)]:
            raise CommandError(f"failed: {', '.join(failed)}; the log says why")
