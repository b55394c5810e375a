"""A small pack with every type of field, loaded and activated for the district of the cast."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from anze.kernel.bus.ctx import Ctx
from anze.kernel.forms.definitions import Definition, of_pack
from anze.kernel.packs import kinds, loader, lock
from anze.kernel.packs import services as packs
from anze.kernel.packs.models import Pack

PACK = """\
issuer: trial
version: "2026.1"
title: 试验制度包
kind: plan
status: released
provenance: 供测试
confidence: 供测试
"""
SOURCES = """\
LAW1: {title: 消防条例第一条, confidence: F}
"""
CLAUSES = """\
heads: [{ref: "1", title: 一、演练}]
clauses: [{ref: "1.1", head: "1", text: 通道保持畅通, source_section: 一, binds: units}]
"""
ROLES = """\
posts: [{code: safety_officer, title: 安全管理人员, level: unit, role: safety_officer}]
"""
REQUIREMENTS = """\
- ref: DRILL-MONTHLY
  title: 每月演练
  clauses: ["1.1"]
  basis: [LAW1]
  why: 看是否每月练过
  reader: 安全综治科
  level: campus
  applies: {kinds: [primary]}
  who: safety_officer
  every: month
  due: {day: last-workday}
  met_by: {entry: drill.held, where: {participants_permille: {at_least: 900}}}
  form: drill
"""
FORMS = """\
- ref: drill
  title: 应急演练
  hint: 练完就记
  records: drill.held
  visibility: unit
  level: campus
  posts: [safety_officer]
  minutes: 1
  fields:
    - name: drill_type
      label: 类型
      type: choice
      required: true
      default: {last: true}
      options: [{code: fire, label: 消防}, {code: evacuation, label: 疏散}]
    - {name: expected, label: 应参加, type: integer, required: true, min: 1, max: 5000, unit: 人,
       default: {last: true}}
    - {name: participants, label: 实际参加, type: integer, required: true, min: 0, max: 5000,
       unit: 人}
    - {name: duration_seconds, label: 用时, type: integer, required: true, min: 1, max: 7200,
       unit: 秒}
    - {name: evaluated, label: 已讲评, type: bool, required: true}
    - {name: lessons, label: 发现的问题, type: text, max_length: 300}
    - {name: photos, label: 现场照片, type: photo, law: LAW1}
- ref: weekly
  title: 每周自查
  records: selfcheck.done
  fixed: {checklist: weekly_trial}
  visibility: unit
  level: campus
  posts: [safety_officer]
  minutes: 3
  fields:
    - name: items
      label: 逐项回答
      type: checklist
      required: true
      default: {last: true}
      items:
        - {code: exits, text: 疏散通道畅通, clause: "1.1", on_no: {deadline_days: 3}}
        - {code: fire_kit, text: 灭火器完好, basis: [LAW1]}
        - {code: food, text: 食堂正常, basis: [LAW1]}
- ref: everything
  title: 什么都问
  visibility: bureau
  level: unit
  posts: [safety_officer]
  minutes: 2
  fixed: {edition: first}
  fields:
    - {name: count, label: 数量, type: integer, min: -5, max: 5}
    - {name: area, label: 面积, type: decimal, min: 0, max: 9999}
    - name: topics
      label: 内容
      type: choices
      options: [{code: a, label: 甲}, {code: b, label: 乙}, {code: c, label: 丙}]
    - {name: until, label: 到哪天, type: date}
    - {name: at, label: 什么时候, type: datetime}
    - {name: fine, label: 正常, type: bool}
    - {name: who, label: 谁, type: person}
    - {name: others, label: 还有谁, type: people}
- ref: bus
  title: 车辆检验
  visibility: bureau
  level: unit
  happened: now
  posts: [safety_officer]
  minutes: 1
  subjects: [vehicle]
  fields:
    - {name: passed, label: 合格, type: bool, required: true}
    - {name: report, label: 报告, type: file}
"""
FILES = {
    "pack.yaml": PACK,
    "sources.yaml": SOURCES,
    "clauses.yaml": CLAUSES,
    "roles.yaml": ROLES,
    "requirements/all.yaml": REQUIREMENTS,
    "forms/all.yaml": FORMS,
}


def load(folder: Path, files: dict[str, str] | None = None, version: str = "2026.1") -> Pack:
    """Write, lock and load the pack; ``files`` replaces some of its files."""
    place = folder / "trial" / version
    for name, text in {**FILES, **(files or {})}.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text.replace('"2026.1"', f'"{version}"'), encoding="utf-8")
    lock.write(place, loader.load(place, kinds=kinds.core()))
    return packs.load_pack(Ctx.system(), place)


@pytest.fixture
def trial(cast, tmp_path) -> dict[str, Definition]:
    """The forms of the pack by ref, in force for the whole district since 2020."""
    row = load(tmp_path / "packs")
    packs.activate(Ctx.system(), row, cast.district.pk, date(2020, 9, 1))
    return {one.form.ref: one for one in of_pack(row)}
