"""The documents name only what exists, and leave out nothing that must be said."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from anze.kernel.packs import loader
from anze.kernel.packs.kinds import core

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".venv", ".git", "home", "vendor", "node_modules", "var", "dist"}
OPERATIONS = ROOT / "docs" / "operations.md"
GUIDES = sorted((ROOT / "docs" / "guide").glob("*.md"))
ROOM_GUIDES = sorted(ROOT.glob("anze/domains/*/guide.md"))
WALKS = [ROOT / "docs" / name for name in ("architecture.md", "follow-one-drill.md")]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
FENCED = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
PATH = re.compile(r"(?:anze|packs|tests|scripts|docs|bench|deploy)/[\w./-]+")
NAMED = re.compile(r"`([A-Za-z_][\w-]*)`(?: in|\s*\()\s*`((?:anze|packs)/[\w./-]+)`")
VARIABLE = re.compile(r"\bANZE_[A-Z][A-Z_]*[A-Z]\b")
# A name that a test smuggles into a child process to see that it does not arrive.
DECOYS = {"ANZE_SECRET_KEY"}
ADDRESS = re.compile(r"`(/(?:[a-z][\w.-]*/)+)`")


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def documents() -> list[Path]:
    found = (path for path in ROOT.rglob("*.md"))
    return sorted(path for path in found if not SKIPPED & set(path.relative_to(ROOT).parts))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    """The document without its blocks of code."""
    return FENCED.sub("", text(path))


def files(*folders: str, ends: tuple[str, ...] = (".py",), tests: bool = False) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and (path.suffix in ends or "" in ends and not path.suffix):
                parts = set(path.relative_to(ROOT).parts)
                if not SKIPPED & parts and (tests or "tests" not in parts):
                    yield path


def anchors(path: Path) -> set[str]:
    """The fragments that headings give, as forges make them."""
    heads = HEADING.findall(prose(path))
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", documents(), ids=name)
def test_every_relative_link_leads_somewhere(path):
    dead = []
    for link in LINK.findall(prose(path)):
        target, _, fragment = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        there = (path.parent / target).resolve() if target else path
        if not there.exists() or (fragment and fragment not in anchors(there)):
            dead.append(link)
    assert dead == []


@pytest.mark.parametrize("path", [*WALKS, ROOT / "CONTRIBUTING.md", OPERATIONS], ids=name)
def test_every_path_named_exists(path):
    named = {found for code in CODE.findall(prose(path)) for found in PATH.findall(code)}
    assert {one for one in named if not (ROOT / one).exists()} == set()
    assert named


def test_every_name_of_the_walk_stands_in_the_file_it_is_said_to():
    pairs = NAMED.findall(text(ROOT / "docs" / "follow-one-drill.md"))
    wrong = [f"{one} in {path}" for one, path in pairs if not _defines(ROOT / path, one)]
    assert wrong == []
    assert len(pairs) > 20


def test_the_walk_names_nothing_that_its_files_do_not_hold():
    walk = text(ROOT / "docs" / "follow-one-drill.md")
    held = "\n".join(text(ROOT / path) for path in set(PATH.findall(walk)))
    words = {code for code in CODE.findall(walk) if re.fullmatch(r"[A-Za-z_]\w*", code)}
    assert {word for word in words if not re.search(rf"\b{word}\b", held)} == set()


def _defines(path: Path, one: str) -> bool:
    if path.suffix == ".yaml":
        return bool(re.search(rf"ref: {re.escape(one)}\b", text(path)))
    made = rf"^\s*(?:def|class) {one}\b|^{one}\b.*=|name=\"{one}\""
    return bool(re.search(made, text(path), re.MULTILINE))


def test_every_variable_the_code_reads_is_documented():
    read = {
        found
        for path in files("anze", "scripts", "tests", "bench", ends=(".py", ""), tests=True)
        for found in VARIABLE.findall(text(path))
    }
    documented = set(VARIABLE.findall(text(OPERATIONS)))
    assert read - documented - DECOYS == set()


def test_no_variable_is_documented_that_nothing_reads():
    read = "\n".join(
        text(p) for p in files("anze", "scripts", "tests", ends=(".py", ""), tests=True)
    )
    documented = {found for path in documents() for found in VARIABLE.findall(text(path))}
    assert {one for one in documented if one not in read} == set()


def own_commands() -> list[str]:
    return sorted(one for one, app in get_commands().items() if str(app).startswith("anze."))


@pytest.mark.parametrize("command", own_commands())
def test_every_command_is_described(command):
    told = text(OPERATIONS) + text(ROOT / "anze" / "interfaces" / "console" / "README.md")
    assert re.search(rf"anze {command}\b", told)


def test_no_command_is_named_that_does_not_exist():
    known = {*get_commands(), "help"}
    planned = set(re.findall(r"`anze (\w+)`", text(OPERATIONS).partition("## Not there yet")[2]))
    named = {
        found
        for path in documents()
        for code in [*CODE.findall(prose(path)), *FENCED.findall(text(path))]
        for found in re.findall(r"(?:^|\s|bin/)anze ([a-z]+)\b", code, re.MULTILINE)
    }
    assert named - known - planned == set()


def glossary() -> list[str]:
    rows = re.findall(r"^\|[^|]+\|([^|]+)\|", text(ROOT / "docs" / "glossary.md"), re.MULTILINE)
    return [one for row in rows for one in CODE.findall(row)]


@cache
def whole_source() -> str:
    return "\n".join(text(path) for path in files("anze", "packs", ends=(".py", ".yaml")))


@pytest.mark.parametrize("identifier", glossary())
def test_an_identifier_of_the_glossary_occurs_in_code_or_packs(identifier):
    assert re.search(rf"(?<![\w.]){re.escape(identifier)}(?!\w)", whole_source())


def test_the_glossary_says_each_word_once():
    rows = re.findall(r"^\| ([^|]+) \|", text(ROOT / "docs" / "glossary.md"), re.MULTILINE)
    words = [row for row in rows if row not in ("中文", "---")]
    assert sorted(words) == sorted(set(words))
    assert len(words) > 50


@pytest.mark.parametrize("path", [*GUIDES, *ROOM_GUIDES, OPERATIONS], ids=name)
def test_a_guide_names_no_page_that_does_not_exist(path):
    dead = []
    for address in ADDRESS.findall(prose(path)):
        try:
            resolve(address)
        except Resolver404:
            dead.append(address)
    assert [one for one in dead if not one.startswith(("/etc/", "/var/", "/opt/"))] == []


def test_every_guide_is_reached_from_the_index():
    index = text(ROOT / "docs" / "guide" / "index.md")
    assert [path.name for path in GUIDES if path.name not in index and path.stem != "index"] == []


def test_the_index_lists_the_guides_that_domains_bring():
    from scripts import make_domain

    index = text(ROOT / "docs" / "guide" / "index.md")
    assert f"{make_domain.BEGIN}\n{make_domain.index_lines()}{make_domain.END}" in index, (
        "run scripts/domain --index"
    )


def test_every_decision_is_listed_with_its_status():
    folder = ROOT / "docs" / "adr"
    records = sorted(path for path in folder.glob("0*.md"))
    assert [path.name for path in records if path.name not in text(folder / "README.md")] == []
    for path in records:
        for part in ("**Context.**", "**Decision.**", "**Consequences.**", "**Status.**"):
            assert part in text(path), f"{path.name}: {part}"


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "pictures").glob("*")), ids=name)
def test_a_picture_is_small_and_shown_somewhere(path):
    assert path.stat().st_size < 150_000
    assert any(path.name in text(document) for document in documents())


def test_the_worked_example_of_a_pack_loads_without_a_warning(tmp_path):
    guide = text(ROOT / "docs" / "guide" / "packs-author.md")
    shutil.copytree(ROOT / "packs" / "national", tmp_path / "national")
    folder = tmp_path / "qinghe" / "2027.1"
    for file, content in re.findall(r"```yaml\n# (\S+)\n(.*?)```", guide, re.DOTALL):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(content, encoding="utf-8")
    found = loader.load(folder, kinds=core())
    assert found.warnings == ()
    assert found.pack.requirements[0].met_by.entry == "qinghe.gate_check"


@pytest.fixture
def console(tmp_path, monkeypatch):
    """A home of its own, and a way to run ``anze`` and the recipes on it."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    anze = bin_ / "anze"
    anze.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m anze "$@"\n')
    anze.chmod(0o755)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ANZE_")}
    surroundings = clean | {
        "PATH": f"{bin_}:{os.environ['PATH']}",
        "ANZE_HOME": str(tmp_path / "anze-home"),
        "DJANGO_SETTINGS_MODULE": "anze.config.settings",
    }

    def run(script: str, **changed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", script], cwd=ROOT, env=surroundings | changed, text=True,
            capture_output=True, check=False,
        )  # fmt: skip

    return run


def recipe(heading: str, language: str) -> str:
    """Return the first block of a language under a heading of the operations page."""
    section = text(OPERATIONS).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found, f"no {language} under {heading}"
    return found[1]


def test_a_district_is_founded_and_its_backup_verified_as_the_page_says(console, tmp_path):
    made = console(f"{recipe('Founding a district', 'sh')} anze sweep --all && anze duties status")
    assert made.returncode == 0, made.stderr
    for account in ("desk", "sysadmin", "secadmin", "auditor"):
        assert re.search(rf"^ *{account} +\S+$", made.stdout, re.MULTILINE)
    copy = tmp_path / "copy"
    script = recipe("Backup", "bash").replace("/var/tmp/anze-restored", str(copy))
    script = script.replace("/var/backups/anze", str(tmp_path / "backups"))
    saved = console(script)
    assert saved.returncode == 0, saved.stderr
    assert "各表与存证相符" in saved.stdout
    checked = console("anze ledger verify && anze duties replay", ANZE_HOME=str(copy))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "属实" in checked.stdout
    assert "差异 0 处" in checked.stdout
