"""Swap in an SQLite that is safe to write from several connections.

SQLite before 3.51.3 can corrupt a WAL database when a checkpoint races a commit; the system's own
library is often older. ``pysqlite3`` bundles a current one. Must run before Django loads its
backend.
"""

from __future__ import annotations

import sys

SAFE_SQLITE = (3, 51, 3)


def use_bundled_sqlite() -> None:
    """Make ``import sqlite3`` mean ``pysqlite3``; refuse to go on with an unsafe version."""
    import pysqlite3

    if pysqlite3.sqlite_version_info < SAFE_SQLITE:
        raise SystemExit(
            f"SQLite {pysqlite3.sqlite_version} is too old: 3.51.3 or newer is needed "
            "(older ones can corrupt a WAL database). Run scripts/setup again."
        )
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
