"""The unit files that ship are ones systemd takes, and start commands that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
SERVICES = [path for path in UNITS if path.suffix == ".service"]
WALLS = {"NoNewPrivileges": "true", "ProtectSystem": "strict", "PrivateTmp": "true"}


def read(path: Path) -> ConfigParser:
    unit = ConfigParser(strict=True, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(path.read_text())
    return unit


def name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", UNITS, ids=name)
def test_systemd_takes_it(path, tmp_path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed; the other tests parse the file")
    for one in UNITS:
        text = one.read_text().replace("/opt/anze/.venv/bin/anze", "/bin/true")
        (tmp_path / one.name).write_text(text)
    target = tmp_path / path.name.replace("@.", "@8001.")
    if not target.exists():
        shutil.copy(tmp_path / path.name, target)
    done = subprocess.run([program, "verify", str(target)], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "anze" in line]
    assert [line for line in ours if "is not executable" not in line] == []


@pytest.mark.parametrize("path", SERVICES, ids=name)
def test_it_starts_a_command_that_exists_with_options_it_knows(path):
    line = read(path)["Service"]["ExecStart"].replace("%i", "8001")
    program, command, *words = line.split()
    assert program == "/opt/anze/.venv/bin/anze"
    found = load_command_class(get_commands()[command], command)
    found.create_parser("anze", command).parse_args(words)


@pytest.mark.parametrize("path", SERVICES, ids=name)
def test_it_is_walled_in_and_runs_as_nobody_special(path):
    service = read(path)["Service"]
    assert service["User"] == "anze"
    assert {key: service[key] for key in WALLS} == WALLS
    assert service["UMask"] == "0077"


def test_the_timer_starts_the_backup():
    assert (DEPLOY / "anze-backup.service").exists()
    assert "OnCalendar" in read(DEPLOY / "anze-backup.timer")["Timer"]


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("*.conf")), ids=name)
def test_nginx_passes_on_who_asks_and_hides_the_metrics(path):
    text = path.read_text()
    assert text.count("{") == text.count("}")
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert re.search(r"location = /-/metrics \{ return 404; \}", text)
