"""Alarms never wait for the ledger."""

from __future__ import annotations

import json
import os
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.ledger import services, spool
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.tests.support import DRILL, UNIT

pytestmark = pytest.mark.django_db


@pytest.fixture
def full_disk(monkeypatch):
    """Make every insert fail until called."""
    real = services._insert

    def fail(*_):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(services, "_insert", fail)
    return lambda: monkeypatch.setattr(services, "_insert", real)


def _alarm(ctx, participants=1, **more):
    facts = {"participants": participants}
    return services.record_later(ctx, DRILL.name, unit_id=UNIT, facts=facts, **more)


def test_an_alarm_is_recorded_at_once_when_the_ledger_works(ctx):
    entry = _alarm(ctx)
    assert not Entry.objects.get(uid=entry.uid).late
    assert spool.waiting() == 0


def test_a_decision_fails_where_an_alarm_is_spooled_and_entered_late(ctx, full_disk):
    with pytest.raises(OperationalError), transaction.atomic():
        services.record(ctx, DRILL.name, unit_id=UNIT, facts={"participants": 1})
    assert _alarm(ctx, 7, private={"leader": "欧阳修"}, proofs=("ab" * 32,)) is None
    assert spool.waiting() == 1
    full_disk()
    assert services.sweep() == 1
    entry = Entry.objects.get()
    assert entry.late
    assert entry.data["participants"] == 7
    assert entry.happened == ctx.now < entry.recorded
    assert services.private_part(entry) == {"leader": "欧阳修"}
    assert spool.waiting() == 0


def test_the_spool_holds_no_private_text_and_belongs_to_us_alone(ctx, full_disk):
    _alarm(ctx, private={"leader": "欧阳修"})
    path = spool.folder() / "ledger.jsonl"
    assert "欧阳修" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_while_the_ledger_is_down_the_sweep_keeps_everything(ctx, full_disk):
    for i in range(3):
        _alarm(ctx, i)
    services.sweep()
    assert spool.waiting() == 3
    _alarm(ctx, 3)
    full_disk()
    services.sweep()
    assert sorted(entry.data["participants"] for entry in Entry.objects.all()) == [0, 1, 2, 3]


def test_a_crash_half_way_through_the_spool_enters_nothing_twice(ctx, full_disk, monkeypatch):
    for i in range(3):
        _alarm(ctx, i)
    full_disk()
    count = iter(range(9))

    def enter(item):
        if next(count) == 2:
            raise KeyboardInterrupt
        services._enter_late(item)

    with pytest.raises(KeyboardInterrupt):
        spool.drain(enter)
    assert Entry.objects.count() == 2
    services.sweep()
    assert Entry.objects.count() == 3
    assert spool.waiting() == 0


def test_an_alarm_retried_after_it_was_spooled_is_one_entry(ctx, full_disk):
    _alarm(ctx, client_id="alarm-9")
    full_disk()
    _alarm(ctx, client_id="alarm-9", happened=ctx.now)
    services.sweep()
    assert Entry.objects.count() == 1


def test_a_torn_line_is_set_aside_for_a_person_and_blocks_nothing(ctx, full_disk):
    _alarm(ctx, 1)
    with (spool.folder() / "ledger.jsonl").open("a") as file:
        file.write('{"id": "torn\n')
    _alarm(ctx, 2)
    full_disk()
    services.sweep()
    assert Entry.objects.count() == 2
    refused = (spool.folder() / "ledger.refused").read_text()
    assert "torn" in json.loads(refused)["line"]


def test_a_fault_in_the_program_is_not_spooled(ctx):
    with pytest.raises(Refused):
        services.record_later(ctx, DRILL.name, unit_id=UNIT, facts={"remark": "x"})
    assert spool.waiting() == 0


def test_who_and_how_survive_the_spool(ctx, full_disk):
    someone = Ctx(actor_id=UNIT, now=ctx.now - timedelta(hours=1), via="api", access=ctx.access)
    _alarm(someone)
    full_disk()
    services.sweep()
    entry = Entry.objects.get()
    assert (entry.actor_id, entry.via, entry.happened) == (UNIT, "api", someone.now)


def test_an_unwritable_spool_is_loud(ctx, full_disk, monkeypatch):
    def refuse(*_args, **_more):
        raise OSError("read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OSError, match="read-only"):
        _alarm(ctx)


@pytest.mark.django_db(transaction=True)
def test_an_alarm_does_not_wait_for_a_writer_that_holds_the_ledger(ctx, monkeypatch):
    monkeypatch.setattr(services, "PATIENCE", 200)
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_waiting")
        if connection.vendor == "postgresql":
            cursor.execute("LOCK TABLE ledger_entry IN ACCESS EXCLUSIVE MODE")
    begun = time.monotonic()
    assert _alarm(ctx) is None
    assert time.monotonic() - begun < 5
    other.rollback()
    other.close()
    services.sweep()
    assert Entry.objects.get().late
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20_000,)
