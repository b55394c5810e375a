"""The rooms: what may lean on what, and what nobody may do."""

from __future__ import annotations

import ast
import re
from itertools import combinations
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignObject

from anze.config import modules

ROOT = Path(__file__).resolve().parents[2]
KERNEL = [
    "bus",
    "ledger",
    "units",
    "people",
    "files",
    "work",
    "packs",
    "outbox",
    "forms",
    "exchange",
    "documents",
    "web",
]
# Rooms that stand side by side: neither may lean on the other.
BESIDE = {frozenset(pair) for pair in combinations(("documents", "exchange", "forms"), 2)}
FLOORS = ["lib", "kernel", "engines", "domains", "interfaces", "config"]
LIMIT = 500


def sources() -> list[Path]:
    return [p for p in (ROOT / "anze").rglob("*.py") if "migrations" not in p.parts]


def height(app: str) -> tuple[int, int]:
    """Return (floor, place on the kernel's stair) of a room's dotted name."""
    _, floor, room = app.split(".")[:3]
    return FLOORS.index(floor), KERNEL.index(room) if floor == "kernel" else 0


def own_relations():
    for model in apps.get_models():
        if model.__module__.startswith("anze."):
            for field in model._meta.get_fields(include_hidden=False):
                if isinstance(field, ForeignObject) and field.concrete:
                    target = field.related_model
                    if target.__module__.startswith("anze."):
                        yield model, field, target


def test_relations_between_models_point_only_downward():
    wrong = []
    for model, field, target in own_relations():
        here, there = model.__module__, target.__module__
        if here.split(".")[1:3] == there.split(".")[1:3]:
            continue
        pair = frozenset({here.split(".")[2], there.split(".")[2]})
        if height(there) >= height(here) or pair in BESIDE:
            wrong.append(f"{model.__name__}.{field.name} → {target.__name__}")
    assert wrong == []


def test_every_room_that_is_open_has_its_readme():
    missing = [
        dotted
        for dotted in modules.installed_apps()
        if not (ROOT / dotted.replace(".", "/") / "README.md").exists()
    ]
    assert missing == []


def test_files_stay_small():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources()
        if (lines := len(path.read_text().splitlines())) > LIMIT
    }
    assert long == {}


def calls_of(name: str) -> set[str]:
    found = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
                found.add(str(path.relative_to(ROOT / "anze")))
    return found


def test_only_the_demonstration_and_tests_travel_in_time():
    outside = {p for p in calls_of("clock.travel") if "/tests/" not in p}
    assert {p for p in outside if not p.startswith("interfaces/console/")} == set()


@pytest.mark.parametrize("name", ["datetime.now", "timezone.now", "date.today", "datetime.today"])
def test_nobody_but_the_clock_asks_the_system_for_the_time(name):
    outside = {p for p in calls_of(name) if "/tests/" not in p}
    assert outside - {"kernel/bus/clock.py"} - _own_clock(name) == set()


def _own_clock(name: str) -> set[str]:
    # The witness is a program of its own that imports nothing of Anze.
    return {"kernel/ledger/witness.py"}


def test_no_raw_sql_outside_guards_and_locks():
    allowed = re.compile(
        r"ledger/(guards|testing|sequencer|tree|verify|checks)|tests/|units/walk|bench"
    )
    wrong = {
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(r"\.raw\(|\.extra\(|RawSQL", path.read_text())
        and not allowed.search(str(path))
    }
    assert wrong == set()


def test_nothing_names_a_place_it_was_made_in():
    """No path of a machine, no registry address in what is kept."""
    paths, registries = r"(?<![\w.}])(/work/|/root/|/home/[a-z]+/)", r"pypi\.org|registry\.npmjs"
    telling = re.compile(f"{paths}|{registries}|deb\\.debian")
    kept = [
        path
        for pattern in ("*.py", "*.md", "*.toml", "*.lock", "*.yaml", "*.json", "*.html", "*.js")
        for path in ROOT.rglob(pattern)
        if not {".venv", "vendor", "home", ".git", "node_modules"} & set(path.parts)
        and path != Path(__file__)
    ]
    assert {str(path) for path in kept if telling.search(path.read_text(errors="replace"))} == set()
