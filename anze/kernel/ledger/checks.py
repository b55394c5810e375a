"""Start-up checks: the guards stand, and SQLite excludes two writers from the start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from anze.kernel.ledger import guards


@register(Tags.database)
def guards_stand(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Report append-only guards that are missing (``anze check --database default``)."""
    faults: list[CheckMessage] = []
    for using in databases or ():
        tables = connections[using].introspection.table_names()
        if not set(guards.FROZEN) <= set(tables):
            continue
        if gone := guards.missing(using):
            faults.append(
                Error(
                    f"append-only guards missing on {using}: {', '.join(gone)}",
                    hint="run 'anze migrate'; then 'anze ledger verify' to see what was changed",
                    id="ledger.E001",
                )
            )
    return faults


@register()
def one_writer(**_kwargs: Any) -> list[CheckMessage]:
    """Report an SQLite that begins transactions without its write lock: numbers could collide."""
    chosen = settings.DATABASES["default"]
    if "sqlite" not in str(chosen["ENGINE"]):
        return []
    options = chosen.get("OPTIONS")
    if isinstance(options, dict) and options.get("transaction_mode") == "IMMEDIATE":
        return []
    return [Error("SQLite needs OPTIONS['transaction_mode'] = 'IMMEDIATE'", id="ledger.E002")]
