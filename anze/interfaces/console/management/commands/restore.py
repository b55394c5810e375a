"""``anze restore``: put a backup into a new home and say what was proved there."""

from __future__ import annotations

import json
import os
from argparse import SUPPRESS, ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from anze.interfaces.console.backup import restoring
from anze.interfaces.console.backup.manifest import BackupError
from anze.interfaces.console.management.commands.backup import PASSPHRASE


class Command(BaseCommand):
    help = "恢复：把一份备份放进新的数据目录，逐字节核对，再从头验证存证和各表"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", nargs="?", type=Path, help="一份备份（带 MANIFEST.json）")
        parser.add_argument("--home", type=Path, help="新的数据目录，必须是空的")
        parser.add_argument("--keys", type=Path, help=f"另存的 keys 文件夹；或设 {PASSPHRASE}")
        parser.add_argument("--database", default="", help="PostgreSQL 的备份恢复到这个空库")
        parser.add_argument(restoring.PROVE, action="store_true", dest="prove", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["prove"]:
            self.stdout.write(json.dumps(asdict(restoring.prove()), ensure_ascii=False))
            return
        if not options["backup"] or not options["home"]:
            raise CommandError("用法：anze restore 备份文件夹 --home 新目录 --keys 密钥文件夹")
        keys = restoring.Keys(options["keys"], os.environ.get(PASSPHRASE, ""))
        try:
            said, proof = restoring.restore(
                options["backup"], options["home"].absolute(), keys, database=options["database"]
            )
        except BackupError as error:
            raise CommandError(str(error)) from None
        self._tell(said, proof, options["home"].absolute())

    def _tell(self, said: Any, proof: restoring.Proof, home: Path) -> None:
        self.stdout.write(f"核对    {len(said.parts)} 个文件与清单逐字节相符（{said.made} 的备份）")
        self.stdout.write(f"存证    {proof.size} 条，根与清单相符")
        if proof.migrated:
            self.stdout.write(f"升级    数据库升级了 {proof.migrated} 步")
        for notice in proof.notices:
            self.stdout.write(f"注意    {notice}")
        for line in [*proof.findings, *proof.drifts][:50]:
            self.stdout.write(f"不符    {line}")
        if not proof.holds:
            raise CommandError(f"{len(proof.findings) + len(proof.drifts)} 处不符：不要启用 {home}")
        self.stdout.write("验证    每条存证、签名、私密内容属实；各表与存证相符；材料齐全")
        self.stdout.write(f"已恢复到 {home}。启用：ANZE_HOME={home} anze open")
