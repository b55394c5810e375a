"""Whether this process can write at present: a full disk must not turn pages away.

Whoever meets an error says ``note(error)``; when it means that nothing can be written (no space, a
read-only medium or database) the process counts as read-only until a trial write succeeds. Writes
are never refused beforehand: each is tried, and fails or succeeds by itself.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import Error, transaction

from anze.kernel.bus import clock

TRY_SECONDS = 5.0
RETRY_SECONDS = 30
_TRIAL_BYTES = 256 * 1024
_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
# SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR; PostgreSQL: disk full, read-only transaction.
_SQLITE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}
_STATES = {"53100", "25006"}

_since: float | None = None
_tried = 0.0
_turn = threading.Lock()


def note(error: BaseException) -> bool:
    """Tell whether an error means that nothing can be written; if so, remember it."""
    global _since
    if not any(_means_full(one) for one in _causes(error)):
        return False
    _since = _since or time.monotonic()
    return True


@contextmanager
def tolerated() -> Iterator[None]:
    """Let a write that only notes something fail for want of room: a read must not fail with it."""
    try:
        with transaction.atomic():
            yield
    except Exception as error:
        if not note(error):
            raise


def active() -> bool:
    """Tell whether the last write failed for want of room, trying again every few seconds."""
    global _since, _tried
    if _since is None:
        return False
    if time.monotonic() - _tried > TRY_SECONDS and _turn.acquire(blocking=False):
        try:
            _tried = time.monotonic()
            if _writable():
                _since = None
        finally:
            _turn.release()
    return _since is not None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _means_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _ERRNOS
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return code & 0xFF in _SQLITE
    return getattr(error, "sqlstate", None) in _STATES


def _writable() -> bool:
    try:
        _write_file()
        _write_row()
    except (OSError, Error):
        return False
    return True


def _write_file() -> None:
    """The disk takes a file. A row alone would not tell: what is undone never reaches the disk."""
    path = Path(settings.ANZE_HOME) / f".trial-{uuid4().hex}"
    try:
        with path.open("wb") as file:
            file.write(b"\0" * _TRIAL_BYTES)
            file.flush()
            os.fsync(file.fileno())
    finally:
        path.unlink(missing_ok=True)


def _write_row() -> None:
    """The database takes new pages, too; nothing of it stays."""
    with transaction.atomic():
        data = "0" * _TRIAL_BYTES
        Session(session_key=uuid4().hex, session_data=data, expire_date=clock.now()).save()
        transaction.set_rollback(True)
