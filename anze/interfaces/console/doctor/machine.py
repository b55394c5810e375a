"""Checks of the machine: disk, clock, keys, settings, packs on disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from anze.interfaces.console.doctor.findings import Finding, Level, register
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import keys
from anze.kernel.ledger.models import Checkpoint, Entry, EntryPrivate
from anze.kernel.packs import kinds, loader, lock
from anze.kernel.packs import services as packs
from anze.kernel.packs.faults import PackError
from anze.kernel.web.context import DEMO_MARK

LITTLE, VERY_LITTLE = 2 << 30, 256 << 20
LOCAL = {"localhost", "127.0.0.1", "[::1]", "::1"}
BUILT = datetime(2026, 1, 1, tzinfo=UTC)  # no clock of a machine that runs this is earlier
SKEW = timedelta(minutes=2)


def disk(_ctx: Ctx) -> Iterator[Finding]:
    """Space and inodes where the home lies."""
    free = shutil.disk_usage(settings.ANZE_HOME).free
    inodes = os.statvfs(settings.ANZE_HOME)
    if free < LITTLE:
        level = Level.FAIL if free < VERY_LITTLE else Level.WARN
        yield Finding(
            level, f"数据盘只剩 {free / (1 << 20):.0f} MB", "写满后平台转为只读，报警只能暂存",
            "清理旧备份和日志，或扩容；见 docs/operations.md 的 Disk full",
        )  # fmt: skip
    if inodes.f_files and inodes.f_favail < 10_000:
        yield Finding(
            Level.WARN, f"数据盘只剩 {inodes.f_favail} 个 inode", "存一张照片要用两个",
            "清理小文件多的目录，或换文件系统",
        )  # fmt: skip


def time(ctx: Ctx) -> Iterator[Finding]:
    """The clock against what was recorded before."""
    newest = Entry.objects.order_by("-pk").values_list("recorded", flat=True).first()
    signed = Checkpoint.objects.order_by("-pk").values_list("at", flat=True).first()
    known = [one for one in (newest, signed) if one]
    if ctx.now < BUILT:
        yield _clock(f"服务器时间是 {ctx.now:%Y-%m-%d}，早于本软件的编写")
    elif known and max(known) > ctx.now + SKEW:
        yield _clock(f"服务器时间比最近一次记录早 {max(known) - ctx.now}")


def _clock(what: str) -> Finding:
    return Finding(
        Level.FAIL, what, "期限按登记时间判断，日子按日期入账；时间错了，判断跟着错",
        "启用 NTP（timedatectl set-ntp true），不要手工改时间",
    )  # fmt: skip


def key_files(_ctx: Ctx) -> Iterator[Finding]:
    """Keys are there, whole, and nobody else's to read."""
    folder = Path(settings.ANZE_HOME) / "keys"
    if folder.exists() and (mode := folder.stat().st_mode & 0o777) & 0o077:
        yield _open(folder, mode, "0700")
    for path in sorted(folder.glob("*.key")):
        if (mode := path.stat().st_mode & 0o777) & 0o177:
            yield _open(path, mode, "0400 或 0600")
    master = folder / keys.MASTER
    if not master.exists() and EntryPrivate.objects.exists():
        yield Finding(
            Level.FAIL, f"没有 {keys.MASTER}，库里却有封存的私密内容", "姓名和正文都打不开",
            "立即停止服务，从另存的 keys/ 里放回；不要让平台另造一把",
        )  # fmt: skip
    elif master.exists():
        try:
            keys.Ring(master.read_text())
        except (keys.KeyFileError, ValueError, OSError) as error:
            yield Finding(
                Level.FAIL, f"{keys.MASTER} 读不懂（{type(error).__name__}）", "私密内容打不开",
                "从另存的 keys/ 里放回",
            )  # fmt: skip


def _open(path: Path, mode: int, wanted: str) -> Finding:
    return Finding(
        Level.FAIL, f"{path} 的权限是 {mode:04o}", "同一台机器上的别人能读到密钥",
        f"chmod 成 {wanted}，属主为运行平台的用户",
    )  # fmt: skip


def unsafe(_ctx: Ctx) -> Iterator[Finding]:
    """Settings that are right for trying out and wrong for a district."""
    outside = set(settings.ALLOWED_HOSTS) - LOCAL
    demo = (Path(settings.ANZE_HOME) / DEMO_MARK).exists()
    if settings.DEBUG:
        yield Finding(
            Level.FAIL, "ANZE_DEBUG 开着", "出错页会把数据和设置给任何人看", "去掉 ANZE_DEBUG"
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding(
            Level.FAIL, "ANZE_HOSTS 是 *", "别人可以用自己的域名套用本站", "写明本站的域名"
        )
    if outside and not settings.ANZE_HTTPS:
        yield Finding(
            Level.FAIL, "没有启用 https（ANZE_HTTPS）", "密码和会话在网上以明文走",
            "配好 nginx 的证书后设 ANZE_HTTPS=true",
        )  # fmt: skip
    if outside and not demo and settings.ANZE_SMS_CHANNEL.endswith("ConsoleChannel"):
        yield Finding(
            Level.WARN, "短信验证码只打印在服务器上", "用手机登录的人收不到验证码",
            "把 ANZE_SMS_CHANNEL 设为短信服务商的类",
        )  # fmt: skip


def pack_files(_ctx: Ctx) -> Iterator[Finding]:
    """Every pack on disk loads, and a released one is what its LOCK says."""
    for folder in packs.pack_folders(Path(settings.ANZE_PACKS)):
        try:
            lock.verify(folder, loader.load(folder, kinds=kinds.core()))
        except PackError as error:
            name = "/".join(folder.parts[-2:])
            yield Finding(
                Level.FAIL, f"制度包 {name}：{str(error).splitlines()[0][:200]}",
                "已发布的规则变了，旧的判断就说不清", f"anze packs check {name}；恢复原来的文件",
            )  # fmt: skip


register("disk", "磁盘", disk)
register("clock", "时间", time)
register("keys", "密钥", key_files)
register("settings", "设置", unsafe)
register("packs", "制度包", pack_files)
