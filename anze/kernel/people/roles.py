"""The roles of the permission table and the built-in posts that give them. Pure: no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ROLES: Final[dict[str, str]] = {
    "sysadmin": "系统管理员",
    "secadmin": "安全保密管理员",
    "auditor": "安全审计员",
    "desk": "安全综治科经办",
    "leader": "局领导",
    "section_officer": "科室人员",
    "town_officer": "镇（街道）教育专干",
    "unit_head": "单位负责人",
    "safety_officer": "安全管理人员",
    "staff": "教职工",
    "guard": "保安员",
    "inspector": "检查人员",
}
# Separation of duties (GB/T 22239 8.1.4.2): one person never holds two of these.
ADMIN_ROLES: Final = ("sysadmin", "secadmin", "auditor")

# Roles of people who answer for one unit; every other role reaches over units.
UNIT_ROLES: Final = frozenset({"unit_head", "safety_officer", "staff", "guard"})

# Names packs may use for the same roles.
ALIASES: Final = {"section_head": "section_officer", "gate": "guard"}


@dataclass(frozen=True)
class Post:
    """A 岗位: code, title, the level of body it stands in, and the role its holder gets."""

    code: str
    title: str
    role: str
    level: str


BUILT_IN: Final = (
    Post("principal", "主要负责人", "unit_head", "unit"),
    Post("deputy_in_charge", "分管安全负责人", "unit_head", "unit"),
    Post("safety_officer", "安全管理人员", "safety_officer", "unit"),
    Post("class_teacher", "班主任", "staff", "unit"),
    Post("teacher", "教师", "staff", "unit"),
    Post("guard", "保安员", "guard", "unit"),
    Post("section_head", "科室负责人", "section_officer", "section"),
    Post("section_clerk", "科室工作人员", "section_officer", "section"),
    Post("desk_officer", "安全综治科经办人", "desk", "section"),
    Post("bureau_leader", "局领导", "leader", "district"),
    Post("town_education_officer", "镇（街道）教育专干", "town_officer", "town"),
)

# In what kinds of body a post of a given level may be held: a unit's post also on one campus.
STANDS_IN: Final[dict[str, frozenset[str]]] = {
    "unit": frozenset({"unit", "campus"}),
    "campus": frozenset({"unit", "campus"}),
    "section": frozenset({"section"}),
    "district": frozenset({"authority", "district"}),
    "town": frozenset({"town"}),
}
