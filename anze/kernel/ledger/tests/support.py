"""Kinds and small helpers for the ledger's tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.db import connection, connections

from anze.kernel.ledger import kinds
from anze.kernel.ledger.testing import lifted
from anze.lib.ids import uuid7


class Drill(kinds.Facts):
    """Facts of the drills these tests hold."""

    participants: int
    shape: Literal["fire", "quake"] = "fire"
    on: date | None = None


class Names(kinds.Private):
    """Private part of the drills these tests hold."""

    leader: str


DRILL = kinds.Kind("ledgertest.drill", 1, Drill, "unit", "演练", Names)
NOTICE = kinds.Kind("ledgertest.notice", 1, Drill, "public", "公告", Names)
VAULT = kinds.Kind("ledgertest.vault", 1, Drill, "vault", "限阅", Names)
UNIT = UUID(int=7)


def tamper(sql: str, values: list[Any]) -> None:
    """Change a row behind the ledger's back, the guards taken away and put back."""
    with lifted(connection), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute(sql, values)
        assert cursor.rowcount > 0
        if connection.vendor == "postgresql":
            connection.check_constraints()


def together(count: int, deed: Callable[[int], Any]) -> list[Any]:
    """Run ``deed(i)`` in threads started at once; return results or the exceptions raised."""
    gate, results = threading.Barrier(count), [None] * count

    def run(i: int) -> None:
        try:
            gate.wait()
            results[i] = deed(i)
        except Exception as error:
            results[i] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def fresh_unit() -> UUID:
    return uuid7()
