"""``anze demo``: found an invented district and live its term through the services."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from anze.interfaces.console.demo import (
    collections,
    documents,
    equipment,
    hands,
    life,
    offline,
    voices,
)
from anze.interfaces.console.demo.district import PASSWORD, found, let_in
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.packs import selectors as packs
from anze.kernel.packs import services as pack_services
from anze.kernel.units.models import Unit
from anze.kernel.web.context import DEMO_MARK

WEEK = timedelta(days=7)


class Command(BaseCommand):
    help = "生成演示区县：虚构的名称，一个学期逐日过完（数据都经正式服务写入）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--units", type=int, default=40, help="单位数（默认 40）")
        parser.add_argument("--seed", type=int, default=2020, help="同样的种子得到同样的区县")
        parser.add_argument("--until", type=date.fromisoformat, help="过到哪一天（默认今天）")

    def handle(self, *args: Any, **options: Any) -> None:
        if Unit.objects.exists():
            raise CommandError("这个数据目录里已经有单位；演示数据只放进空库（换一个 ANZE_HOME）")
        if not 4 <= options["units"] <= 5000:
            raise CommandError("--units 应在 4 到 5000 之间")
        began = time.monotonic()
        last = min(options["until"] or clock.today(), clock.today())
        pack_services.load_all(Ctx.system(via="demo"), settings.ANZE_PACKS)
        first = _term_start(last)
        self.stdout.write(f"演示区县：{options['units']} 个单位，{first} 至 {last} 逐日过完……")
        (settings.ANZE_HOME / DEMO_MARK).write_text("invented names; see anze demo\n")
        with clock.travel(clock.start_of(first) + timedelta(minutes=2)):
            district = found(first, options["units"], options["seed"])
            equipment.furnish(district, options["seed"])
        lived = life.Life(district, options["seed"], self.stdout.write)
        lived.live(first, last)
        equipment.count(district, last)
        offline.work_offline(district, last)
        voices.speak(first, last)
        collections.collect(first, last, options["seed"])
        hands.happen(Ctx.system(via="demo"))
        let_in(Ctx.system(via="demo"))
        issued = documents.issue_some(district, last)
        self.stdout.write(f"  签发公文 {issued} 份")
        for line in life.listed(lived.refused):
            self.stderr.write(f"未能填报 {line}")
        self._tell(time.monotonic() - began)

    def _tell(self, seconds: float) -> None:
        self.stdout.write(f"演示数据已就绪（{seconds:.0f} 秒）。登录名（密码都是 {PASSWORD}）：")
        for username, who in (
            ("desk", "安全综治科经办人（看全区、催办、豁免）"),
            ("leader", "局领导"),
            ("s01-head", "一所小学的校长"),
            ("s01-safety", "这所小学的安全管理人员"),
            ("s01-guard", "这所小学的保安员"),
            ("town", "镇教育专干"),
            ("sysadmin", "系统管理员"),
            ("secadmin", "安全保密管理员"),
            ("auditor", "审计管理员"),
        ):
            self.stdout.write(f"  {username:<12}{who}")


def _term_start(last: date) -> date:
    """Return the Monday of the week before the term that runs on ``last``, or began before it."""
    terms = packs.get("wujin", "2020.1").calendar.terms
    starts = [term.start for term in terms if term.start <= last]
    if not starts:
        raise CommandError(f"制度包的校历里没有 {last} 之前开始的学期")
    start = max(starts) - WEEK
    return start - timedelta(days=start.weekday())
