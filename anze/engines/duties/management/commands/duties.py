"""``anze duties``: how far the ledger has been judged, replay, rebuild, the passing of days."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from anze.engines.duties import replay, services
from anze.engines.duties.advance import reached
from anze.engines.duties.models import Occurrence, Trouble
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import selectors as ledger


class Command(BaseCommand):
    help = "履职：status 状态，sweep 记日并评定，replay 重放并与现状比较，rebuild 按重放结果重建"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["status", "sweep", "replay", "rebuild"])

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["what"])()

    def status(self) -> None:
        """Say how far judging has come and what failed."""
        self.stdout.write(f"存证 {ledger.size()} 条，已评定到 {reached()}")
        self.stdout.write(f"履职事项 {Occurrence.objects.count()} 条")
        for trouble in Trouble.objects.order_by("n")[:20]:
            self.stdout.write(
                f"未能评定：存证 {trouble.n}，{trouble.text}（已试 {trouble.tries} 次）"
            )

    def sweep(self) -> None:
        """Do by hand what the platform does each minute."""
        services.sweep(Ctx.system(via="console"))
        self.status()

    def replay(self) -> None:
        """Replay everything and name each difference; exit 1 when there is one."""
        upto, began = reached(), time.monotonic()
        found = list(replay.drift(replay.replay(upto), upto))
        for one in found[:50]:
            self.stdout.write(f"{one.key}: {one.what}")
        seconds = time.monotonic() - began
        self.stdout.write(f"重放 {upto} 条存证，用时 {seconds:.1f} 秒，差异 {len(found)} 处")
        if found:
            raise CommandError("现状与存证不符：运行 anze duties rebuild 按存证重建")

    def rebuild(self) -> None:
        """Replace the stored occurrences by the replayed ones."""
        self.stdout.write(f"已重建 {replay.rebuild(reached())} 条履职事项")
