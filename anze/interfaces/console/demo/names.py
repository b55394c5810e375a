"""Invented names. None is meant to be a real place, school or person."""

from __future__ import annotations

from random import Random

AUTHORITY = "澄云市教育局"
DISTRICT = "云溪区教育局"
TOWNS = ["青禾镇", "临溪镇", "白石街道", "望湖街道", "南泽镇", "东篱镇", "长桥街道", "松岭镇"]
STEMS = [
    "启明", "晨曦", "星河", "行知", "致远", "博雅", "育英", "弘文", "明德", "崇真", "知新", "采薇",
    "百草", "听涛", "栖霞", "云麓", "映山", "芳洲", "鹿鸣", "鹤鸣", "清源", "景行", "思齐", "敏行",
    "乐群", "求是", "笃志", "含章", "怀瑾", "承泽", "若水", "同心",
]  # fmt: skip
SURNAMES = list("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹苏潘葛范彭鲁韦")
GIVEN = [
    "文博", "雨桐", "子涵", "建国", "晓燕", "志远", "海峰", "丽华", "国强", "春梅", "思源", "明辉",
    "玉兰", "立新", "佳怡", "俊杰", "秀英", "永康", "慧敏", "德胜", "静怡", "振华", "若兰", "启航",
]  # fmt: skip
SUFFIX = {
    "kindergarten": "幼儿园",
    "primary": "小学",
    "junior": "初级中学",
    "senior": "高级中学",
    "nine_year": "九年一贯制学校",
    "twelve_year": "十二年一贯制学校",
    "complete_secondary": "中学",
    "vocational": "中等专业学校",
    "special": "特殊教育学校",
    "training_institution": "培训中心",
    "bus_company": "校车服务有限公司",
    "public_institution": "教育服务中心",
}


def person(random: Random) -> str:
    """Return an invented person's name."""
    return random.choice(SURNAMES) + random.choice(GIVEN)


def unit(number: int, kind: str) -> str:
    """Return the name of the ``number``-th unit, unique within a district of any size."""
    stem = STEMS[number % len(STEMS)]
    turn = number // len(STEMS)
    return f"云溪区{stem}{'' if not turn else f'第{turn + 1}'}{SUFFIX[kind]}"


def phone(number: int) -> str:
    """Return a number of a range not given to subscribers (190-0000-xxxx)."""
    return f"1900000{number:04d}" if number < 10_000 else f"190000{number % 100_000:05d}"
