"""Make a new domain: a folder that passes every check, to be filled in.

    scripts/domain name=canteen title=食堂 noun=陪餐记录

What it makes is what stands in ``scripts/domain_template``; what it changes besides is one line in
``anze/config/modules.py`` and what is generated: migration, OpenAPI snapshot, query baselines, the
list of guides.
"""

from __future__ import annotations

import keyword
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from string import Template

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "scripts" / "domain_template"
INDEX = ROOT / "docs" / "guide" / "index.md"
BEGIN, END = "<!-- guides of the domains: scripts/domain writes this -->", "<!-- end -->"
USAGE = "用法：make domain name=canteen title=食堂 noun=陪餐记录（noun 可省）"
# Indexes are named after the room, and a name of an index has 30 characters at most.
LONGEST = 16
CHINESE = re.compile(r"[一-龥A-Za-z0-9·]{2,8}")


class BadName(ValueError):
    """What was asked for cannot be made; the words say why and what would do."""


@dataclass(frozen=True)
class Wanted:
    """A domain to be made: its folder, and what people call it and one line of it."""

    name: str
    title: str
    noun: str

    @property
    def words(self) -> dict[str, str]:
        """What the templates name."""
        model = "".join(part.capitalize() for part in self.name.split("_"))
        slug = self.name.replace("_", "-")
        return {**vars(self), "slug": slug, "model": model, "short": self.name}


def main(given: list[str]) -> int:
    """Make what is asked for; say in one sentence what is wrong with it otherwise."""
    os.chdir(ROOT)
    try:
        if given == ["--index"]:
            write_index()
            return 0
        wanted = read(given)
        check(wanted)
    except BadName as bad:
        print(f"{bad}\n{USAGE}", file=sys.stderr)
        return 2
    write(wanted)
    add_line(wanted.name)
    write_index()
    generate(wanted.name)
    print(told(wanted))
    return 0


def read(given: list[str]) -> Wanted:
    """Return what was asked for; BadName for an unknown or missing word."""
    parts = dict(one.split("=", 1) for one in given if "=" in one)
    if unknown := [one for one in given if one.split("=")[0] not in ("name", "title", "noun")]:
        raise BadName(f"不认识 {unknown[0]!r}")
    name, title = parts.get("name", "").strip(), parts.get("title", "").strip()
    if not name or not title:
        raise BadName("要给 name（英文，做文件夹和地址）和 title（中文，做菜单）")
    return Wanted(name, title, parts.get("noun", "").strip() or f"{title}记录")


def check(wanted: Wanted) -> None:
    """Raise BadName for what cannot be a name, is taken, or would hide another address."""
    name = wanted.name
    if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name) or not 3 <= len(name) <= LONGEST:
        raise BadName(f"name={name!r}：只能用小写英文字母和下划线，3 至 {LONGEST} 个字符")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise BadName(f"name={name!r} 是 Python 的关键字，换一个")
    for key, text in (("title", wanted.title), ("noun", wanted.noun)):
        if not CHINESE.fullmatch(text) or not re.search(r"[一-龥]", text):
            raise BadName(f"{key}={text!r}：用 2 至 8 个汉字，不含标点")
    for floor in ("kernel", "engines", "domains", "interfaces"):
        if (ROOT / "anze" / floor / name).exists():
            raise BadName(f"anze/{floor}/{name} 已经有了，不覆盖；换一个名字，或先删掉那个文件夹")
    if where := taken(wanted):
        raise BadName(f"name={name!r} 与已有的{where}重名，换一个")


def taken(wanted: Wanted) -> str:
    """Return in words what else already has this name in the running house; empty for nothing."""
    slug = wanted.words["slug"]
    script = (
        "import django; django.setup()\n"
        "from django.apps import apps\n"
        "from django.urls import get_resolver\n"
        "from anze.interfaces.api.v1 import api\n"
        "from anze.kernel.ledger import kinds\n"
        "from anze.kernel.people import table\n"
        "from anze.kernel.web import nav\n"
        f"name, slug = {wanted.name!r}, {slug!r}\n"
        "first = {str(one.pattern).split('/')[0] for one in get_resolver().url_patterns}\n"
        "first |= {str(two.pattern).split('/')[0] for one in get_resolver().url_patterns\n"
        "          if not str(one.pattern) for two in getattr(one, 'url_patterns', ())}\n"
        "paths = {path.split('/')[3] for path in api.get_openapi_schema()['paths']}\n"
        "codes = [*table.TABLE, *table.SIGNED_IN, *table.ANYBODY]\n"
        "codes = {code.split('.')[0] for code in codes}\n"
        "labels = {one.label for one in apps.get_app_configs()}\n"
        "entries = {one.key for one in nav.entries()}\n"
        "recorded = {one.split('.')[0] for one in kinds._kinds}\n"
        "for words, there in (('应用', name in labels), ('网页地址', slug in first),\n"
        "    ('接口地址', slug in paths), ('权限', name in codes), ('菜单', name in entries),\n"
        "    ('存证种类', name in recorded)):\n"
        "    if there: print('TAKEN', words); break\n"
    )
    # Whatever else the house prints while it starts is not the answer.
    said = [one for one in run("-c", script).splitlines() if one.startswith("TAKEN ")]
    return said[0].removeprefix("TAKEN ") if said else ""


def write(wanted: Wanted) -> None:
    """Write the folder."""
    folder = ROOT / "anze" / "domains" / wanted.name
    for source in sorted(TEMPLATE.rglob("*.tmpl")):
        place = source.relative_to(TEMPLATE).with_suffix("")
        if place.parts[0] == "templates":
            place = Path("templates", wanted.name, *place.parts[1:])
        target = folder / str(place).replace("NAME", wanted.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template(source.read_text("utf-8")).substitute(wanted.words), "utf-8")


def add_line(name: str) -> None:
    """Put the room at the end of ``DOMAINS``."""
    path = ROOT / "anze" / "config" / "modules.py"
    before, begin, rest = path.read_text("utf-8").partition("DOMAINS = [\n")
    rooms, end, after = rest.partition("]\n")
    path.write_text(f'{before}{begin}{rooms}    "{name}",\n{end}{after}', "utf-8")


def write_index() -> None:
    """Write the list of the domains' own guides into the index of guides."""
    before, _, rest = INDEX.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    INDEX.write_text(f"{before}{BEGIN}\n{index_lines()}{END}{after}", "utf-8")


def index_lines() -> str:
    """Return one line for each domain that brings a guide: its title with a link."""
    guides = sorted(ROOT.glob("anze/domains/*/guide.md"))
    titles = [path.read_text("utf-8").splitlines()[0].removeprefix("# ") for path in guides]
    return "".join(
        f"- [{title}](../../{path.relative_to(ROOT).as_posix()})\n"
        for title, path in zip(titles, guides, strict=True)
    )


def generate(name: str) -> None:
    """Let the tools write what is theirs: order of imports, migration, snapshot, baselines."""
    folder = f"anze/domains/{name}"
    run("-m", "ruff", "check", "--quiet", "--fix", "--exit-zero", folder)
    run("-m", "ruff", "format", "--quiet", folder)
    run("-m", "anze", "makemigrations", name)
    snapshot = "tests/api/test_document.py::test_the_document_is_the_one_clients_know"
    run("-m", "pytest", "-q", snapshot, more={"ANZE_API_SNAPSHOT": "write"})
    counted = ("tests/queries/test_rooms.py", "-k", f"{name} and small")
    run("-m", "pytest", "-q", *counted, more={"ANZE_BASELINES": "write"})


def run(*words: str, more: dict[str, str] | None = None) -> str:
    """Run Python in the house and return what it says; a failure is shown and ends the program."""
    surroundings = {"DJANGO_SETTINGS_MODULE": "anze.config.testing", **os.environ, **(more or {})}
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=surroundings, capture_output=True, text=True
    )
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        raise SystemExit(done.returncode)
    return done.stdout


def told(wanted: Wanted) -> str:
    """Return what to do next."""
    folder = f"anze/domains/{wanted.name}"
    return (
        f"做好了 {folder}（{wanted.title}）。接着：\n"
        f"  1. 填 {folder}/README.md 和 guide.md，改 models.py、kinds.py、forms.py 里的字段；\n"
        f"     改了字段：删 migrations/0001_initial.py，anze makemigrations {wanted.name}\n"
        f"  2. 改谁能做什么：actions.py 的 PERMISSIONS，再手写一遍 tests/permissions.txt\n"
        f"  3. 使用的人会注意到时，在 CHANGELOG.md 写一行；新词写进 docs/glossary.md\n"
        f"  4. make check；bash scripts/test {folder} tests/access tests/api tests/queries"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
