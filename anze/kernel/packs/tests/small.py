"""A small sound pack as text, and a way to break it in one place."""

from __future__ import annotations

from anze.kernel.packs import loader
from anze.kernel.packs.faults import Fault, PackError
from anze.kernel.packs.tests.core_kinds import CORE

SMALL = {
    "pack.yaml": """\
issuer: demo
version: "2026.1"
title: 试验
kind: plan
status: draft
provenance: 测试用
confidence: 测试用
""",
    "sources.yaml": "LAW: {title: 某法, article: 第一条, confidence: K}\n",
    "clauses.yaml": """\
heads:
  - {ref: "1", title: 一}
clauses:
  - {ref: "1.1", head: "1", binds: units, source_section: 一 第1句, text: 要演练。}
""",
    "roles.yaml": """\
posts:
  - {code: principal, title: 校长, level: unit, role: unit_head}
  - {code: section_head, title: 科长, level: section, role: section_officer}
sections:
  - {code: safety, title: 安全科}
""",
    "calendar.yaml": """\
terms:
  - {code: autumn, name: 秋季, start: 2026-09-01, end: 2027-01-29}
""",
    "requirements/all.yaml": """\
- ref: DRILL-MONTHLY
  title: 每月演练
  clauses: ["1.1"]
  basis: [LAW]
  why: 练熟
  reader: 教育局
  level: campus
  applies: {kinds: [grade_schools]}
  who: principal
  every: month
  in: session
  due: {day: last-workday, grace_days: 3}
  met_by: {entry: drill.held, where: {participants_permille: {at_least: 900}}}
  form: drill
""",
    "forms/all.yaml": """\
- ref: drill
  title: 演练
  records: drill.held
  fixed: {drill_type: evacuation}
  visibility: unit
  level: campus
  posts: [principal]
  minutes: 1
  fields:
    - {name: expected, label: 应到, type: integer, required: true}
    - {name: participants, label: 实到, type: integer, required: true}
    - {name: duration_seconds, label: 用时, type: integer, required: true}
    - {name: evaluated, label: 讲评, type: bool, required: true}
""",
    "checklists/items.yaml": """\
ref: items
title: 清单
version: "1"
source: LAW
confidence: reconstruction
label: 重构
valid_from: 2026-01-01
items:
  - {no: 1, title: 演练, basis: [LAW], applies_to: [primary], evidence: [drill.held], cycle: month}
""",
}


def files(**changed: str) -> dict[str, bytes]:
    """Return the files of the small pack, some replaced; ``forms_all`` means forms/all.yaml."""
    texts = dict(SMALL)
    for name, text in changed.items():
        texts[full(name)] = text
    return {name: text.encode() for name, text in texts.items()}


def full(name: str) -> str:
    """Turn ``forms_all`` into ``forms/all.yaml``."""
    return name.replace("_", "/", 1) + ".yaml"


def broken(name: str, was: str, now: str) -> list[Fault]:
    """Return the faults of the small pack after replacing one piece of one file."""
    text = SMALL[full(name)]
    assert text.count(was) == 1, f"{was!r} stands {text.count(was)} times in {name}"
    try:
        loader.parse(files(**{name: text.replace(was, now)}), kinds=CORE)
    except PackError as error:
        return list(error.faults)
    return []
