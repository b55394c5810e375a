"""Checks of the database, the ledger in it, the stored files and the backups."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import connection

from anze.interfaces.console.backup.manifest import sha256_of
from anze.interfaces.console.doctor.findings import Finding, Level, register
from anze.interfaces.console.kinds import BACKED_UP
from anze.kernel.bus import schema
from anze.kernel.bus.ctx import Ctx
from anze.kernel.files import store
from anze.kernel.files.models import State, StoredFile
from anze.kernel.ledger import guards, selectors, spool
from anze.kernel.ledger.models import Cosignature, Entry, Waiting

SAFE_SQLITE = (3, 51, 3)
SAMPLE = 200
LATE = timedelta(minutes=5)
SQLITE = {"journal_mode": ("wal", "wal"), "synchronous": (2, "FULL"), "foreign_keys": (1, "ON")}
POSTGRESQL = ("fsync", "full_page_writes", "synchronous_commit")


def database(_ctx: Ctx) -> Iterator[Finding]:
    """The database keeps what it has acknowledged, and has the tables of this version."""
    yield from _sqlite() if connection.vendor == "sqlite" else _postgresql()
    if steps := schema.missing():
        yield Finding(
            Level.FAIL, f"数据库还差 {steps} 步升级", "程序和表对不上，会写错或写不进",
            "停止服务，备份，再运行 anze migrate（或 anze open）",
        )  # fmt: skip


def _sqlite() -> Iterator[Finding]:
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        yield Finding(
            Level.FAIL, f"SQLite 是 {sqlite3.sqlite_version}", "3.51.3 以前的版本会损坏 WAL 数据库",
            "重新运行 scripts/setup",
        )  # fmt: skip
    with connection.cursor() as cursor:
        for pragma, (wanted, word) in SQLITE.items():
            found = cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
            if found != wanted:
                yield Finding(
                    Level.FAIL, f"SQLite 的 {pragma} 是 {found}", "断电时可能丢失已经答应的内容",
                    f"应为 {word}：检查 ANZE_DATABASE_URL，数据库放在本机磁盘上",
                )  # fmt: skip


def _postgresql() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        for name in POSTGRESQL:
            cursor.execute("SELECT current_setting(%s)", [name])
            if (found := cursor.fetchone()[0]) in ("off", "local"):
                yield Finding(
                    Level.FAIL, f"PostgreSQL 的 {name} 是 {found}", "断电时可能丢失已经答应的内容",
                    f"在 postgresql.conf 里设 {name} = on",
                )  # fmt: skip


def ledger(ctx: Ctx) -> Iterator[Finding]:
    """The guards stand; what is recorded gets its number; nothing lies in the spool."""
    if gone := guards.missing():
        yield Finding(
            Level.FAIL, f"防改触发器缺失：{'、'.join(gone)}", "存证可以被悄悄改动",
            "anze migrate 恢复，再 anze ledger verify 看有没有被改",
        )  # fmt: skip
    old = Entry.objects.filter(
        pk__in=Waiting.objects.values("entry_id"), recorded__lt=ctx.now - LATE
    )
    if waiting := old.count():
        yield Finding(
            Level.FAIL, f"{waiting} 条存证超过 5 分钟没有编号", "没有编号就不参与判断，也没有收据",
            "anze ledger sweep；看日志里 sequencer 的错误",
        )  # fmt: skip
    if spooled := spool.waiting():
        yield Finding(
            Level.WARN, f"{spooled} 条报警暂存在 spool/ 里", "数据库写不进时收下的，还没有入账",
            "确认数据库可写；每分钟自动入账，也可运行 anze ledger sweep",
        )  # fmt: skip
    if (spool.folder() / "ledger.refused").exists():
        yield Finding(
            Level.WARN, "spool/ledger.refused 里有入不了账的报警", "有人报过，系统没能收下",
            "逐行核对后由人补登，再移走这个文件",
        )  # fmt: skip


def witness(ctx: Ctx) -> Iterator[Finding]:
    """Somebody outside has signed the history, lately, and it is still that one."""
    if selectors.protection().broken:
        yield Finding(
            Level.FAIL, selectors.protection().text, "历史被改写或回退过",
            "停止服务，保留现场；见 docs/operations.md 的 Forked log",
        )  # fmt: skip
    if not settings.ANZE_WITNESSES:
        yield Finding(
            Level.WARN, "没有外部见证方", "只能防别人改，不能防管理员自己改",
            "请另一个部门在另一台机器上运行 anze witness，填入 ANZE_WITNESSES",
        )  # fmt: skip
        return
    last = Cosignature.objects.order_by("-at").values_list("at", flat=True).first()
    if last is None or ctx.now - last > timedelta(hours=3):
        age = f"已有 {_hours(ctx.now - last)} 没有联署" if last else "还没有联署过"
        yield Finding(
            Level.WARN, f"见证方{age}", "这之后的存证未防管理员",
            "anze ledger checkpoint 看见证方答什么；见 docs/operations.md 的 Witness down",
        )  # fmt: skip


def files(_ctx: Ctx) -> Iterator[Finding]:
    """A random sample of stored files: there, and what their names say."""
    rows = StoredFile.objects.exclude(state=State.ERASED).order_by("?")
    bad = [
        sha256
        for pair in rows.values_list("stored_sha256", "thumb_sha256")[:SAMPLE]
        for sha256 in pair
        if sha256 and not _sound(sha256)
    ]
    if bad:
        yield Finding(
            Level.FAIL, f"抽查发现 {len(bad)} 个材料缺失或损坏，如 {bad[0][:16]}…",
            "存证还在，照片却拿不出来", "从备份的 files/ 里放回同名文件；检查磁盘",
        )  # fmt: skip


def _sound(sha256: str) -> bool:
    path = store.path_of(sha256)
    return path.is_file() and sha256_of(path) == sha256


def backups(ctx: Ctx) -> Iterator[Finding]:
    """The last whole copy is not old."""
    rows = Entry.objects.filter(kind=BACKED_UP.name).order_by("-pk")
    last = rows.values_list("recorded", flat=True).first()
    if last is None or ctx.now - last > timedelta(hours=26):
        level = Level.FAIL if last and ctx.now - last > timedelta(days=7) else Level.WARN
        what = f"上一次备份在 {_hours(ctx.now - last)}之前" if last else "还没有备份过"
        yield Finding(
            level, what, "机器坏了，这之后的都没了",
            "anze backup 另一块盘上的文件夹；用 deploy/anze-backup.timer 每天做",
        )  # fmt: skip


def _hours(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    return f"{hours // 24} 天" if hours >= 48 else f"{hours} 小时"


register("database", "数据库", database)
register("ledger", "存证", ledger)
register("witness", "见证", witness)
register("files", "材料", files)
register("backups", "备份", backups)
