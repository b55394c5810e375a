"""``anze open``: bring the home up to date and serve it, in one process, until stopped."""

from __future__ import annotations

import hashlib
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

from anze.interfaces.console import serving
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import guards
from anze.kernel.packs import services as packs
from anze.kernel.units.models import Unit


class Command(BaseCommand):
    help = "升级数据库、装载制度包、准备页面资源，然后启动平台（一个进程，Ctrl+C 停止）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("ANZE_HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("ANZE_PORT", "8000")))
        parser.add_argument("--demo", action="store_true", help="空库时先生成演示区县")
        parser.add_argument("--units", type=int, default=40, help="演示区县的单位数")
        parser.add_argument("--no-serve", action="store_true", help="只准备，不启动")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        guards.require()
        packs.load_all(Ctx.system(via="console"), settings.ANZE_PACKS)
        self._static()
        if options["demo"] and not Unit.objects.exists():
            call_command("demo", units=options["units"], stdout=self.stdout)
        self.stdout.write(f"数据目录  {settings.ANZE_HOME}")
        if not options["no_serve"]:
            self._serve(options["host"], options["port"])

    def _static(self) -> None:
        """Collect and compress page assets when any of them changed."""
        stamp = Path(settings.STATIC_ROOT) / ".stamp"
        want = _fingerprint()
        if not stamp.exists() or stamp.read_text() != want:
            call_command("collectstatic", interactive=False, verbosity=0, clear=True)
            stamp.write_text(want)

    def _serve(self, host: str, port: int) -> None:
        self.stdout.write(f"平台地址  http://{'localhost' if host == '0.0.0.0' else host}:{port}/")
        self.stdout.write("停止      Ctrl+C")
        serving.pages(host, port, work=settings.ANZE_WORKERS != "separate")


def _fingerprint() -> str:
    """Return a hash over names, sizes and times of all static files."""
    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = os.stat(storage.path(path))
            seen.update(f"{path}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
    return seen.hexdigest()
