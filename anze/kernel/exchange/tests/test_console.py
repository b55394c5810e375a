"""The console and the killed process, on a real file."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from anze.kernel.exchange.tests import books
from anze.kernel.work.tests.house import House

DISTRICT = """
from anze.kernel.exchange.tests.districts import district
district()
"""
COUNTS = """
from anze.kernel.ledger.models import Entry
from anze.kernel.people.models import Holding, User
from anze.kernel.units.models import Unit
units = Unit.objects.filter(level="unit").count()
campuses = Unit.objects.filter(level="campus").count()
entries = Entry.objects.filter(kind="exchange.imported").count()
print(units, campuses, User.objects.count(), Holding.objects.count(), entries)
"""


def command(*words: str) -> str:
    return f"from django.core.management import call_command\ncall_command(*{words!r})\n"


def campuses(house: House) -> int:
    """Look into the file from outside, quicker than a new process could."""
    with closing(sqlite3.connect(house.folder / "anze.sqlite3", timeout=20)) as base:
        return base.execute("SELECT count(*) FROM units_unit WHERE level = 'campus'").fetchone()[0]


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path / "home")
    house.run(DISTRICT)
    return house


def save(folder: Path, rows: list[books.Line]) -> str:
    path = folder / "名册.xlsx"
    path.write_bytes(books.workbook(rows))
    return str(path)


def test_a_dry_run_names_the_faults_and_writes_nothing(house: House, tmp_path: Path):
    rows = books.lines(5)
    rows[2]["pupils"] = -1
    words = command(
        "roster", "import", save(tmp_path, rows), "--district", "青禾区教育局", "--dry-run"
    )
    child = house.child(words)
    out, err = child.communicate(timeout=120)
    assert child.returncode != 0
    assert f"名册!J{books.FIRST + 2}\t学生数不能是负数" in out
    assert "有错，没有写入任何内容" in err
    assert house.run(COUNTS) == "0 0 0 0 0"


def test_an_import_killed_in_the_middle_is_finished_by_the_next_sweep(house: House, tmp_path: Path):
    path = save(tmp_path, books.lines(60))
    child = house.child(command("roster", "import", path, "--district", "青禾区教育局"))
    until = time.monotonic() + 90
    while campuses(house) < 3:
        assert child.poll() is None, "it ended too early to prove anything"
        assert time.monotonic() < until
        time.sleep(0.02)
    child.kill()
    child.wait()
    half = campuses(house)
    assert 0 < half < 60
    # What the lease would do in a minute.
    house.run(
        "from anze.kernel.work.models import Job\n"
        "from django.utils import timezone\n"
        "Job.objects.filter(state='running').update(lease_until=timezone.now())\n"
        "from anze.kernel.work import jobs\nprint(jobs.run_waiting())"
    )
    assert house.run(COUNTS) == "55 60 110 110 1"
