"""Checks of what runs by itself: jobs, periodic work, judging."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from anze.engines.duties.advance import reached
from anze.engines.duties.models import Trouble
from anze.interfaces.console.doctor.findings import Finding, Level, register
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import selectors as ledger
from anze.kernel.work import sweep
from anze.kernel.work.models import Job, JobState

STUCK = timedelta(minutes=10)
WEEK = timedelta(days=7)


def jobs(ctx: Ctx) -> Iterator[Finding]:
    """Jobs are taken up, end, and end well."""
    waiting = Job.objects.filter(state=JobState.QUEUED, not_before__lt=ctx.now - STUCK).count()
    lost = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=ctx.now - STUCK).count()
    failed = Job.objects.filter(state=JobState.FAILED, finished__gt=ctx.now - WEEK)
    if waiting or lost:
        yield Finding(
            Level.FAIL, f"{waiting + lost} 个任务 10 分钟没有人接", "导入、生成文件都停着",
            "后台没有在运行：看 anze 服务（多进程时是 anze-work）的状态",
        )  # fmt: skip
    if names := sorted(set(failed.values_list("name", flat=True))):
        yield Finding(
            Level.WARN, f"七天内有 {failed.count()} 个任务没有办成：{'、'.join(names)}",
            "有人在等的事没有办", "按任务时间在日志里找原因，改正后请经办人重新发起",
        )  # fmt: skip


def periodic(ctx: Ctx) -> Iterator[Finding]:
    """Hooks run when they are due and do not fail."""
    rows = list(sweep.runs())
    late = [row.name for row in rows if row.due < ctx.now - STUCK]
    failing = [row.name for row in rows if row.failure]
    if not rows or late:
        yield Finding(
            Level.FAIL, f"定时任务没有按时跑：{'、'.join(late) or '一次也没跑过'}",
            "编号、记日、评定、签名都靠它", "启动平台（anze open 或 anze serve work）",
        )  # fmt: skip
    if failing:
        yield Finding(
            Level.FAIL, f"定时任务出错：{'、'.join(failing)}", "这一项每次都没做成",
            "在日志里找 periodic work failed；改正后自动重试",
        )  # fmt: skip


def judging(_ctx: Ctx) -> Iterator[Finding]:
    """Every numbered entry is judged, and no rule fails."""
    if (behind := ledger.size() - reached()) > 500:
        yield Finding(
            Level.WARN, f"还有 {behind} 条存证没有评定", "首页和看板落后于实际",
            "等几分钟再看；一直不降时运行 anze duties sweep",
        )  # fmt: skip
    if troubles := Trouble.objects.count():
        yield Finding(
            Level.FAIL, f"{troubles} 处规则评定失败", "有的事项没有判断结果",
            "anze duties status 看是哪条规则；多半是制度包的问题",
        )  # fmt: skip


register("jobs", "任务", jobs)
register("sweep", "定时", periodic)
register("duties", "评定", judging)
