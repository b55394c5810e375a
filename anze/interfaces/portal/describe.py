"""A requirement of a pack in plain Chinese: who, how often, until when, what meets it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from anze.engines.duties import facts
from anze.interfaces.portal.words import LEVELS, SUBJECTS, Words
from anze.kernel.packs import schema
from anze.kernel.units import rules

RHYTHM = {
    "once": "一次",
    "day": "每天",
    "week": "每周",
    "month": "每月",
    "quarter": "每季度",
    "term": "每学期",
    "year": "每年",
}
SPAN = {
    "once": "开始适用后",
    "day": "当天",
    "week": "本周",
    "month": "当月",
    "quarter": "本季度",
    "term": "本学期",
    "year": "当年",
    "event": "事情发生后",
}


@dataclass(frozen=True)
class Said:
    """A sentence, and the parts it announces (for "all of these", "one of these")."""

    text: str
    parts: tuple[Said, ...] = ()

    def plain(self) -> str:
        """Return it as one line."""
        if not self.parts:
            return self.text
        inner = "；".join(f"（{n}）{part.plain()}" for n, part in enumerate(self.parts, 1))
        return f"{self.text}{inner}"


def rhythm(spec: schema.Requirement, words: Words) -> str:
    """Return how often: 每月（只算开学期间）; 每次“事故报告”之后."""
    if spec.every == "event":
        asked = where(spec.on_where, spec.on or "", words)
        return f"每次“{words.kind(spec.on or '')}”之后" + (
            f"（{'；'.join(asked)}）" if asked else ""
        )
    often = RHYTHM[spec.every]
    if spec.for_each:
        often = f"{SUBJECTS[spec.for_each]}{often}"
    return f"{often}（假期不计）" if spec.in_ == "session" else often


def due(spec: schema.Requirement) -> str:
    """Return until when: 当月最后一个工作日前，宽限 3 天; 2 小时内."""
    rule = spec.due
    if rule.within_hours is not None:
        text = f"{SPAN[spec.every]} {rule.within_hours} 小时内"
    elif rule.within_days is not None:
        text = _within_days(spec.every, rule.within_days)
    elif rule.within_workdays is not None:
        text = f"{SPAN[spec.every]} {rule.within_workdays} 个工作日内"
    else:
        text = _day_of(spec)
    return f"{text}，宽限 {rule.grace_days} 天" if rule.grace_days else text


def _within_days(every: str, days: int) -> str:
    if days == 0:
        return "事发当天" if every == "event" else "开始适用的当天"
    return f"{SPAN[every]} {days} 天内"


def _day_of(spec: schema.Requirement) -> str:
    span, day = SPAN[spec.every], spec.due.day
    if spec.every == "day":
        return "当天内"
    workday = "上课日" if spec.in_ == "session" else "工作日"
    if day == "last":
        return f"{span}结束前"
    if day == "last-workday":
        return f"{span}最后一个{workday}前"
    if day == "first-workday":
        return f"{span}第一个{workday}"
    if spec.every == "week" and isinstance(day, int):
        return f"周{'一二三四五六日'[day - 1]}前"
    return f"{span} {day} 日前" if spec.every == "month" else f"{span}第 {day} 天前"


def owner(spec: schema.Requirement, words: Words) -> str:
    """Return who answers for it, at which level: 安全管理人员（按校区）."""
    return f"{words.post(spec.who)}（按{LEVELS[spec.level]}）"


def applies(spec: schema.Requirement, words: Words) -> str:
    """Return to whom it applies: 小学、初中；民办；学生数不少于 1000."""
    wanted = spec.applies
    said = []
    if wanted.sections:
        said.append("、".join(words.sections.get(code, code) for code in wanted.sections))
    if wanted.kinds:
        said.append(kinds(wanted.kinds))
    if wanted.ownership:
        said.append("、".join(rules.OWNERSHIPS.get(one, one) for one in wanted.ownership))
    said += _unit_facts(wanted.facts)
    return "；".join(said) or f"所有{LEVELS[spec.level]}"


def kinds(asked: tuple[str, ...]) -> str:
    """Return kinds of units in words, known groups by their common name."""
    left = list(asked)
    said = []
    groups = (
        ("all_units", "各类单位"),
        ("all_schools", "中小学幼儿园"),
        ("grade_schools", "中小学"),
    )
    for group, name in groups:
        members = schema.KIND_GROUPS[group]
        if all(one in left for one in members):
            said.append(name)
            left = [one for one in left if one not in members]
    return "、".join([*said, *(rules.KINDS.get(one, one) for one in left)])


def met(met_by: schema.MetBy, words: Words, every: str = "month") -> Said:
    """Return what meets it."""
    match met_by:
        case schema.ByEntry():
            return Said(_by_entry(met_by, words, every))
        case schema.ByFact():
            return Said(_by_fact(met_by, words))
        case schema.AllOf():
            parts = tuple(met(one, words, every) for one in met_by.all_of)
            return Said("以下各项都要有：", parts)
        case _:
            parts = tuple(met(one, words, every) for one in met_by.any_of)
            return Said("以下有一项即可：", parts)


def _by_entry(met_by: schema.ByEntry, words: Words, every: str) -> str:
    name = words.kind(met_by.entry)
    span = "" if every in ("once", "event") else SPAN[every]
    if met_by.distinct:
        label = words.field(met_by.entry, met_by.distinct)
        text = f"{span}“{name}”至少 {met_by.at_least} 次，且{label}各不相同"
    elif met_by.at_least == 1:
        text = f"{span}有一次“{name}”的记录"
    else:
        text = f"{span}至少有 {met_by.at_least} 次“{name}”的记录"
    asked = where(met_by.where, met_by.entry, words)
    return f"{text}，其中{'；'.join(asked)}" if asked else text


def _by_fact(met_by: schema.ByFact, words: Words) -> str:
    params = met_by.params
    if met_by.fact == "post.held":
        text = f"“{words.post(str(params.get('post', '')))}”岗位有人在任"
    elif met_by.fact == "entry.latest":
        kind = str(params.get("kind", ""))
        text = f"有“{words.kind(kind)}”的记录，且最近一次仍然有效"
        if asked := where(met_by.where, kind, words):
            text += f"（{'；'.join(asked)}）"
    elif met_by.fact == "unit.fact":
        text = f"单位情况登记为：{'；'.join(_unit_facts(met_by.where))}"
    else:
        text = facts.in_words(met_by.fact, params) or f"系统核对“{met_by.fact}”成立"
    return f"{text}，不早于 {met_by.fresh_days} 天前" if met_by.fresh_days else text


def where(asked: schema.Where, kind: str, words: Words) -> list[str]:
    """Return one phrase for each test of a ``where``."""
    return [
        phrase
        for name, test in asked.items()
        for phrase in _tests(
            test, words.field(kind, name), _value_of(kind, name, words), kind, words
        )
    ]


def _value_of(kind: str, name: str, words: Words):  # type: ignore[no-untyped-def]
    return lambda value: words.value(kind, name, value)


def _tests(test: schema.Test, label: str, said, kind: str, words: Words) -> Iterator[str]:  # type: ignore[no-untyped-def]
    if test.is_ is not None:
        yield f"{label}为“{said(test.is_)}”"
    if test.not_ is not None:
        yield f"{label}不为“{said(test.not_)}”"
    if test.in_ is not None:
        yield f"{label}为{'、'.join(f'“{said(one)}”' for one in test.in_)}之一"
    if test.at_least is not None:
        yield f"{label}{'不早于' if _is_day(test.at_least) else '不少于'} {said(test.at_least)}"
    if test.at_most is not None:
        yield f"{label}{'不晚于' if _is_day(test.at_most) else '不超过'} {said(test.at_most)}"
    if test.at_least_field is not None:
        yield f"{label}不少于{words.field(kind, test.at_least_field)}"
    if test.contains is not None:
        yield f"{label}含“{said(test.contains)}”"
    if test.exists is not None:
        yield f"{'已' if test.exists else '未'}填写{label}"


def _is_day(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value))


_FLAGS = {"yes": "是", "no": "否", "True": "是", "False": "否"}


def _unit_facts(asked: schema.Where) -> list[str]:
    phrases = []
    for name, test in asked.items():
        label, form = rules.FACTS.get(name, (name, ""))
        if form == "flag" and test.is_ is not None:
            held = str(test.is_) in ("yes", "True")
            phrases.append(label if held else f"没有“{label}”的情况")
            continue
        phrases += _tests(
            test, label, lambda value: _FLAGS.get(str(value), str(value)), "", Words()
        )
    return phrases


def period(every: str, key: str, start: date, terms: Mapping[str, str] | None = None) -> str:
    """Return a period as people say it: 2026年11月, 第48周（11月23日起）, 2026年第4季度."""
    match every:
        case "once":
            return "一次性"
        case "event":
            return f"{_day(start)}触发"
        case "day":
            return _day(start)
        case "week":
            year, _, week = key.partition("-W")
            return f"{year}年第{int(week)}周（{start.month}月{start.day}日起）"
        case "month":
            return f"{start.year}年{start.month}月"
        case "quarter":
            return f"{start.year}年第{(start.month + 2) // 3}季度"
        case "year":
            return f"{start.year}年"
    if key.startswith(("after:", "before:", "none")):
        return "假期"
    return (terms or {}).get(key, key)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def sentence(spec: schema.Requirement, words: Words) -> str:
    """Return the whole rule in one sentence."""
    return (
        f"{owner(spec, words)}，{rhythm(spec, words)}，{due(spec)}："
        f"{met(spec.met_by, words, spec.every).plain()}。"
    )
