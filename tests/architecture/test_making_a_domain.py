"""``make domain``: one folder and one line give a room that passes everything the others pass."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.tree

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", "home", "var", "dist", "__pycache__", ".ruff_cache", ".import_linter_cache",
    "*.sqlite3*", "soak", "node_modules",
)  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Path:
    """A copy of the tree, to be built on."""
    copy = tmp_path_factory.mktemp("making") / "house"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT, symlinks=True)
    return copy


def run(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, as if it were installed."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ANZE_")}
    surroundings = {**kept, "PYTHONPATH": str(house), "ANZE_HOME": str(house / "home")}
    surroundings.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        [sys.executable, *words], cwd=house, env=surroundings, capture_output=True, text=True
    )


def make(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(house, "scripts/make_domain.py", *words)


def tree(house: Path) -> dict[str, str]:
    return {
        str(path.relative_to(house)): path.read_text("utf-8")
        for folder in ("anze/config", "anze/domains", "docs/guide", "tests/api")
        for path in (house / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


BAD = {
    "nothing": ((), "要给 name"),
    "no title": (("name=canteen",), "要给 name"),
    "unknown word": (("name=canteen", "title=食堂", "colour=red"), "不认识"),
    "capitals": (("name=Canteen", "title=食堂"), "小写英文字母"),
    "a path": (("name=../canteen", "title=食堂"), "小写英文字母"),
    "too long": (("name=" + "a" * 17, "title=食堂"), "3 至 16"),
    "a word of Python": (("name=class", "title=班级"), "关键字"),
    "no Chinese": (("name=canteen", "title=food"), "汉字"),
    "a quote in the title": (("name=canteen", 'title=食"堂'), "汉字"),
    "there already": (("name=facilities", "title=设施"), "不覆盖"),
    "a room of another floor": (("name=duties", "title=履职"), "不覆盖"),
    "an address of the portal": (("name=plan", "title=方案"), "网页地址"),
    "a permission there is": (("name=contacts", "title=通讯录"), "重名"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_name_that_cannot_be_is_refused_in_a_sentence_and_nothing_is_made(house, case):
    words, said = BAD[case]
    before = tree(house)
    answer = make(house, *words)
    assert (answer.returncode, said in answer.stderr) == (2, True), answer.stderr
    assert "Traceback" not in answer.stderr
    assert "make domain name=canteen" in answer.stderr
    assert tree(house) == before


# As long as names may be, so that no line of the template grows over its edge.
def test_a_new_domain_passes_everything_and_is_a_folder_and_a_line(house):
    before = tree(house)
    made = make(house, "name=nightly_watching", "title=寄宿学生夜间值守", "noun=夜间值守巡查记录")
    assert made.returncode == 0, made.stdout + made.stderr
    after = tree(house)
    folder = "anze/domains/nightly_watching/"
    changed = {
        path for path in after if after[path] != before.get(path) and not path.startswith(folder)
    }
    # One line by hand's place; the other two are generated.
    assert changed == {"anze/config/modules.py", "docs/guide/index.md", "tests/api/openapi.json"}
    lines = set(after["anze/config/modules.py"].splitlines())
    assert lines - set(before["anze/config/modules.py"].splitlines()) == {'    "nightly_watching",'}
    checks = [
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "ruff", "check", "."),
        ("-m", "mypy", "anze/domains/nightly_watching"),
        ("-c", "from importlinter.cli import lint_imports_command as l; l()"),
        ("-m", "anze", "makemigrations", "--check", "--dry-run"),
        ("-m", "anze", "check"),
        ("-m", "pytest", "-q", folder, "tests/access/test_table.py", "tests/access/test_routes.py",
         "tests/queries/test_rooms.py", "tests/docs/test_docs.py::test_every_guide_is_reached_from_"
         "the_index", "tests/docs/test_docs.py::test_the_index_lists_the_guides_that_domains_bring",
         "tests/api/test_document.py", "tests/api/test_scope.py",
         "tests/architecture/test_rooms.py"),
    ]  # fmt: skip
    for words in checks:
        done = run(house, *words)
        assert done.returncode == 0, f"{words}\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
    again = make(house, "name=nightly_watching", "title=夜间值守")
    assert (again.returncode, "不覆盖" in again.stderr) == (2, True)


def test_its_page_stands_in_the_menu(house):
    script = (
        "import django; django.setup()\n"
        "from anze.kernel.web import nav\n"
        "from anze.kernel.people import table\n"
        "print([one.label for one in nav.entries() if one.key == 'nightly_watching'],"
        " sorted(table.TABLE['nightly_watching.record']))"
    )
    shown = run(
        house,
        "-c",
        f"import os; os.environ['DJANGO_SETTINGS_MODULE']='anze.config.testing'\n{script}",
    )
    assert shown.stdout.strip() == "['寄宿学生夜间值守'] ['safety_officer', 'unit_head']", (
        shown.stderr
    )
