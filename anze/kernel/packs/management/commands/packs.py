"""``anze packs …``: check, load, diff and lock packs."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Problem
from anze.kernel.packs import diff, kinds, loader, lock, services
from anze.kernel.packs.faults import Fault, PackError


class Command(BaseCommand):
    """Packs from the console. Exit status 0 means that every pack named is sound."""

    help = "制度包：检查、装载、比较、上锁"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the subcommands."""
        commands = parser.add_subparsers(dest="what", required=True)
        check = commands.add_parser("check", help="检查文件夹里的制度包，不写数据库")
        check.add_argument("--strict", action="store_true", help="有提醒也算不通过")
        load = commands.add_parser("load", help="装载进数据库（已发布的要与 LOCK 相符）")
        seal = commands.add_parser("lock", help="给定稿的版本上锁")
        for one in (check, load, seal):
            self._which(one)
        compare = commands.add_parser("diff", help="两个版本之间变了什么")
        compare.add_argument("old", metavar="旧")
        compare.add_argument("new", metavar="新")

    @staticmethod
    def _which(parser: ArgumentParser) -> None:
        parser.add_argument("packs", nargs="*", metavar="wujin/2020.1", help="缺省为全部")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run one subcommand; raise CommandError (exit 1) when a pack is refused."""
        self.console = Console(file=self.stdout, highlight=False, soft_wrap=True)  # type: ignore[arg-type]
        match options["what"]:
            case "check":
                self._check(self._folders(options["packs"]), options["strict"])
            case "load":
                self._load(self._folders(options["packs"]))
            case "lock":
                self._lock(self._folders(options["packs"]))
            case _:
                self._diff(*self._folders([options["old"], options["new"]]))

    def _folders(self, names: list[str]) -> list[Path]:
        root = Path(settings.ANZE_PACKS)
        if not names:
            found = services.pack_folders(root)
            if not found:
                raise CommandError(f"{root} 里没有制度包")
            return found
        return [Path(name) if Path(name).is_dir() else root / name for name in names]

    def _check(self, folders: list[Path], strict: bool) -> None:
        table = Table("制度包", "状态", "条款", "要求", "表单", "提醒", "内容摘要")
        refused = 0
        warnings: list[Fault] = []
        for folder in folders:
            try:
                found = loader.load(folder, kinds=kinds.core())
                lock.verify(folder, found)
            except PackError as error:
                refused += 1
                self._show(error.pack, error.faults, "处问题")
                continue
            pack = found.pack
            warnings += found.warnings
            numbers = (pack.clauses.clauses, pack.requirements, pack.forms, found.warnings)
            counts = [str(len(one)) for one in numbers]
            table.add_row(pack.name, pack.meta.status, *counts, found.hash[:12])
            if found.warnings:
                self._show(pack.name, found.warnings, "条提醒")
        if table.row_count:
            self.console.print(table)
        if refused:
            raise CommandError(f"{refused} 个制度包没有通过")
        if strict and warnings:
            raise CommandError(f"有 {len(warnings)} 条提醒")

    def _show(self, name: str, faults: tuple[Fault, ...], what: str) -> None:
        table = Table(
            "位置", "条目", "字段", "问题", "怎么办", title=f"{name}：{len(faults)} {what}"
        )
        for one in faults:
            place = f"{one.file}:{one.line}" if one.line else one.file
            table.add_row(place, one.entry, one.field, one.message, one.remedy)
        self.console.print(table, markup=False)

    def _load(self, folders: list[Path]) -> None:
        ctx = Ctx.system(via="console")
        for folder in folders:
            try:
                row = services.load_pack(ctx, folder)
            except services.PackRefused as error:
                self._show(error.where, error.faults, "处问题")
                raise CommandError(f"{folder} 没有装载") from None
            except Problem as error:
                raise CommandError(f"{error.message}；{error.remedy}") from None
            self.stdout.write(f"{row.name} {row.hash[:12]} 已装载")

    def _lock(self, folders: list[Path]) -> None:
        for folder in folders:
            try:
                found = loader.load(folder, kinds=kinds.core())
                written = lock.write(folder, found)
            except PackError as error:
                self._show(error.pack, error.faults, "处问题")
                raise CommandError(f"{folder} 没有上锁") from None
            self.stdout.write(f"{found.pack.name} {'已上锁' if written else '锁没有变'}")

    def _diff(self, old: Path, new: Path) -> None:
        try:
            before = loader.load(old, kinds=kinds.core()).pack
            after = loader.load(new, kinds=kinds.core()).pack
        except PackError as error:
            self._show(error.pack, error.faults, "处问题")
            raise CommandError("比较不了") from None
        words = {"added": "新增", "removed": "删去", "changed": "改动"}
        table = Table("部分", "编号", "变化", "字段", "原来", "现在")
        for change in diff.compare(before, after):
            head = (diff.PARTS[change.part], change.ref, words[change.what])
            for field in change.fields or (("", "", ""),):
                table.add_row(*head, *field)
        self.console.print(table, markup=False)
        self.stdout.write(f"{before.name} → {after.name}：{table.row_count} 处变化")
