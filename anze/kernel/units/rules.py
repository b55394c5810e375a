"""What a unit may be and where it may stand. Pure: no database."""

from __future__ import annotations

import re
from typing import Final

LEVELS: Final[dict[str, str]] = {
    "authority": "主管机关",
    "district": "区县教育局",
    "town": "镇（街道）",
    "section": "科室",
    "unit": "单位",
    "campus": "校区（校址）",
    "group": "教育集团",
}

# Under which levels a node may hang by the line edge. Levels only ever step down this table, so
# a cycle cannot be written.
PARENTS: Final[dict[str, frozenset[str]]] = {
    "authority": frozenset(),
    "district": frozenset({"authority"}),
    "town": frozenset({"district"}),
    "section": frozenset({"authority", "district"}),
    "unit": frozenset({"district", "town"}),
    "campus": frozenset({"unit"}),
    "group": frozenset({"district"}),
}
ROOTS: Final = frozenset({"authority", "district"})

SCHOOL_KINDS: Final[dict[str, str]] = {
    "kindergarten": "幼儿园",
    "primary": "小学",
    "junior": "初中",
    "senior": "高中",
    "nine_year": "九年一贯制学校",
    "twelve_year": "十二年一贯制学校",
    "complete_secondary": "完全中学",
    "vocational": "中等职业学校",
    "special": "特殊教育学校",
}
KINDS: Final[dict[str, str]] = {
    **SCHOOL_KINDS,
    "training_institution": "校外培训机构",
    "bus_company": "校车服务公司",
    "public_institution": "局属事业单位",
}
KINDED_LEVELS: Final = frozenset({"unit", "campus"})

OWNERSHIPS: Final[dict[str, str]] = {"public": "公办", "private": "民办", "": "未填"}

STATUSES: Final[dict[str, str]] = {"open": "正常", "suspended": "停办（停业）", "closed": "已撤销"}

PLACE_CATEGORIES: Final[dict[str, str]] = {
    "gate": "校门",
    "classroom": "教室",
    "laboratory": "实验室",
    "canteen": "食堂",
    "dormitory": "宿舍",
    "playground": "操场",
    "corridor": "楼道",
    "boiler_room": "锅炉房",
    "power_room": "配电房",
    "chemical_store": "危化品库",
    "duty_room": "值班室",
    "bus_stop": "校车站点",
    "other": "其他",
}

# Facts the house knows by name: key -> (label, form of the value). Others are allowed, so that a
# pack can ask for what nobody foresaw; these are also checked for form.
FACTS: Final[dict[str, tuple[str, str]]] = {
    "kind": ("类别", "kind"),
    "ownership": ("办学性质", "ownership"),
    "status": ("状态", "status"),
    "pupils": ("学生数", "count"),
    "staff": ("教职工数", "count"),
    "classes": ("班级数", "count"),
    "guards": ("专职保安员数", "count"),
    "buses": ("校车数", "count"),
    "boarding": ("寄宿", "flag"),
    "canteen": ("有食堂", "flag"),
    "laboratory": ("有危化品实验室", "flag"),
    "school_bus": ("有校车接送", "flag"),
}
# Facts mirrored in columns of the unit's row, as they stand on the day of the last change.
MIRRORED: Final = ("kind", "ownership", "status")

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VALUE = re.compile(r"[A-Za-z0-9_.:@/-]{1,80}")
_FORMS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    "count": (re.compile(r"0|[1-9][0-9]{0,6}"), "应为非负整数"),
    "flag": (re.compile(r"yes|no"), "应为 yes 或 no"),
    "kind": (re.compile("|".join(KINDS)), "不是已知的单位类别"),
    "ownership": (re.compile("public|private"), "应为 public（公办）或 private（民办）"),
    "status": (re.compile("open|suspended"), "应为 open 或 suspended；撤销请办理撤并"),
}


def parent_fault(level: str, parent_level: str | None) -> str:
    """Return why a node of ``level`` may not hang under ``parent_level``, or an empty string."""
    if level not in LEVELS:
        return f"没有“{level}”这种层级"
    if parent_level is None:
        return "" if level in ROOTS else f"{LEVELS[level]}必须有上级单位"
    if parent_level in PARENTS[level]:
        return ""
    return f"{LEVELS[level]}不能设在{LEVELS[parent_level]}之下"


def kind_fault(level: str, kind: str) -> str:
    """Return why a node of ``level`` may not be of ``kind``, or an empty string."""
    if level in KINDED_LEVELS:
        return "" if kind in KINDS else f"没有“{kind}”这种单位类别"
    return "" if not kind else f"{LEVELS[level]}不分类别"


def fact_fault(key: str, value: str) -> str:
    """Return why a fact cannot be kept as it is, or an empty string."""
    if not _KEY.fullmatch(key):
        return "事实名称只能用小写字母、数字和下划线"
    if not _VALUE.fullmatch(value):
        return "事实的值只能是代码或数字，不能是文字说明"
    if key in FACTS:
        pattern, message = _FORMS[FACTS[key][1]]
        return "" if pattern.fullmatch(value) else f"{FACTS[key][0]}{message}"
    return ""
