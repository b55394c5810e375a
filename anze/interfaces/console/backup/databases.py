"""Consistent copies of the database while others write, on both databases.

SQLite: ``VACUUM INTO`` reads one snapshot and leaves out what was erased. The stepwise backup
interface begins again at every foreign write and may never end. PostgreSQL: ``pg_dump`` in custom
format, on an exported snapshot, so that the size of the ledger told is that of the copy.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dj_database_url
from django.db import connection, transaction

from anze.interfaces.console.backup.manifest import BackupError
from anze.lib.disk import sync

SQLITE, POSTGRESQL = "anze.sqlite3", "database.dump"


def part_name(vendor: str) -> str:
    """Return the name of the database's part in a backup."""
    return SQLITE if vendor == "sqlite" else POSTGRESQL


def dump(target: Path) -> int:
    """Write a consistent copy to ``target``; return the size of the ledger inside it."""
    made = _dump_sqlite(target) if connection.vendor == "sqlite" else _dump_postgresql(target)
    sync(target)
    return made


def _dump_sqlite(target: Path) -> int:
    source = sqlite3.connect(str(connection.settings_dict["NAME"]), timeout=20)
    try:
        source.execute("VACUUM INTO ?", [str(target)])
    finally:
        source.close()
    return inspect_sqlite(target)


def inspect_sqlite(path: Path) -> int:
    """Check the structure of a SQLite file; return the size of its ledger. Raises BackupError."""
    try:
        copy = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            said = [row[0] for row in copy.execute("PRAGMA integrity_check(20)")]
            if said != ["ok"]:
                raise BackupError(f"{path.name} 结构检查不通过：{'；'.join(said)[:400]}")
            return int(copy.execute("SELECT coalesce(max(n), 0) FROM ledger_leaf").fetchone()[0])
        finally:
            copy.close()
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{path.name} 打不开：{error}") from None


def _dump_postgresql(target: Path) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot(), (SELECT max(n) FROM ledger_leaf)")
        snapshot, size = cursor.fetchone()
        _run(
            ["pg_dump", "--format=custom", "--no-owner", "--no-privileges",
             f"--snapshot={snapshot}", f"--file={target}"],
            connection.settings_dict,
        )  # fmt: skip
    _run(["pg_restore", "--list", str(target)], {})
    return int(size or 0)


def load(source: Path, home: Path, url: str) -> None:
    """Put a database part into a new home, or into the empty PostgreSQL that ``url`` names."""
    if source.name == SQLITE:
        shutil.copyfile(source, home / SQLITE)
        os.chmod(home / SQLITE, 0o600)
        inspect_sqlite(home / SQLITE)
        return
    if not url:
        raise BackupError("这是 PostgreSQL 的备份：请以 --database 给出一个空库的地址")
    settings = dj_database_url.parse(url)
    if _tables(url):
        raise BackupError("--database 指的库里已经有表：恢复只写进空库")
    _run(
        ["pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
         f"--dbname={settings['NAME']}", str(source)],
        settings,
    )  # fmt: skip


def _tables(url: str) -> int:
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=10) as there:
            found = there.execute(
                "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
            ).fetchone()
            return int(found[0]) if found else 0
    except psycopg.OperationalError as error:
        raise BackupError(f"连不上 --database 指的库：{error}") from None


def _run(command: list[str], settings: Mapping[str, Any]) -> None:
    """Run a program of PostgreSQL; the password travels in its environment, not its arguments."""
    program = _program(command[0])
    names = {
        "PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }  # fmt: skip
    told = {name: str(settings[key]) for name, key in names.items() if settings.get(key)}
    done = subprocess.run(
        [program, *command[1:]], env=os.environ | told, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{command[0]} 未成功：{done.stderr.strip()[-400:]}")


def _program(name: str) -> str:
    """Return the newest installed program of PostgreSQL; older ones refuse newer servers."""
    kept = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3])
    )
    found = str(kept[-1]) if kept else shutil.which(name)
    if not found:
        raise BackupError(f"没有 {name}：apt-get install postgresql-client")
    return found
