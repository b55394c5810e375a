"""Triggers that refuse to change history, on both databases.

They stop mistakes, stray scripts and careless migrations, not an administrator: that is what
checkpoints and witnesses are for. They are made again after every migration, because SQLite drops
the triggers of a table it rebuilds, and are checked at start. ``INSERT OR REPLACE`` deletes rows
without waking delete triggers on SQLite, hence the third refusal there.

One more trigger enters each new entry in the queue of the sequencer, so that no way of inserting
an entry can forget it.
"""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# Table -> columns whose equality means "this row is there already" (for REPLACE on SQLite).
FROZEN: dict[str, tuple[str, ...]] = {
    "ledger_entry": (
        "id = NEW.id",
        "uid = NEW.uid",
        "target = NEW.target",
        "(kind = NEW.kind AND client_id = NEW.client_id)",
    ),
    "ledger_entryprivate": ("entry_id = NEW.entry_id",),
    "ledger_leaf": ("n = NEW.n", "entry_id = NEW.entry_id"),
    "ledger_treenode": ("id = NEW.id", "(level = NEW.level AND position = NEW.position)"),
    "ledger_checkpoint": ("id = NEW.id", "size = NEW.size"),
    "ledger_cosignature": (
        "id = NEW.id",
        "(checkpoint_id = NEW.checkpoint_id AND witness = NEW.witness)",
    ),
    "ledger_erasure": ("id = NEW.id", "uid = NEW.uid", "by_id = NEW.by_id"),
}
ERASABLE = "ledger_entryprivate"
ENQUEUE = "ledger_enqueue"


class GuardsMissingError(RuntimeError):
    """The database would let history be rewritten."""


def names(vendor: str) -> dict[str, str]:
    """Return trigger name -> table for a database vendor (``sqlite`` or ``postgresql``)."""
    third = "replace" if vendor == "sqlite" else "truncate"
    guards = {f"{t}_no_{deed}": t for t in FROZEN for deed in ("update", "delete", third)}
    return {**guards, ENQUEUE: "ledger_entry"}


def statements(vendor: str) -> dict[str, str]:
    """Return trigger name -> the statement that makes it."""
    make = _sqlite if vendor == "sqlite" else _postgresql
    return {name: make(name, table) for name, table in names(vendor).items()}


def _sqlite(name: str, table: str) -> str:
    if name == ENQUEUE:
        return (
            f"CREATE TRIGGER {name} AFTER INSERT ON ledger_entry BEGIN "
            "INSERT INTO ledger_waiting (entry_id) VALUES (NEW.id); END"
        )
    deed = name.rpartition("_")[2]
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    if deed == "replace":
        there = " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} WHERE {same})" for same in FROZEN[table]
        )
        return f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {there} {refuse}"
    if deed == "update" and table == ERASABLE:
        return (
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN NEW.entry_id <> OLD.entry_id "
            f"OR NEW.ciphertext IS NOT NULL OR NEW.wrapped_key IS NOT NULL {refuse}"
        )
    return f"CREATE TRIGGER {name} BEFORE {deed.upper()} ON {table} {refuse}"


def _postgresql(name: str, table: str) -> str:
    if name == ENQUEUE:
        return (
            f"CREATE TRIGGER {name} AFTER INSERT ON ledger_entry "
            "FOR EACH ROW EXECUTE FUNCTION ledger_enqueue_entry()"
        )
    deed = name.rpartition("_")[2]
    if deed == "truncate":
        return (
            f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        )
    allowed = ""
    if deed == "update" and table == ERASABLE:
        allowed = (
            "WHEN (NEW.entry_id <> OLD.entry_id OR NEW.ciphertext IS NOT NULL "
            "OR NEW.wrapped_key IS NOT NULL) "
        )
    return (
        f"CREATE TRIGGER {name} BEFORE {deed.upper()} ON {table} "
        f"FOR EACH ROW {allowed}EXECUTE FUNCTION ledger_refuse()"
    )


_REFUSE = """
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation'; END """
_ENQUEUE = """
    BEGIN INSERT INTO ledger_waiting (entry_id) VALUES (NEW.id); RETURN NULL; END """
_FUNCTIONS = {"ledger_refuse": _REFUSE, "ledger_enqueue_entry": _ENQUEUE}
# pg_trigger.tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate.
_TYPES = {"update": 19, "delete": 11, "truncate": 34}


def install(connection: BaseDatabaseWrapper) -> None:
    """Make every trigger that is missing or differs from its definition."""
    standing = present(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for function, source in _FUNCTIONS.items():
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger "
                    f"LANGUAGE plpgsql AS $${source}$$"
                )
        for name, statement in statements(connection.vendor).items():
            if standing.get(name) != signature(connection.vendor, name):
                cursor.execute(drop_statement(connection.vendor, name))
                cursor.execute(statement)


def drop_statement(vendor: str, name: str) -> str:
    """Return the statement that removes a trigger."""
    suffix = f" ON {names(vendor)[name]}" if vendor == "postgresql" else ""
    return f"DROP TRIGGER IF EXISTS {name}{suffix}"


def missing(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the names of triggers that are absent, disabled or not as defined."""
    connection = connections[using]
    standing = present(connection)
    return [
        name
        for name in names(connection.vendor)
        if standing.get(name) != signature(connection.vendor, name)
    ]


def require(using: str = DEFAULT_DB_ALIAS) -> None:
    """Raise GuardsMissingError unless every guard stands; called when the platform starts."""
    if gone := missing(using):
        raise GuardsMissingError(
            f"append-only guards missing: {', '.join(gone)}; run 'anze migrate' to restore them"
        )


def present(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the triggers that stand and work now, each with its ``signature``."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            return dict(cursor.fetchall())
        cursor.execute(
            "SELECT t.tgname, c.relname, t.tgtype, t.tgqual IS NOT NULL, p.prosrc "
            "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal "
            "AND t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid)"
        )
        return {name: _postgresql_signature(*rest) for name, *rest in cursor.fetchall()}


def signature(vendor: str, name: str) -> str:
    """Return what ``present`` shows for a trigger that is as defined."""
    if vendor == "sqlite":
        return statements(vendor)[name]
    table = names(vendor)[name]
    if name == ENQUEUE:
        return _postgresql_signature(table, 5, False, _ENQUEUE)
    deed = name.rpartition("_")[2]
    qualified = deed == "update" and table == ERASABLE
    return _postgresql_signature(table, _TYPES[deed], qualified, _REFUSE)


def _postgresql_signature(table: str, kind: int, qualified: bool, source: str) -> str:
    return f"{table} {kind} {qualified} {source}"


def after_migrate(**kwargs: Any) -> None:
    """Make the guards again; SQLite drops them whenever a migration rebuilds a table."""
    using = str(kwargs["using"])
    connection = connections[using]
    if not router.allow_migrate(using, "ledger"):
        return
    if not set(FROZEN) <= set(connection.introspection.table_names()):
        return  # the ledger's own migrations have not run yet, or were just reversed
    install(connection)
