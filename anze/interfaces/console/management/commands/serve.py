"""``anze serve``: one of several processes, in front of a database that is prepared already."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from anze.interfaces.console import serving
from anze.kernel.ledger.guards import GuardsMissingError


class Command(BaseCommand):
    help = "多进程时的一个进程：web 只服务页面，work 只做后台任务（先运行 anze open --no-serve）"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("part", choices=["web", "work"])
        parser.add_argument("--host", default=os.environ.get("ANZE_HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("ANZE_PORT", "8000")))
        parser.add_argument(
            "--jobs", type=int, default=1, choices=range(1, 17), metavar="N",
            help="work：同时进行的任务数，1 到 16",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            serving.require_prepared()
        except (serving.NotPrepared, GuardsMissingError) as error:
            raise CommandError(str(error)) from None
        if options["part"] == "work":
            serving.work(options["jobs"])
        else:
            serving.pages(options["host"], options["port"], work=False)
