"""A disk that is really full: reading goes on, writing says no, and comes back by itself."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import requests

from tests.faults.onslaught import CSRF, Onslaught


@pytest.fixture
def small(tmp_path):
    """A disk of 24 MB in memory; only root can make one."""
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("a small disk can only be mounted by root")
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=False)


@pytest.fixture
def served(small):
    """A server on it, and the port it listens to."""
    war = Onslaught(small / "home", 7)
    pid, port = war._start()
    yield war, port
    os.kill(pid, signal.SIGKILL)
    war.close()


def fill(disk: Path) -> Path:
    """Fill a disk to its last byte; return the file that did it."""
    path = disk / "ballast"
    with path.open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(b"\1" * size)
            except OSError:
                size //= 2
    assert shutil.disk_usage(disk).free == 0
    return path


def get(war: Onslaught, port: int, path: str) -> requests.Response:
    cookies = {"sessionid": war.known["cookies"]["officer"], "csrftoken": CSRF}
    return requests.get(f"http://127.0.0.1:{port}{path}", cookies=cookies, timeout=30)


def test_on_a_full_disk_one_reads_on_and_writes_again_once_there_is_room(served, small):
    war, port = served
    while not war.heard.handed_in:
        war._hand_in(port)
    ballast = fill(small)
    for _ in range(20):  # what the log of writes still has room for is written, and kept
        if not war._hand_in(port):
            break
    assert war.heard.refused[0].startswith("submission 503")
    assert "系统暂时只读" in war.heard.refused[0]
    assert get(war, port, "/api/v1/submissions").status_code == 200
    assert get(war, port, "/-/ready").json() == {
        "ready": True, "database": True, "migrated": True, "guarded": True, "read_only": True,
    }  # fmt: skip
    ballast.unlink()
    freed = time.monotonic()
    while not war._hand_in(port):
        assert time.monotonic() - freed < 60
        time.sleep(1)
    while get(war, port, "/-/ready").json()["read_only"]:
        assert time.monotonic() - freed < 60
        time.sleep(1)
    stored = {one for (one,) in war.rows("SELECT id FROM forms_submission")}
    assert {one.replace("-", "") for one in war.heard.handed_in} <= stored
