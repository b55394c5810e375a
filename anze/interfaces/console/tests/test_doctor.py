"""Each thing the doctor looks for is broken once, and named."""

from __future__ import annotations

import json
from collections import namedtuple
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from anze.interfaces.console.doctor import Level, examine, machine, storage, work
from anze.interfaces.console.kinds import BACKED_UP
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.files import services as files
from anze.kernel.files import store
from anze.kernel.files.models import StoredFile
from anze.kernel.files.tests import corpus
from anze.kernel.ledger import checkpoints, keys, sequencer, spool
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.testing import lifted
from anze.kernel.ledger.witness import init as witness_init
from anze.kernel.work import sweep
from anze.kernel.work.models import Job, JobState, SweepRun

FACTS = {"size": 0, "root": "0", "bytes": 0, "parts": 0, "keys": False, "damaged": 0}


@pytest.fixture
def home(settings, tmp_path, db):
    """A sound home: private keys, a backup an hour ago, a sweep a moment ago."""
    settings.ANZE_HOME, settings.MEDIA_ROOT = tmp_path, tmp_path / "files"
    settings.ANZE_WITNESSES = []
    settings.ALLOWED_HOSTS = ["localhost"]
    keys.ring()
    before = Ctx.system(clock.now() - timedelta(hours=1))
    ledger.record(before, BACKED_UP.name, unit_id=None, facts=FACTS)
    sequencer.advance()
    sweep.run_sweep(all_hooks=True)
    return tmp_path


def found(check, ctx=None):
    """Return (level, what) of every finding of a check."""
    return [(one.level, one.what) for one in check(ctx or Ctx.system())]


def test_a_sound_home_has_nothing_for_today(home):
    every = [one for some in examine(Ctx.system()).values() for one in some]
    assert [one for one in every if one.level == Level.FAIL] == []
    assert [one.check for one in every] == ["witness"]


def test_every_finding_says_why_and_what_to_do(home, settings):
    settings.DEBUG = True
    with pytest.raises(CommandError, match="1 处要今天处理"):
        call_command("doctor", stdout=(out := StringIO()))
    assert "✗ 设置：ANZE_DEBUG 开着" in out.getvalue()
    assert "要紧：" in out.getvalue()
    assert "怎么办：去掉 ANZE_DEBUG" in out.getvalue()


def test_json_is_for_machines(home, settings):
    settings.ALLOWED_HOSTS = ["*"]
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert said["ok"] is False
    assert {"check", "level", "what", "why", "do"} == set(said["findings"][0])
    assert {"keys", "ledger", "backups", "sweep"} <= set(said["checks"])


@pytest.mark.parametrize(("free", "levels"), [(1 << 40, []), (1 << 30, ["warn"]), (9, ["fail"])])
def test_little_space_is_a_warning_and_none_a_failure(home, monkeypatch, free, levels):
    usage = namedtuple("usage", "free")(free)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path: usage)
    assert [level for level, _ in found(machine.disk)] == levels


def test_a_clock_behind_what_was_recorded_is_found(home):
    late = Ctx.system(clock.now() - timedelta(days=1))
    assert [level for level, _ in found(machine.time, late)] == ["fail"]
    assert found(machine.time) == []


@pytest.mark.parametrize(("name", "mode"), [("", 0o750), (keys.MASTER, 0o640)])
def test_keys_that_others_may_read_are_found(home, name, mode):
    path = home / "keys" / name
    path.chmod(mode)
    ((level, what),) = found(machine.key_files)
    assert level == "fail"
    assert f"{mode:04o}" in what


def test_a_broken_key_file_is_found(home):
    (home / "keys" / keys.MASTER).write_text("half a k")
    ((_, what),) = found(machine.key_files)
    assert "读不懂" in what


def test_a_public_name_without_https_is_found(home, settings):
    settings.ALLOWED_HOSTS = ["anze.example.org"]
    assert ("fail", "没有启用 https（ANZE_HTTPS）") in found(machine.unsafe)


def test_a_released_pack_that_was_changed_is_found(home, settings, tmp_path):
    import shutil

    shutil.copytree(settings.ANZE_PACKS, tmp_path / "packs")
    settings.ANZE_PACKS = tmp_path / "packs"
    assert found(machine.pack_files) == []
    path = tmp_path / "packs" / "wujin" / "2020.1" / "clauses.yaml"
    path.write_text(path.read_text() + "\n# changed\n")
    assert [what[:17] for _, what in found(machine.pack_files)] == ["制度包 wujin/2020.1："]


def test_missing_guards_are_found(home):
    assert found(storage.ledger) == []
    with lifted(connection):
        ((level, what),) = found(storage.ledger)
        assert level == "fail"
        assert "ledger_entry_no_update" in what


def test_entries_that_wait_too_long_and_spooled_alarms_are_found(home, monkeypatch):
    monkeypatch.setattr(sequencer, "advance_quietly", lambda: None)
    old = Ctx.system(clock.now() - timedelta(minutes=6))
    ledger.record(old, BACKED_UP.name, unit_id=None, facts=FACTS)
    spool.keep(old, BACKED_UP.name, {"facts": FACTS}, OSError("full"))
    (home / "spool" / "ledger.refused").write_text("{}\n")
    assert [level for level, _ in found(storage.ledger)] == ["fail", "warn", "warn"]


def test_a_missing_or_damaged_file_is_found(home, cast):
    import io

    row, _ = files.receive(cast.ctx("officer"), cast.primary.pk, io.BytesIO(corpus.picture()))
    assert found(storage.files) == []
    path = store.path_of(StoredFile.objects.get(pk=row.pk).stored_sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert [level for level, _ in found(storage.files)] == ["fail"]
    path.unlink()
    assert [level for level, _ in found(storage.files)] == ["fail"]


@pytest.mark.parametrize(("days", "levels"), [(0, []), (2, ["warn"]), (9, ["fail"])])
def test_an_old_backup_is_found(home, days, levels):
    later = Ctx.system(clock.now() + timedelta(days=days))
    assert [level for level, _ in found(storage.backups, later)] == levels


def test_no_backup_at_all_is_found(db):
    assert not Entry.objects.filter(kind=BACKED_UP.name).exists()
    assert found(storage.backups) == [("warn", "还没有备份过")]


def test_a_witness_that_is_silent_is_found(home, settings):
    assert found(storage.witness) == [("warn", "没有外部见证方")]
    key = witness_init(home / "w", "w.example.org/w1", [str(checkpoints.signer().key)]).key
    settings.ANZE_WITNESSES = [f"http://127.0.0.1:9 {key}"]
    assert found(storage.witness) == [("warn", "见证方还没有联署过")]


def test_jobs_nobody_takes_and_jobs_that_failed_are_found(home):
    now = clock.now()
    assert found(work.jobs) == []
    rows = {"key": "k", "created": now, "name": "exchange.commit"}
    Job.objects.create(**rows, not_before=now - timedelta(hours=1))
    Job.objects.create(**rows, not_before=now, finished=now, state=JobState.FAILED)
    assert [level for level, _ in found(work.jobs)] == ["fail", "warn"]


def test_periodic_work_that_is_late_or_fails_is_found(home):
    assert found(work.periodic) == []
    SweepRun.objects.filter(name="ledger.number").update(failure="ValueError()")
    later = Ctx.system(clock.now() + timedelta(days=2))
    assert [level for level, _ in found(work.periodic, later)] == ["fail", "fail"]


def test_a_check_that_stumbles_is_a_finding_itself(home, monkeypatch):
    monkeypatch.setattr(storage.guards, "missing", lambda: 1 / 0)
    (one,) = examine(Ctx.system())["ledger"]
    assert "这一项查不了：ZeroDivisionError" in one.what
