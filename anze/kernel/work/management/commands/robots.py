"""``anze robots``: group robots. The addresses are secrets, read from standard input."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from anze.kernel.people.channels import Message, Undelivered
from anze.kernel.units.models import Unit
from anze.kernel.work.channels import robots
from anze.kernel.work.models import Robot
from anze.lib.secret import SecretMissing


class Command(BaseCommand):
    """Add, list, test and remove group robots."""

    help = "群机器人：登记（地址从标准输入读）、列出、试发、停用"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the four deeds."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        add = deeds.add_parser("add", help="登记；标准输入第一行是地址，第二行是加签密钥（可无）")
        add.add_argument(
            "--unit", required=True, help="群属于哪个单位（名称，或学校标识码、统一社会信用代码）"
        )
        add.add_argument("--name", required=True, help="群名称")
        add.add_argument("--kind", required=True, choices=list(robots.KINDS))
        deeds.add_parser("list", help="列出")
        for deed, said in (("test", "试发一条"), ("remove", "停用并删除地址")):
            deeds.add_parser(deed, help=said).add_argument("name")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do what was asked."""
        getattr(self, f"_{options['deed']}")(options)

    def _add(self, options: dict[str, Any]) -> None:
        unit = self._unit(options["unit"])
        if Robot.objects.filter(name=options["name"], active=True).exists():
            raise CommandError(f"已有群“{options['name']}”")
        lines = [line.strip() for line in sys.stdin.read().splitlines() if line.strip()]
        if not lines:
            raise CommandError("标准输入里没有地址")
        if wrong := robots.fault(options["kind"], lines[0]):
            raise CommandError(wrong)
        slot = uuid4().hex[:12]
        self._keep(slot, "\n".join(lines[:2]))
        Robot.objects.create(unit=unit, name=options["name"], kind=options["kind"], slot=slot)
        self.stdout.write(f"已登记“{options['name']}”。试发：anze robots test {options['name']}")

    def _unit(self, said: str) -> Unit:
        found = list(Unit.objects.filter(Q(name=said) | Q(code=said) | Q(uscc=said))[:5])
        if not found:
            raise CommandError(f"没有单位“{said}”")
        if len(found) > 1:
            codes = "、".join(one.code or one.uscc or str(one.pk) for one in found)
            raise CommandError(f"叫“{said}”的单位不止一个，请写代码：{codes}")
        return found[0]

    def _keep(self, slot: str, text: str) -> None:
        folder = settings.ANZE_CHANNELS["robots"]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / slot, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)

    def _list(self, _options: dict[str, Any]) -> None:
        for row in Robot.objects.select_related("unit"):
            state = "在用" if row.active else "已停用"
            self.stdout.write(f"{row.name}  {robots.KINDS[row.kind]}  {row.unit.name}  {state}")

    def _test(self, options: dict[str, Any]) -> None:
        row = self._named(options["name"])
        said = Message(to="", title="试发", text="这是安责平台的一条试发消息。")
        try:
            robots.say(row.kind, row.slot, said)
        except Undelivered as refusal:
            raise CommandError(refusal.said) from None
        except SecretMissing as missing:
            raise CommandError(str(missing)) from None
        self.stdout.write("群机器人已接受")

    def _remove(self, options: dict[str, Any]) -> None:
        row = self._named(options["name"])
        Robot.objects.filter(pk=row.pk).update(active=False)
        (settings.ANZE_CHANNELS["robots"] / row.slot).unlink(missing_ok=True)
        self.stdout.write(f"“{row.name}”已停用")

    def _named(self, name: str) -> Robot:
        row = Robot.objects.filter(name=name, active=True).first()
        if row is None:
            raise CommandError(f"没有群“{name}”")
        return row
