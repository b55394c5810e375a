"""The database itself refuses to rewrite history, and goes on refusing after every upheaval."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from anze.kernel.ledger import checkpoints, checks, guards, services
from anze.kernel.ledger.models import (
    AppendOnlyError,
    Checkpoint,
    Entry,
    EntryPrivate,
    Erasure,
    Leaf,
)
from anze.kernel.ledger.testing import lifted
from anze.kernel.ledger.tests.support import UNIT

pytestmark = pytest.mark.django_db


def _refused(sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sql)


@pytest.fixture
def full(ctx, drill):
    """One row at least in every frozen table but cosignatures and nodes."""
    entry = drill(1, private={"leader": "王"}, client_id="c")
    drill(2, private={"leader": "李"})
    services.erase(ctx, entry.uid, "asked")
    checkpoints.make()
    return entry


FILLED = ["entry", "entryprivate", "leaf", "checkpoint", "erasure"]


@pytest.mark.parametrize("table", FILLED)
def test_no_row_can_be_deleted(full, table):
    _refused(f"DELETE FROM ledger_{table}")


@pytest.mark.parametrize(
    ("table", "column"),
    [("entry", "facts"), ("leaf", "hash"), ("checkpoint", "note"), ("erasure", "uid"),
     ("entry", "unit_id"), ("entryprivate", "ciphertext")],
)  # fmt: skip
def test_no_row_can_be_changed(full, table, column):
    value = f"'{'a' * 32}'" if connection.vendor == "sqlite" or column != "hash" else "'x'::bytea"
    if column == "ciphertext":
        value = "'x'" if connection.vendor == "sqlite" else "'x'::bytea"
    _refused(f"UPDATE ledger_{table} SET {column} = {value}")


def test_nodes_and_cosignatures_are_guarded_too():
    assert {"ledger_treenode_no_update", "ledger_cosignature_no_delete"} <= set(
        guards.names(connection.vendor)
    )
    assert guards.missing() == []


def test_tables_cannot_be_truncated(full):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE; it deletes")
    connection.check_constraints()
    _refused("TRUNCATE ledger_erasure, ledger_leaf, ledger_entryprivate, ledger_entry CASCADE")


def test_replacing_a_row_is_no_way_around(full):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has INSERT OR REPLACE")
    for table in FILLED:
        _refused(f"INSERT OR REPLACE INTO ledger_{table} SELECT * FROM ledger_{table}")
    columns = ", ".join(
        field.column for field in Entry._meta.fields if field.column not in ("id", "uid")
    )
    _refused(
        f"INSERT OR REPLACE INTO ledger_entry (uid, {columns}) "
        f"SELECT 'f' || substr(uid, 2), {columns} FROM ledger_entry WHERE client_id = 'c'"
    )


def test_a_private_part_can_only_be_erased_whole(drill):
    drill(1, private={"leader": "王"})
    _refused("UPDATE ledger_entryprivate SET ciphertext = NULL")
    connection.cursor().execute(
        "UPDATE ledger_entryprivate SET ciphertext = NULL, wrapped_key = NULL"
    )
    assert EntryPrivate.objects.get().ciphertext is None


def test_the_models_refuse_before_the_database_has_to(full):
    entry = Entry.objects.get(uid=full.uid)
    for deed in (
        entry.save,
        entry.delete,
        lambda: Entry.objects.all().delete(),
        lambda: Entry.objects.update(facts="{}"),
        lambda: Leaf.objects.filter(n=1).update(at=None),
    ):
        with pytest.raises(AppendOnlyError):
            deed()


def test_a_missing_guard_is_an_error_at_start():
    assert run_checks(tags=[Tags.database], databases=["default"]) == []
    connection.cursor().execute(guards.drop_statement(connection.vendor, "ledger_leaf_no_delete"))
    assert guards.missing() == ["ledger_leaf_no_delete"]
    faults = run_checks(tags=[Tags.database], databases=["default"])
    assert [fault.id for fault in faults] == ["ledger.E001"]
    with pytest.raises(guards.GuardsMissingError, match="ledger_leaf_no_delete"):
        guards.require()
    guards.install(connection)
    assert guards.missing() == []


def test_a_weakened_guard_is_noticed_and_restored():
    vendor = connection.vendor
    cursor = connection.cursor()
    if vendor == "sqlite":
        cursor.execute("DROP TRIGGER ledger_entry_no_update")
        cursor.execute(
            "CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry "
            "WHEN 0 BEGIN SELECT 1; END"
        )
    else:
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_no_update")
    assert guards.missing() == ["ledger_entry_no_update"]
    guards.install(connection)
    assert guards.missing() == []


def test_a_hollowed_out_function_is_noticed_and_restored():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps the body in the trigger itself")
    connection.cursor().execute(
        "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN NEW; END $$"
    )
    assert len(guards.missing()) == len(guards.names("postgresql")) - 1
    guards.install(connection)
    assert guards.missing() == []


def test_sqlite_without_its_write_lock_from_the_start_is_an_error(monkeypatch):
    chosen = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}
    monkeypatch.setattr(checks, "settings", SimpleNamespace(DATABASES={"default": chosen}))
    assert [fault.id for fault in checks.one_writer()] == ["ledger.E002"]
    chosen["OPTIONS"] = {"transaction_mode": "IMMEDIATE"}
    assert checks.one_writer() == []


@pytest.mark.django_db(transaction=True)
def test_guards_stand_again_after_a_migration_that_rebuilds_the_table(drill):
    from django.db import models

    drill(1)
    field = models.CharField(max_length=99, blank=True, default="")
    field.set_attributes_from_name("subject")
    field.model = Entry
    was = Entry._meta.get_field("subject")
    with connection.schema_editor() as editor:
        editor.alter_field(Entry, was, field, strict=False)
        if connection.vendor == "sqlite":
            editor._remake_table(Entry)
    try:
        if connection.vendor == "sqlite":
            assert "ledger_entry_no_delete" in guards.missing()
        call_command("migrate", "ledger", verbosity=0)
        assert guards.missing() == []
        _refused("DELETE FROM ledger_entry")
    finally:
        with connection.schema_editor() as editor:
            editor.alter_field(Entry, field, was, strict=False)
        call_command("migrate", "ledger", verbosity=0)
    assert Entry.objects.get().unit_id == UNIT


@pytest.mark.django_db(transaction=True)
def test_tests_may_flush_and_the_guards_are_back_after_it(full):
    assert Entry.objects.count() == 3
    call_command("flush", interactive=False, verbosity=0)
    assert (Entry.objects.count(), Leaf.objects.count(), Checkpoint.objects.count()) == (0, 0, 0)
    assert Erasure.objects.count() == 0
    assert guards.missing() == []


@pytest.mark.django_db(transaction=True)
def test_guards_come_back_even_when_the_flush_fails():
    with pytest.raises(ZeroDivisionError), lifted(connection):
        raise ZeroDivisionError
    assert guards.missing() == []


def test_every_migration_of_the_ledger_has_run():
    executor = MigrationExecutor(connection)
    assert not executor.migration_plan(executor.loader.graph.leaf_nodes("ledger"))


def test_a_refused_change_is_an_integrity_error_on_both_databases(full):
    with pytest.raises(IntegrityError), transaction.atomic():
        connection.cursor().execute("DELETE FROM ledger_leaf")
