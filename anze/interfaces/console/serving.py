"""Processes that serve: pages, background work, or both in one."""

from __future__ import annotations

import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, connections

from anze.kernel.bus import schema
from anze.kernel.ledger import guards
from anze.kernel.work import runner

GRACE = 3


class NotPrepared(RuntimeError):
    """The database is not the one this version expects; ``anze open --no-serve`` prepares it."""


def pages(host: str, port: int, *, work: bool) -> None:
    """Serve pages until stopped; with ``work``, do the background work in the same process."""
    import uvicorn

    with _keeper():
        if work:
            runner.start()
        try:
            uvicorn.run(
                "anze.config.asgi:application", host=host, port=port, log_level="warning",
                log_config=None, access_log=False, timeout_graceful_shutdown=GRACE,
                server_header=False,
            )  # fmt: skip
        finally:
            runner.stop()  # a job under way is given back at once instead of after its lease


def work(jobs: int = 1) -> None:
    """Do the background work, ``jobs`` at a time, until SIGTERM or SIGINT; then give jobs back."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _keeper():
        runner.start(jobs)
        stop.wait()
        runner.stop()


def require_prepared() -> None:
    """Raise NotPrepared when migrations are missing, GuardsMissingError without the guards."""
    if steps := schema.missing():
        raise NotPrepared(f"数据库还差 {steps} 步升级：先运行 anze open --no-serve")
    guards.require()
    connections.close_all()


@contextmanager
def _keeper() -> Iterator[None]:
    """Hold one idle connection to SQLite open as long as the process lives.

    When the last connection closes, SQLite removes the WAL and its index; on a full disk they could
    not be made again, and not even reading would be possible.
    """
    if connection.vendor != "sqlite":
        yield
        return
    kept = sqlite3.connect(str(connection.settings_dict["NAME"]))
    kept.execute("SELECT count(*) FROM sqlite_master").fetchone()
    try:
        yield
    finally:
        kept.close()
