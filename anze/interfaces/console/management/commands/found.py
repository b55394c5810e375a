"""``anze found``: found a real district in an empty home."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from anze.interfaces.console import founding
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Problem
from anze.kernel.packs import selectors as packs
from anze.kernel.packs import services as pack_services

DEFAULT = ["national/2026.1", "wujin/2020.1"]


class Command(BaseCommand):
    help = "在空的数据目录里建一个区县：机构、科室、校历、首批账号，并启用制度包"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--authority", required=True, help="上级主管机关，如 示例市教育局")
        parser.add_argument("--district", required=True, help="区县教育局，如 示例区教育局")
        parser.add_argument("--opened", type=date.fromisoformat, default=date(2012, 9, 1))
        parser.add_argument(
            "--since", type=date.fromisoformat, required=True,
            help="制度包从哪一天起约束（第一个完整周期从这天或之后开始）",
        )  # fmt: skip
        parser.add_argument("--pack", action="append", help=f"制度包，默认 {' '.join(DEFAULT)}")

    def handle(self, *args: Any, **options: Any) -> None:
        ctx = Ctx.system(via="console")
        try:
            pack_services.load_all(ctx, settings.ANZE_PACKS)
            named = [packs.row(*name.split("/", 1)) for name in options["pack"] or DEFAULT]
            first = founding.found(
                ctx, authority=options["authority"], district=options["district"],
                opened=options["opened"], named=named, since=options["since"],
            )  # fmt: skip
        except Problem as problem:
            raise CommandError(problem.said) from problem
        self.stdout.write(f"已建立 {options['district']}。首次登录用的密码（只显示这一次）：")
        for username, password in first.items():
            self.stdout.write(f"  {username:<10}{password}")
        self.stdout.write("接着：anze roster import 名册.xlsx --district ……，或在网页上导入名册")
