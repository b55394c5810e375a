"""A backup is whole or it is none, says what it holds, and can be lived in."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from anze.interfaces.console.backup import databases, keybox, making, manifest, restoring
from anze.interfaces.console.backup.manifest import BackupError
from anze.interfaces.console.kinds import BACKED_UP
from anze.kernel.bus.ctx import Ctx
from anze.kernel.files import store
from anze.kernel.ledger import keys, selectors, sequencer
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.work.tests.house import House

PASS = "十二个字的口令不能更短了吧"
WRITER = """
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import services as ledger
from anze.kernel.units import services as units
from datetime import date
print("ready", flush=True)
number = 0
while True:
    number += 1
    day = date(2020, 1, 1)
    units.register_unit(Ctx.system(), level="authority", name=f"局{number}", opened=day)
    print(number, flush=True)
"""


@pytest.fixture
def house(tmp_path):
    return House(tmp_path / "home")


@pytest.fixture
def writer(house):
    """Somebody who registers one body after another until the test is over."""
    child = house.child(WRITER)
    assert child.stdout.readline() == "ready\n"
    child.stdout.readline()
    yield child
    child.kill()
    child.wait()


def anze(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANZE_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "anze", *words], capture_output=True, text=True, check=False,
        env={**kept, "ANZE_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path), **more},
    )  # fmt: skip


def entries(home: Path) -> int:
    copy = databases.sqlite3.connect(home / "anze.sqlite3")
    try:
        return copy.execute("SELECT count(*) FROM ledger_entry").fetchone()[0]
    finally:
        copy.close()


def test_a_backup_made_while_others_write_is_restored_and_proved(house, writer, tmp_path):
    made = anze(house.folder, "backup", str(tmp_path / "kept"))
    assert made.returncode == 0, made.stderr
    assert "密钥    不在备份里" in made.stdout
    assert int(writer.stdout.readline()) > 0  # still writing
    (folder,) = making.whole(tmp_path / "kept")
    said = manifest.read(folder)
    assert said.size > 0
    new = tmp_path / "new"
    back = anze(
        house.folder, "restore", str(folder), "--home", str(new), "--keys",
        str(house.folder / "keys"),
    )  # fmt: skip
    assert back.returncode == 0, back.stdout + back.stderr
    assert f"存证    {said.size} 条，根与清单相符" in back.stdout
    assert said.size <= entries(new) < entries(house.folder)
    assert (new / "keys").stat().st_mode & 0o777 == 0o700


def test_a_killed_backup_leaves_nothing_that_looks_whole(house, tmp_path):
    kept = tmp_path / "kept"
    slow = """
    from pathlib import Path
    from anze.interfaces.console.backup import databases, making
    from anze.kernel.bus.ctx import Ctx
    import sys, time
    first = databases.dump
    def dump(target):
        size = first(target)
        print("dumped", flush=True)
        time.sleep(60)
        return size
    databases.dump = dump
    making.make(Ctx.system(), Path(sys.argv[1] if len(sys.argv) > 1 else {kept!r}))
    """.replace("{kept!r}", repr(str(kept)))
    child = house.child(slow)
    assert child.stdout.readline() == "dumped\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    left = [path for path in kept.iterdir() if path.is_dir()]
    assert len(left) == 1
    assert making.whole(kept) == []
    with pytest.raises(BackupError, match="不是完整的备份"):
        manifest.read(left[0])
    assert anze(house.folder, "backup", str(kept)).returncode == 0
    assert [path for path in kept.iterdir() if path.is_dir()] == making.whole(kept)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A backup with sealed keys of a home where three bodies were registered."""
    folder = tmp_path_factory.mktemp("sound")
    house = House(folder / "home")
    house.run(WRITER.replace("while True", "while number < 3"))
    said = anze(house.folder, "backup", str(folder / "kept"), "--keys", ANZE_BACKUP_PASSPHRASE=PASS)
    assert said.returncode == 0, said.stderr
    assert "已用口令封存" in said.stdout
    (made,) = making.whole(folder / "kept")
    return made


@pytest.fixture
def backed(sound, tmp_path):
    """A copy of it that a test may spoil."""
    return Path(shutil.copytree(sound, tmp_path / "kept" / sound.name))


@pytest.mark.parametrize("name", ["anze.sqlite3", "keys.sealed", "packs/wujin/2020.1/pack.yaml"])
def test_a_flipped_byte_is_refused_by_name(backed, tmp_path, name):
    data = bytearray((backed / name).read_bytes())
    data[len(data) // 2] ^= 1
    (backed / name).write_bytes(data)
    with pytest.raises(BackupError, match=name):
        restoring.restore(backed, tmp_path / "new", restoring.Keys(passphrase=PASS))
    assert not (tmp_path / "new").exists()


def test_a_missing_and_an_added_file_are_refused_by_name(backed, tmp_path):
    (backed / "packs/wujin/2020.1/LOCK").rename(backed / "packs/wujin/2020.1/LOCK2")
    with pytest.raises(BackupError) as caught:
        restoring.restore(backed, tmp_path / "new", restoring.Keys(passphrase=PASS))
    assert "LOCK：缺失" in str(caught.value)
    assert "LOCK2：清单里没有" in str(caught.value)


def test_a_manifest_that_states_another_ledger_is_not_believed(backed, tmp_path):
    said = json.loads((backed / manifest.NAME).read_text())
    said["root"] = "00" * 32
    (backed / manifest.NAME).write_text(json.dumps(said))
    with pytest.raises(BackupError, match="与清单"):
        restoring.restore(backed, tmp_path / "new", restoring.Keys(passphrase=PASS))


def test_a_home_that_holds_anything_is_never_written_into(backed, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "letter.txt").write_text("mine")
    with pytest.raises(BackupError, match="不是空的"):
        restoring.restore(backed, tmp_path / "new", restoring.Keys(passphrase=PASS))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["letter.txt"]


def test_keys_open_with_their_passphrase_only(backed, tmp_path):
    with pytest.raises(BackupError, match="口令不对"):
        restoring.restore(backed, tmp_path / "no", restoring.Keys(passphrase=PASS + "x"))
    with pytest.raises(BackupError, match="没有密钥"):
        restoring.restore(backed, tmp_path / "nokeys", restoring.Keys())
    _, proof = restoring.restore(backed, tmp_path / "yes", restoring.Keys(passphrase=PASS))
    assert proof.holds


def test_a_short_passphrase_is_refused(tmp_path):
    with pytest.raises(BackupError, match="12"):
        keybox.seal(tmp_path, "short")


@pytest.fixture
def home(settings, tmp_path, transactional_db):
    """This process's home with one stored file and one numbered entry."""
    settings.ANZE_HOME = tmp_path / "home"
    settings.MEDIA_ROOT = tmp_path / "home" / "files"
    (tmp_path / "home").mkdir()
    keys.ring()
    store.put(b"a photo")
    ledger.record(
        Ctx.system(), BACKED_UP.name, unit_id=None,
        facts={"size": 0, "root": "0", "bytes": 0, "parts": 0, "keys": False, "damaged": 0},
    )  # fmt: skip
    sequencer.advance()
    return tmp_path / "home"


def second(monkeypatch, number: int) -> None:
    """Let the clock of the backup's name stand at another second."""
    from datetime import UTC, datetime

    at = datetime(2026, 11, 1, 2, 0, number, tzinfo=UTC)
    monkeypatch.setattr("anze.kernel.bus.clock.now", lambda: at)


def test_the_copy_is_entered_in_the_ledger_with_its_size_and_root(home, tmp_path):
    made = making.make(Ctx.system(), tmp_path / "kept")
    entry = Entry.objects.filter(kind=BACKED_UP.name).latest("pk")
    assert entry.data["size"] == made.manifest.size == 1
    assert entry.data["root"] == selectors.root_at(1).hex()
    assert entry.data["keys"] is False
    assert manifest.check(made.folder, made.manifest) == []


def test_only_new_files_are_copied_and_old_backups_go(home, tmp_path, monkeypatch):
    second(monkeypatch, 1)
    first = making.make(Ctx.system(), tmp_path / "kept")
    store.put(b"another photo")
    second(monkeypatch, 2)
    then = making.make(Ctx.system(), tmp_path / "kept")
    assert (first.fresh, then.fresh) == (1, 1)
    name = f"files/{store.path_of(manifest.sha256_of(_photo(first))).relative_to(home / 'files')}"
    assert (first.folder / name).stat().st_ino == (then.folder / name).stat().st_ino
    second(monkeypatch, 3)
    last = making.make(Ctx.system(), tmp_path / "kept", keep=2)
    assert (last.removed, last.fresh) == (1, 0)
    assert making.whole(tmp_path / "kept") == [then.folder, last.folder]
    assert manifest.check(then.folder, then.manifest) == []


def _photo(made):
    (part,) = [one for one in made.manifest.parts if one.name.startswith("files/")]
    return made.folder / part.name


def test_a_damaged_file_is_left_out_and_named(home, tmp_path):
    (path,) = [one for one in (home / "files").rglob("*") if one.is_file()]
    path.write_bytes(b"a photO")
    with pytest.raises(CommandError, match="1 个材料已损坏"):
        call_command("backup", str(tmp_path / "kept"))
    (folder,) = making.whole(tmp_path / "kept")
    assert manifest.read(folder).damaged == [f"files/{path.relative_to(home / 'files')}"]


def test_a_backup_inside_the_home_is_refused(home):
    with pytest.raises(BackupError, match="数据目录里面"):
        making.make(Ctx.system(), home / "backups")


def test_two_backups_at_once_are_refused(home, tmp_path):
    with (
        making._alone(_made(tmp_path / "kept")),
        pytest.raises(BackupError, match="正有一份备份"),
    ):
        making.make(Ctx.system(), tmp_path / "kept")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_postgresql_is_restored_into_an_empty_database(home, tmp_path):
    if connection.vendor != "postgresql":
        pytest.skip("the other database has its own tests above")
    made = making.make(Ctx.system(), tmp_path / "kept")
    parts = connection.settings_dict
    base = f"postgresql://{parts['USER']}@{parts['HOST']}:{parts['PORT']}"
    name = f"anze_restore_{uuid4().hex[:8]}"
    with psycopg.connect(f"{base}/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            with pytest.raises(BackupError, match="--database"):
                restoring.restore(made.folder, tmp_path / "x", restoring.Keys(home / "keys"))
            _, proof = restoring.restore(
                made.folder, tmp_path / "new", restoring.Keys(home / "keys"),
                database=f"{base}/{name}",
            )  # fmt: skip
            assert proof.holds
            assert proof.size == made.manifest.size
            with pytest.raises(BackupError, match="已经有表"):
                databases.load(made.folder / "database.dump", tmp_path, f"{base}/{name}")
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
