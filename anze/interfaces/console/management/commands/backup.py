"""``anze backup``: a whole, checked copy of the home, made while others write."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from anze.interfaces.console.backup import making
from anze.interfaces.console.backup.manifest import BackupError
from anze.kernel.bus.ctx import Ctx

PASSPHRASE = "ANZE_BACKUP_PASSPHRASE"


class Command(BaseCommand):
    help = "备份：数据库、材料、制度包和未入库的报警，平台可以照常使用；密钥另存"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="备份放在这个文件夹下，每次一个子文件夹")
        parser.add_argument("--keep", type=int, default=0, help="只留最近 N 份（默认都留）")
        parser.add_argument(
            "--keys", action="store_true", help=f"把密钥用口令封存后一并放入（口令见 {PASSPHRASE}）"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        passphrase = _passphrase() if options["keys"] else ""
        try:
            made = making.make(
                Ctx.system(via="console"), options["folder"], passphrase=passphrase,
                keep=max(options["keep"], 0),
            )  # fmt: skip
        except BackupError as error:
            raise CommandError(str(error)) from None
        self._tell(made)

    def _tell(self, made: making.Made) -> None:
        one = made.manifest
        self.stdout.write(f"已备份  {made.folder}")
        self.stdout.write(
            f"内容    {len(one.parts)} 个文件，{one.bytes / 1e6:.1f} MB，新拷贝材料 {made.fresh} 个"
        )
        self.stdout.write(f"存证    {one.size} 条，根 {one.root}")
        if made.removed:
            self.stdout.write(f"已删去  较早的 {made.removed} 份")
        if one.keys:
            self.stdout.write("密钥    已用口令封存；口令请与备份分开保管，丢失则无法打开")
        else:
            self.stdout.write("密钥    不在备份里：请把 keys/ 另存一处，没有它恢复不出姓名和正文")
        if one.damaged:
            for name in one.damaged[:20]:
                self.stderr.write(f"损坏    {name}：内容与文件名的 sha256 不符，没有备份")
            raise CommandError(f"{len(one.damaged)} 个材料已损坏：从较早的备份里找回")


def _passphrase() -> str:
    if said := os.environ.get(PASSPHRASE):
        return said
    import getpass
    import sys

    if not sys.stdin.isatty():
        raise CommandError(f"没有口令：设环境变量 {PASSPHRASE}，或在终端里运行")
    first = getpass.getpass("封存密钥的口令：")
    if first != getpass.getpass("再输一次："):
        raise CommandError("两次输入的口令不同")
    return first
