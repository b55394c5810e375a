"""``anze doctor``: look at everything that goes wrong quietly; exit 1 when a deed is due today."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from anze.interfaces.console.doctor import Finding, Level, examine, findings, machine, storage, work
from anze.kernel.bus.ctx import Ctx

ROOMS = (machine, storage, work)  # importing them registers their checks
MARKS = {Level.FAIL: "✗", Level.WARN: "!"}


class Command(BaseCommand):
    help = "体检：数据库、存证、密钥、磁盘、任务、备份……哪里不对、为什么要紧、怎么办"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="以 JSON 输出，给监控用")

    def handle(self, *args: Any, **options: Any) -> None:
        found = examine(Ctx.system(via="console"))
        every = [one for some in found.values() for one in some]
        if options["json"]:
            self._json(found, every)
        else:
            self._words(found)
        failed = sum(one.level == Level.FAIL for one in every)
        if failed:
            raise CommandError(f"{failed} 处要今天处理")
        if not options["json"]:
            self.stdout.write(f"没有要今天处理的；{len(every)} 处可以改进" if every else "一切正常")

    def _json(self, found: dict[str, list[Finding]], every: list[Finding]) -> None:
        said = {
            "ok": not any(one.level == Level.FAIL for one in every),
            "checks": list(found),
            "findings": [one.as_dict() for one in every],
        }
        self.stdout.write(json.dumps(said, ensure_ascii=False, indent=1))

    def _words(self, found: dict[str, list[Finding]]) -> None:
        titles = findings.titles()
        for name, some in found.items():
            if not some:
                self.stdout.write(f"✓ {titles[name]}")
            for one in some:
                self.stdout.write(f"{MARKS[one.level]} {titles[name]}：{one.what}")
                self.stdout.write(f"    要紧：{one.why}")
                self.stdout.write(f"    怎么办：{one.todo}")
