"""The Chinese names of what packs and entries call by codes: kinds, fields, posts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from anze.kernel.packs import schema

CONFIDENCE: Mapping[str, str] = MappingProxyType(
    {
        "F": "已读原文",
        "F~": "见于转载，未见原文",
        "K": "熟知，未复核",
        "k": "待核实",
        "reconstruction": "重构稿，非正式文本",
        "config": "默认值，可由局调整",
    }
)
SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "post": "每个岗位",
        "class": "每个班级",
        "device": "每台设备",
        "vehicle": "每辆校车",
        "driver": "每名驾驶人",
        "risk_point": "每个风险点",
    }
)
LEVELS: Mapping[str, str] = MappingProxyType(
    {"campus": "校区", "unit": "单位", "section": "科室", "district": "教育局"}
)

# Facts nobody is asked for in a form: computed ones, and those of the kernel's own kinds.
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "participants_permille": "参加比例",
        "participants": "实际参加",
        "expected": "应到（应签）人数",
        "signed": "已签人数",
        "attendees": "参加人数",
        "topic": "主题",
        "drill_type": "演练类型",
        "evaluated": "当场讲评",
        "duration_seconds": "用时（秒）",
        "chaired_by_post": "主持人岗位",
        "lecturer_post": "宣讲人岗位",
        "minutes_filed": "会议记录已归档",
        "members": "成员人数",
        "head_post": "组长岗位",
        "plan": "方案",
        "stages": "阶段数",
        "valid_until": "有效期至",
        "post": "岗位",
        "documents": "制度数",
        "reviewed_on": "复核日期",
        "checklist": "清单",
        "answered": "已答项数",
        "yes": "符合项数",
        "no": "不符合项数",
        "na": "不适用项数",
        "no_items": "不符合的项",
        "na_items": "不适用的项",
        "proposed": "拟整改期限",
        "item": "项",
        "by": "期限",
        "hours_tenths": "学时",
        "tested": "有考核",
        "channel": "渠道",
        "reach": "覆盖人数",
        "level": "层级",
        "kind": "类别",
        "ownership": "办学性质",
        "parent": "上级单位",
        "since": "起始日",
        "opened": "设立日期",
        "code": "学校标识码",
        "uscc": "统一社会信用代码",
        "key": "项目",
        "value": "内容",
        "group": "教育集团",
        "on": "日期",
        "successor": "承接单位",
        "place": "地点编号",
        "category": "地点类别",
        "start": "开始",
        "end": "结束",
        "day": "日期",
        "effect": "调整为",
        "person": "人员编号",
        "holding": "任职编号",
        "until": "截止日",
        "deputy": "代理编号",
        "role": "角色",
        "grant": "授权编号",
        "uid": "存证编号",
        "reason": "原因代码",
        "since_n": "自存证编号",
        "requirement": "要求",
        "period": "周期",
        "proposal": "申请编号",
        "recipients": "催办对象数",
        "issuer": "发布方",
        "version": "版本",
        "hash": "内容摘要",
        "released": "已发布",
        "from_day": "启用日",
    }
)


@dataclass(frozen=True)
class Words:
    """What codes are called. A code without a name is shown as it is: better odd than hidden."""

    kind: Callable[[str], str] = lambda name: name
    fields: Mapping[tuple[str, str], str] = field(default_factory=dict)
    options: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    units: Mapping[tuple[str, str], str] = field(default_factory=dict)
    posts: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, str] = field(default_factory=dict)

    def field(self, kind: str, name: str) -> str:
        """Return the label of a fact field of a kind."""
        return self.fields.get((kind, name)) or FIELDS.get(name, name)

    def post(self, code: str) -> str:
        """Return the title of a post."""
        return self.posts.get(code, code)

    def value(self, kind: str, name: str, value: object) -> str:
        """Return a fact's value in words, with its unit: 是, 消防, 90%, 12 学时, 300 人."""
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, int):
            return self._number(kind, name, value)
        if isinstance(value, list | tuple):
            return "、".join(self.value(kind, name, one) for one in value) or "无"
        text = str(value)
        if named := self.options.get((kind, name, text)):
            return named
        return self.posts.get(text, text) if name == "post" or name.endswith("_post") else text

    def _number(self, kind: str, name: str, value: int) -> str:
        if name.endswith("_permille"):
            whole, tenth = divmod(value, 10)
            return f"{whole}.{tenth}%" if tenth else f"{whole}%"
        unit = self.units.get((kind, name), "")
        if name.endswith("_tenths"):
            whole, tenth = divmod(value, 10)
            return f"{whole}.{tenth}{unit}" if tenth else f"{whole}{unit}"
        return f"{value}{unit}"


def of(packs: Iterable[schema.Pack], kind: Callable[[str], str]) -> Words:
    """Return the words some packs teach: labels of their forms' fields, choices, posts.

    ``kind`` names a kind of entry. Where forms disagree about the label of a fact, the plain one
    of ``FIELDS`` is used.
    """
    fields: dict[tuple[str, str], str] = {}
    unsure: set[tuple[str, str]] = set()
    options: dict[tuple[str, str, str], str] = {}
    units: dict[tuple[str, str], str] = {}
    posts: dict[str, str] = {}
    sections: dict[str, str] = {}
    loaded = list(packs)
    for pack in loaded:
        posts |= {code: post.title for code, post in pack.posts_by_code.items()}
        sections |= {section.code: section.title for section in pack.roles.sections}
    forms = [(form.kind(pack.issuer), form) for pack in loaded for form in pack.forms]
    for name, form in forms:
        for asked in form.fields:
            if not asked.is_fact:
                fields.setdefault((name, asked.name), asked.label)
                continue
            if fields.setdefault((name, asked.fact_name), asked.label) != asked.label:
                unsure.add((name, asked.fact_name))
            if asked.unit:
                units.setdefault((name, asked.fact_name), f" {asked.unit}")
            for option in asked.options:
                options.setdefault((name, asked.fact_name, option.code), option.label)
            for item in asked.items:
                for listed in ("no_items", "na_items", "item"):
                    options.setdefault((name, listed, item.code), item.text)
    for name, form in forms:  # a fixed code nobody chooses is called what its form is called
        for fact, code in form.fixed.items():
            if isinstance(code, str):
                options.setdefault((name, fact, code), form.title)
    sure = {
        key: label for key, label in fields.items() if key not in unsure or key[1] not in FIELDS
    }
    return Words(kind, sure, options, units, posts, sections)
