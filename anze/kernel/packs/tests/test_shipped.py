"""The packs in the repository: sound, locked, and the plan of 2020 covered sentence by sentence."""

from pathlib import Path

import pytest
from django.conf import settings

from anze.kernel.packs import kinds, loader, lock
from anze.kernel.packs.schema import ByFact, leaves
from anze.kernel.packs.tests.core_kinds import CORE

ROOT = Path(settings.ANZE_PACKS)
NAMES = ["national/2026.1", "wujin/2020.1", "equipment/2026.1", "superior/2026.1"]

# The plan's sections, sentence by sentence, and the clauses each became. Read beside the plan; the
# preamble states its basis and asks nothing of anybody.
PLAN = {
    "一": {
        "局成立领导小组，职社科负责协调": ["1.1", "1.2"],
        "各单位成立领导小组、制定方案、细化分工、抓好落实": ["1.3", "1.4", "1.5", "1.6"],
    },
    "二": {
        "列为重点工作，印发文件，开会，看片，宣讲，发手册": [
            "2.1",
            "2.2",
            "2.3",
            "2.4",
            "2.5",
            "2.6",
        ],
        "组建专家团，定期集中宣讲，深入单位宣讲指导": ["2.7", "2.8", "2.9"],
        "各单位建立宣讲制度，领导定期宣讲": ["2.10", "2.11"],
        "新媒体定期推送，督促各单位用好载体": ["2.12", "2.13"],
    },
    "三": {
        "选树先进单位": ["3.1"],
        "优选本质安全示范单位并倾斜": ["3.2"],
        "学校申报": ["3.3"],
    },
    "四（一）": {
        "风险评估，发现短板": ["4a.1", "4a.2"],
        "规划建设、整治简易幼儿园、提升新市民小学": ["4a.3", "4a.4", "4a.5", "4a.6"],
    },
    "四（二）": {
        "加强指导：管控、责任制、制度、培训、报告、风险、应急、排查、闭环": [
            "4b.1",
            "4b.2",
            "4b.3",
            "4b.4",
            "4b.5",
            "4b.6",
            "4b.7",
            "4b.8",
            "4b.9",
            "4b.10",
        ],
        "双随机、四不两直、督查暗访": ["4b.11", "4b.12"],
        "专项整治、分类监管、体检、加密": ["4b.13", "4b.14", "4b.15"],
        "改进督查、交流互检": ["4b.16", "4b.17"],
    },
    "五": {
        "平安校园是标准化的主要形式": ["5.1"],
        "深化、示范区、新建创建、回头看、摘牌": ["5.2", "5.3", "5.4", "5.5", "5.6"],
        "校车公司按标准提升": ["5.7"],
    },
    "六": {
        "一是三年行动和三个 100%": ["6.1", "6.2", "6.3", "6.4"],
        "二是智慧校园": ["6.5", "6.6"],
        "三是常规防范": ["6.7", "6.8", "6.9", "6.10", "6.11"],
        "四是重点时段、时节、环节": ["6.12", "6.13", "6.14", "6.15"],
    },
    "七": {
        "结合、标准、奖惩、坚持": ["7.1", "7.2", "7.3", "7.4"],
        "压实责任": ["7.5"],
    },
}
BUREAU = {
    *("1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "2.12"),
    *("2.13", "3.1", "3.2", "4a.1", "4a.3", "4a.4", "4a.5", "4b.1", "4b.11", "4b.12", "4b.13"),
    *("4b.14", "4b.15", "4b.16", "4b.17", "5.3", "5.5", "5.6", "6.1", "6.6"),
    *("7.1", "7.2", "7.3", "7.4"),
}


@pytest.fixture(scope="module")
def packs():
    return {name: loader.load(ROOT / name, kinds=CORE) for name in NAMES}


@pytest.fixture(scope="module")
def plan(packs):
    return packs["wujin/2020.1"].pack


@pytest.mark.parametrize("name", NAMES)
def test_shipped_packs_are_sound_without_warnings_and_locked(packs, name):
    assert packs[name].warnings == ()
    lock.verify(ROOT / name, packs[name])
    assert (ROOT / name / "LOCK").exists()


@pytest.mark.parametrize("name", NAMES)
def test_shipped_packs_fit_the_kinds_declared_in_code(packs, name):
    assert loader.load(ROOT / name, kinds=kinds.core()).hash == packs[name].hash


def test_every_pack_in_the_folder_is_known_here():
    found = {"/".join(path.parent.parts[-2:]) for path in ROOT.glob("*/*/pack.yaml")}
    assert found == set(NAMES)


def test_both_sections_numbered_four_are_heads(plan):
    heads = [head.ref for head in plan.clauses.heads]
    assert heads == ["1", "2", "3", "4a", "4b", "5", "6", "7"]
    assert all(plan.clauses.heads[i].title.startswith("四") for i in (3, 4))


def test_every_sentence_of_the_plan_has_its_clauses_and_no_clause_is_invented(plan):
    wanted = [ref for section in PLAN.values() for refs in section.values() for ref in refs]
    assert wanted == list(plan.clauses_by_ref)


def test_each_clause_says_from_which_section_it_comes(plan):
    for section, sentences in PLAN.items():
        for refs in sentences.values():
            for ref in refs:
                assert plan.clauses_by_ref[ref].source_section.startswith(section), ref


def test_the_bureau_owes_what_the_plan_lays_on_it(plan):
    owed = {
        ref
        for one in plan.requirements
        if one.level in ("section", "district")
        for ref in one.clauses
    }
    assert owed >= BUREAU


def test_every_clause_is_served_or_declared(plan):
    served = {ref for one in plan.requirements for ref in one.clauses}
    left = {ref for ref, one in plan.clauses_by_ref.items() if not one.declared} - served
    assert left == set()


def test_the_plan_is_said_in_our_own_words(plan):
    """No clause repeats a long piece of the official text."""
    official = (
        "总体负责落实《清单》的宣传贯彻工作",
        "制定完善落实《清单》宣传贯彻具体实施方案",
        "极易引发安全事故",
        "在评选创优、经费补贴等方面给予倾斜支持",
    )
    for clause in plan.clauses.clauses:
        assert all(piece not in clause.text for piece in official)


def test_every_requirement_can_be_recorded_by_a_form_or_follows_from_posts_or_registers(packs):
    for loaded in packs.values():
        for one in loaded.pack.requirements:
            facts = [leaf for leaf in leaves(one.met_by) if isinstance(leaf, ByFact)]
            kept = {leaf.fact for leaf in facts} <= {"post.held", "register.in_date"}
            assert one.form is not None or (facts and kept), one.ref


def test_forms_are_short_and_photos_are_rare(packs):
    photos = []
    for loaded in packs.values():
        for form in loaded.pack.forms:
            assert len(form.fields) <= 8, form.ref
            assert form.minutes <= 5, form.ref
            photos += [field for field in form.fields if field.type == "photo"]
    assert len(photos) <= 2
    assert not any(field.required for field in photos)


def test_nothing_counts_log_ins_points_or_uploads(packs):
    banned = ("登录", "打卡次数", "积分", "在线时长", "应用安装", "上传数")
    for loaded in packs.values():
        text = loaded.content.decode()
        assert not [word for word in banned if word in text]


def test_the_twenty_items_are_labelled_a_reconstruction(plan):
    (catalogue,) = plan.checklists
    assert [item.no for item in catalogue.items] == list(range(1, 21))
    assert catalogue.confidence == "reconstruction"
    assert "重构" in catalogue.label


def test_what_is_the_same_duty_asks_the_same_thing(packs, plan):
    """Requirements said to be the same differ in nothing that decides whether they are met."""
    national = packs["national/2026.1"].pack
    pairs = 0
    for one in plan.requirements:
        for ref in one.same_as:
            other = national.requirements_by_ref[ref.removeprefix("national/")]
            assert (one.level, one.every, one.applies.kinds) == (
                other.level,
                other.every,
                other.applies.kinds,
            ), one.ref
            assert one.met_by == other.met_by, one.ref
            pairs += 1
    assert pairs >= 8


def test_rhythms_the_plan_does_not_fix_are_marked_as_defaults(plan):
    for one in plan.requirements:
        if "PLAN2020-RHYTHM" in one.basis:
            assert one.confidence == "config", one.ref
