"""What one cell says: each sort of column has one function that returns the value or says why not.

Pure. Values are codes and plain text as the services take them; an empty cell is ``""``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final
from uuid import UUID

from anze.kernel.exchange.columns import Column
from anze.kernel.exchange.faults import CellError
from anze.kernel.exchange.hints import Hints
from anze.kernel.exchange.tables import Cell
from anze.kernel.people import roles
from anze.kernel.units import rules
from anze.lib import codes

MOST_PUPILS: Final = 20_000
MOST_STAFF: Final = 3_000
_BLANKS: Final = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", "无", "暂无", "未填", "N/A", "n/a"}
)
# What opens a formula in some spreadsheet; a minus may open a number, a plus a phone.
_FORMULA = re.compile(r"[=＝@＠]|[+＋](?!\d)|[-－](?![\d－-])")
_NUMBERS_MATTER: Final = frozenset({"code", "uscc", "mobile"})

KIND_WORDS: Final[Mapping[str, str]] = {
    **{title: code for code, title in rules.KINDS.items()},
    "幼儿园（所）": "kindergarten",
    "民办幼儿园": "kindergarten",
    "公办幼儿园": "kindergarten",
    "托幼机构": "kindergarten",
    "完全小学": "primary",
    "中心小学": "primary",
    "普通小学": "primary",
    "初级中学": "junior",
    "普通初中": "junior",
    "高级中学": "senior",
    "普通高中": "senior",
    "九年一贯制": "nine_year",
    "九年制学校": "nine_year",
    "十二年一贯制": "twelve_year",
    "完中": "complete_secondary",
    "中职": "vocational",
    "中职学校": "vocational",
    "职业学校": "vocational",
    "职业高中": "vocational",
    "中专": "vocational",
    "特教": "special",
    "特殊教育": "special",
    "特教学校": "special",
    "培训机构": "training_institution",
    "培训学校": "training_institution",
    "校外培训": "training_institution",
    "校车公司": "bus_company",
    "校车服务企业": "bus_company",
    "校车企业": "bus_company",
    "事业单位": "public_institution",
    "直属事业单位": "public_institution",
}
OWNERSHIP_WORDS: Final[Mapping[str, str]] = {
    "公办": "public",
    "公立": "public",
    "教育部门办": "public",
    "教育部门": "public",
    "民办": "private",
    "私立": "private",
    "社会力量办学": "private",
}
_YES: Final = frozenset({"是", "有", "√", "✓", "✔", "☑", "Y", "YES", "1", "TRUE", "对"})
_NO: Final = frozenset(
    {"否", "无", "没有", "×", "✗", "✘", "X", "N", "NO", "0", "FALSE", "-", "—", "/"}
)
POST_WORDS: Final[Mapping[str, str]] = {
    **{p.title: p.code for p in roles.BUILT_IN},
    "校长": "principal",
    "园长": "principal",
    "负责人": "principal",
    "分管安全副校长": "deputy_in_charge",
    "分管副校长": "deputy_in_charge",
    "分管负责人": "deputy_in_charge",
    "安全员": "safety_officer",
    "安全管理员": "safety_officer",
    "安全主任": "safety_officer",
    "教职工": "teacher",
    "老师": "teacher",
    "保安": "guard",
    "门卫": "guard",
}
_BUREAU_POSTS: Final = frozenset(p.code for p in roles.BUILT_IN if p.role not in roles.UNIT_ROLES)
_KIND_HINTS: Final = Hints(KIND_WORDS, budget=2000)
_POST_HINTS: Final = Hints(POST_WORDS, budget=2000)
_USERNAME = re.compile(r"(?=.*[a-z])[a-z0-9][a-z0-9._@-]{1,59}")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2})?)?")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")


def read(column: Column, cell: Cell | None) -> str:
    """Return what a cell says as its column asks; raise CellError with words for the person."""
    if cell is None or _is_blank(column, cell):
        if column.required:
            raise CellError("missing", f"没有填写{column.title}", "请补填这一格。")
        return ""
    _refuse_spoilt(column, cell)
    if column.check is not None:
        return _by_column(column.check, cell.text)
    if column.options:
        return _option(cell.text, column)
    return _READERS[column.sort](cell.text, column)


def _by_column(check: Callable[[str], str], text: str) -> str:
    """Read a cell by its column's own function; its words are shown as they are."""
    try:
        return check(text)
    except CellError:
        raise
    except ValueError as error:
        raise CellError("unsound", str(error)) from None


def _option(text: str, column: Column) -> str:
    codes_of = {title: code for code, title in column.options.items()}
    if text in column.options:
        return text
    if text not in codes_of:
        raise CellError(
            "unknown_option",
            f"{column.title}没有“{text}”这一项",
            f"请从{'、'.join(column.options.values())}里选。",
        )
    return codes_of[text]


def _row_number(text: str, column: Column) -> str:
    """Return the platform's own number of a row in plain form; whether it exists is asked later."""
    try:
        return str(UUID(text))
    except ValueError:
        raise CellError(
            "bad_row",
            f"{column.title}“{text[:40]}”不是平台导出的编号",
            "请恢复导出时的内容；新增的行请留空。",
        ) from None


def _is_blank(column: Column, cell: Cell) -> bool:
    if column.sort == "flag" or cell.text in column.options.values():
        return not cell.text
    return cell.text in _BLANKS


def _refuse_spoilt(column: Column, cell: Cell) -> None:
    """Refuse what the spreadsheet itself has spoilt, whatever the column."""
    if cell.sort == "error":
        raise CellError("error", f"单元格是错误值 {cell.text}", "请修好公式，或直接填写内容。")
    if _FORMULA.match(cell.text):
        raise CellError(
            "formula", "单元格里是公式或以公式符号开头的文字", "请改为直接填写内容（粘贴为数值）。"
        )
    if cell.sort == "damaged" and column.sort in _NUMBERS_MATTER:
        raise CellError(
            "digits_lost",
            f"超过 15 位的数字被表格当作数值，末几位已经丢失（现为 {cell.text}）",
            "请把该列设为文本格式，再重新填写完整的号码。",
        )
    if (
        column.check is None
        and column.sort in ("name", "text", "person")
        and _ISO.fullmatch(cell.text)
    ):
        raise CellError("date", f"单元格是日期（{cell.text}）", f"请改为填写{column.title}。")
    if cell.merged and column.sort in ("pupils", "staff"):
        raise CellError(
            "merged_count",
            f"{column.title}是合并单元格，分不出各校区是多少",
            "请取消合并，按校区分别填写。",
        )


def _name(text: str, column: Column) -> str:
    if len(text) > 120:
        raise CellError("too_long", f"{column.title}超过 120 个字", "请写证书上的全称。")
    if text.isascii() and text.replace(".", "").isdigit():
        raise CellError("not_a_name", f"{column.title}只有数字", "请填写名称。")
    return text


def _text(text: str, column: Column) -> str:
    if len(text) > 60:
        raise CellError("too_long", f"{column.title}超过 60 个字", "请写短一些。")
    return text


def _unit(text: str, column: Column) -> str:
    if len(text) > 130:
        raise CellError("too_long", f"{column.title}超过 130 个字", "请写单位全称或简称。")
    return text


def _kind(text: str, _column: Column) -> str:
    if found := KIND_WORDS.get(text):
        return found
    remedy = _KIND_HINTS.ask(text, f"请从这些里选：{'、'.join(rules.KINDS.values())}。")
    raise CellError("unknown_kind", f"没有“{text}”这种单位类别", remedy)


def _ownership(text: str, _column: Column) -> str:
    if found := OWNERSHIP_WORDS.get(text):
        return found
    raise CellError("unknown_ownership", f"办学性质“{text}”看不懂", "请填“公办”或“民办”。")


def _school_code(text: str, _column: Column) -> str:
    return _checked(codes.school_code, text, "bad_code")


def _uscc(text: str, _column: Column) -> str:
    return _checked(codes.uscc, text, "bad_uscc")


def _mobile(text: str, _column: Column) -> str:
    return _checked(codes.mobile, text, "bad_phone")


def _checked(check: Callable[[str], str], text: str, code: str) -> str:
    try:
        return check(text)
    except codes.CodeError as error:
        raise CellError(code, str(error)) from None


def _pupils(text: str, column: Column) -> str:
    return _count(text, column, MOST_PUPILS)


def _staff(text: str, column: Column) -> str:
    return _count(text, column, MOST_STAFF)


def _count(text: str, column: Column, most: int) -> str:
    digits = re.sub(r"[人名个位,，\s]", "", text)
    if re.fullmatch(r"-\d+(\.0+)?", digits):
        raise CellError("negative", f"{column.title}不能是负数（{text}）", "请填写 0 或正整数。")
    if re.fullmatch(r"\d+\.\d*[1-9]\d*", digits):
        raise CellError("not_whole", f"{column.title}应为整数（{text}）", "请填写整数。")
    if not re.fullmatch(r"\d+(\.0+)?", digits) or not digits.isascii():
        raise CellError("not_a_number", f"{column.title}应为数字，现为“{text}”", "请只填数字。")
    number = int(digits.split(".")[0])
    if number > most:
        raise CellError(
            "absurd",
            f"{column.title} {number} 大得不合常理（上限 {most}）",
            "请核对是否多写了几位。",
        )
    return str(number)


def _flag(text: str, column: Column) -> str:
    word = text.upper()
    if word in _YES:
        return "yes"
    if word in _NO:
        return "no"
    raise CellError("not_yes_no", f"{column.title}看不懂“{text}”", "请填“是”或“否”。")


def _person(text: str, column: Column) -> str:
    if len(text) > 60:
        raise CellError("too_long", f"{column.title}超过 60 个字", "请只填一个人的姓名。")
    if re.search(r"\d{7}", text):
        raise CellError("phone_in_name", f"{column.title}里混有号码", "请把姓名和手机号分填两格。")
    if re.search(r"[、,，;；/]", text):
        raise CellError(
            "two_people", f"{column.title}里不止一个人", "请只填一个人，其余的另用账号表导入。"
        )
    if not any(letter.isalpha() for letter in text):
        raise CellError("not_a_name", f"{column.title}不是姓名（{text}）", "请填写姓名。")
    return text


def _username(text: str, _column: Column) -> str:
    username = text.lower()
    if not _USERNAME.fullmatch(username):
        raise CellError(
            "bad_username",
            f"登录名“{text}”不合要求",
            "应为 2 至 60 个小写字母、数字或 . _ @ -，且至少有一个字母；也可以不填。",
        )
    return username


def _post(text: str, _column: Column) -> str:
    code = POST_WORDS.get(text, "")
    if code in _BUREAU_POSTS:
        raise CellError(
            "bureau_post", f"机关岗位“{text}”不能批量导入", "请由安全保密管理员逐人授予。"
        )
    if code:
        return code
    raise CellError(
        "unknown_post", f"没有“{text}”这个岗位", _POST_HINTS.ask(text, "请从模板的下拉表中选择。")
    )


def _day(text: str, column: Column) -> str:
    found = _DAY.fullmatch(text)
    try:
        if not found:
            raise ValueError
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise CellError(
            "bad_day", f"{column.title}“{text}”不是日期", "请写成 2026-09-01 的样子。"
        ) from None
    if not 1990 <= day.year <= 2099:
        raise CellError("bad_day", f"{column.title} {day} 不合常理", "请核对年份。")
    return day.isoformat()


_READERS: Final[Mapping[str, Callable[[str, Column], str]]] = {
    "name": _name,
    "text": _text,
    "unit": _unit,
    "kind": _kind,
    "ownership": _ownership,
    "town": _text,
    "code": _school_code,
    "uscc": _uscc,
    "pupils": _pupils,
    "staff": _staff,
    "flag": _flag,
    "person": _person,
    "mobile": _mobile,
    "username": _username,
    "post": _post,
    "day": _day,
    "row": _row_number,
}
