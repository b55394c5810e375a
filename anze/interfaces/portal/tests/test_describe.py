"""A requirement reads as a Chinese sentence that a headteacher understands."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from anze.interfaces.portal import describe, words
from anze.kernel.packs import schema

KINDS = {"drill.held": "应急演练", "lecture.held": "宣讲", "national.insurance": "责任保险"}
WORDS = words.Words(
    kind=lambda name: KINDS.get(name, name),
    fields={("drill.held", "drill_type"): "演练类型", ("drill.held", "participants"): "实际参加"},
    options={
        ("drill.held", "drill_type", "fire"): "消防",
        ("drill.held", "drill_type", "evacuation"): "应急疏散",
    },
    units={("drill.held", "participants"): " 人", ("training.held", "hours_tenths"): " 学时"},
    posts={"safety_officer": "安全管理人员", "principal": "主要负责人"},
    sections={"safety": "安全综治科"},
)


def requirement(**changes: Any) -> schema.Requirement:
    plain: dict[str, Any] = {
        "ref": "DRILL",
        "title": "演练",
        "basis": ["LAW-1"],
        "why": "为了练熟",
        "reader": "科室",
        "level": "campus",
        "who": "safety_officer",
        "every": "month",
        "due": {"day": "last-workday"},
        "met_by": {"entry": "drill.held"},
    }
    return schema.Requirement.model_validate(plain | changes)


def test_the_whole_rule_is_one_sentence() -> None:
    spec = requirement(
        **{"in": "session"},
        due={"day": "last-workday", "grace_days": 3},
        met_by={
            "entry": "drill.held",
            "where": {
                "drill_type": ["evacuation", "fire"],
                "participants_permille": {"at_least": 900},
            },
        },
    )
    assert describe.sentence(spec, WORDS) == (
        "安全管理人员（按校区），每月（假期不计），当月最后一个上课日前，宽限 3 天："
        "当月有一次“应急演练”的记录，其中演练类型为“应急疏散”、“消防”之一；参加比例不少于 90%。"
    )


@pytest.mark.parametrize(
    ("every", "rule", "said"),
    [
        ("day", {"day": "last"}, "当天内"),
        ("week", {"day": 5}, "周五前"),
        ("week", {"day": "last"}, "本周结束前"),
        ("month", {"day": 25}, "当月 25 日前"),
        ("month", {"day": "first-workday"}, "当月第一个工作日"),
        ("quarter", {"day": "last-workday"}, "本季度最后一个工作日前"),
        ("term", {"day": 15}, "本学期第 15 天前"),
        ("year", {"day": "last", "grace_days": 10}, "当年结束前，宽限 10 天"),
        ("once", {"within_days": 30}, "开始适用后 30 天内"),
        ("once", {"within_workdays": 5}, "开始适用后 5 个工作日内"),
    ],
)
def test_the_due_day_is_said_in_words(every: str, rule: dict[str, Any], said: str) -> None:
    assert describe.due(requirement(every=every, due=rule)) == said


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"within_hours": 2}, "事情发生后 2 小时内"),
        ({"within_days": 0}, "事发当天"),
        ({"within_days": 7}, "事情发生后 7 天内"),
        ({"within_workdays": 3}, "事情发生后 3 个工作日内"),
    ],
)
def test_what_an_event_starts_counts_from_it(rule: dict[str, Any], said: str) -> None:
    assert describe.due(requirement(every="event", on="drill.held", due=rule)) == said


def test_an_event_rhythm_names_the_event_and_which_of_them() -> None:
    spec = requirement(
        every="event",
        on="drill.held",
        on_where={"drill_type": "fire"},
        due={"within_days": 1},
    )
    assert describe.rhythm(spec, WORDS) == "每次“应急演练”之后（演练类型为“消防”）"


def test_a_subject_is_part_of_the_rhythm() -> None:
    spec = requirement(for_each="vehicle", every="term", due={"day": "last"})
    assert describe.rhythm(spec, WORDS) == "每辆校车每学期"


def test_groups_of_kinds_go_by_their_common_name() -> None:
    spec = requirement(applies={"kinds": ["all_units"]})
    assert describe.applies(spec, WORDS) == "各类单位"
    spec = requirement(applies={"kinds": ["all_schools", "bus_company"], "ownership": ["private"]})
    assert describe.applies(spec, WORDS) == "中小学幼儿园、校车服务公司；民办"
    spec = requirement(applies={"kinds": ["junior", "senior"]})
    assert describe.applies(spec, WORDS) == "初中、高中"


def test_no_condition_means_all_of_the_level() -> None:
    assert describe.applies(requirement(), WORDS) == "所有校区"
    assert describe.applies(requirement(level="district"), WORDS) == "所有教育局"


def test_unit_facts_and_sections_are_conditions() -> None:
    spec = requirement(
        applies={"facts": {"boarding": True, "school_bus": "yes", "pupils": {"at_least": 1000}}}
    )
    assert describe.applies(spec, WORDS) == "寄宿；有校车接送；学生数不少于 1000"
    spec = requirement(level="section", applies={"sections": ["safety"]})
    assert describe.applies(spec, WORDS) == "安全综治科"


def test_every_test_of_a_match_has_its_phrase() -> None:
    spec = requirement(
        met_by={
            "entry": "drill.held",
            "at_least": 2,
            "where": {
                "participants": {"at_least": 300, "at_most": 900},
                "drill_type": {"not": "other"},
                "evaluated": True,
                "signed": {"at_least_field": "expected"},
                "valid_until": {"at_least": "2026-09-01"},
                "no_items": {"contains": "A1"},
                "reach": {"exists": False},
            },
        }
    )
    said = describe.met(spec.met_by, WORDS, "term").plain()
    assert said.startswith("本学期至少有 2 次“应急演练”的记录，其中实际参加不少于 300 人；")
    for phrase in (
        "实际参加不超过 900 人",
        "演练类型不为“other”",
        "当场讲评为“是”",
        "已签人数不少于应到（应签）人数",
        "有效期至不早于 2026-09-01",
        "不符合的项含“A1”",
        "未填写覆盖人数",
    ):
        assert phrase in said


def test_distinct_values_are_said() -> None:
    met_by = {"entry": "lecture.held", "at_least": 2, "distinct": "lecturer_post"}
    said = describe.met(requirement(met_by=met_by).met_by, WORDS, "term").plain()
    assert said == "本学期“宣讲”至少 2 次，且宣讲人岗位各不相同"


def test_tenths_and_permille_lose_their_scale() -> None:
    assert WORDS.value("training.held", "hours_tenths", 120) == "12 学时"
    assert WORDS.value("training.held", "hours_tenths", 125) == "12.5 学时"
    assert WORDS.value("drill.held", "participants_permille", 935) == "93.5%"
    assert WORDS.value("lecture.held", "lecturer_post", "principal") == "主要负责人"
    assert WORDS.value("x.y", "no_items", ()) == "无"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"fact": "post.held", "with": {"post": "principal"}}, "“主要负责人”岗位有人在任"),
        (
            {"fact": "entry.latest", "with": {"kind": "national.insurance"}, "fresh_days": 365},
            "有“责任保险”的记录，且最近一次仍然有效，不早于 365 天前",
        ),
        (
            {
                "fact": "entry.latest",
                "with": {"kind": "drill.held"},
                "where": {"drill_type": "fire"},
            },
            "有“应急演练”的记录，且最近一次仍然有效（演练类型为“消防”）",
        ),
        (
            {"fact": "unit.fact", "where": {"guards": {"at_least": 3}}},
            "单位情况登记为：专职保安员数不少于 3",
        ),
        ({"fact": "camera.online"}, "系统核对“camera.online”成立"),
    ],
)
def test_what_must_hold_is_said(condition: dict[str, Any], said: str) -> None:
    assert describe.met(requirement(met_by=condition).met_by, WORDS).plain() == said


def test_all_and_any_announce_their_parts() -> None:
    both = {"all_of": [{"entry": "drill.held"}, {"fact": "post.held", "with": {"post": "x"}}]}
    said = describe.met(requirement(met_by=both).met_by, WORDS)
    assert said.text == "以下各项都要有："
    assert [part.text for part in said.parts] == ["当月有一次“应急演练”的记录", "“x”岗位有人在任"]
    one = {"any_of": [{"entry": "drill.held"}, {"entry": "lecture.held"}]}
    plain = describe.met(requirement(met_by=one).met_by, WORDS).plain()
    assert plain == "以下有一项即可：（1）当月有一次“应急演练”的记录；（2）当月有一次“宣讲”的记录"


def test_a_one_time_duty_names_no_span() -> None:
    spec = requirement(every="once", due={"within_days": 30})
    assert describe.met(spec.met_by, WORDS, spec.every).plain() == "有一次“应急演练”的记录"


@pytest.mark.parametrize(
    ("every", "key", "start", "said"),
    [
        ("once", "once", date.min, "一次性"),
        ("event", "ab12", date(2026, 9, 3), "2026年9月3日触发"),
        ("day", "2026-11-23", date(2026, 11, 23), "2026年11月23日"),
        ("week", "2026-W01", date(2025, 12, 29), "2026年第1周（12月29日起）"),
        ("month", "2026-11", date(2026, 11, 1), "2026年11月"),
        ("quarter", "2026-Q4", date(2026, 10, 1), "2026年第4季度"),
        ("term", "2026-autumn", date(2026, 9, 1), "2026年秋学期"),
        ("term", "after:2026-autumn", date(2027, 1, 25), "假期"),
        ("year", "2026", date(2026, 1, 1), "2026年"),
    ],
)
def test_a_period_is_said_as_people_say_it(every: str, key: str, start: date, said: str) -> None:
    assert describe.period(every, key, start, {"2026-autumn": "2026年秋学期"}) == said


@pytest.mark.django_db
def test_every_requirement_of_the_shipped_packs_can_be_described() -> None:
    from django.conf import settings

    from anze.kernel.ledger import kinds
    from anze.kernel.packs import known, loader

    core = {kind.name: known.from_model(kind.name, kind.facts) for kind in kinds.all_kinds()}
    described = 0
    for folder in sorted(path.parent for path in settings.ANZE_PACKS.glob("*/*/pack.yaml")):
        pack = loader.load(folder, kinds=core).pack
        taught = words.of([pack], kinds.label)
        for spec in pack.requirements:
            said = describe.sentence(spec, taught)
            assert said.endswith("。")
            assert "None" not in said
            assert "系统核对" not in said, "its room does not say in words what must hold"
            described += 1
    assert described
