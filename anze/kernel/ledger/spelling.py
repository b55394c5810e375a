"""Whether values are stored as the platform spells them, so that lookups find the rows.

SQLite keeps UUIDs and times as text. A UUID in capitals or with hyphens reads as the same value and
hashes the same, but no lookup by it finds the row: an entry could be hidden without changing a
value. PostgreSQL has types of its own for both.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

_UUIDS = ("uid", "unit_id", "actor_id", "target")
_TIMES = ("happened", "captured", "recorded")
_SECONDS = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
_MICROSECONDS = _SECONDS + "." + "[0-9]" * 6
_MOST = 50


def findings() -> Iterator[str]:
    """Yield each numbered entry one of whose columns is spelt otherwise than the platform does."""
    if connection.vendor != "sqlite":
        return
    wrong = {
        **{name: f"length({name}) <> 32 OR {name} GLOB '*[^0-9a-f]*'" for name in _UUIDS},
        **{
            name: f"{name} NOT GLOB '{_SECONDS}' AND {name} NOT GLOB '{_MICROSECONDS}'"
            for name in _TIMES
        },
    }
    named = ", ".join(f"({test})" for test in wrong.values())
    tests = " OR ".join(f"({test})" for test in wrong.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT leaf.n, {named} FROM ledger_entry entry "
            f"JOIN ledger_leaf leaf ON leaf.entry_id = entry.id "
            f"WHERE {tests} ORDER BY leaf.n LIMIT {_MOST}"
        )
        for n, *flags in cursor.fetchall():
            columns = "、".join(name for name, flag in zip(wrong, flags, strict=True) if flag)
            yield f"第 {n} 条：{columns} 的写法被改动，按它查不到这一条"
