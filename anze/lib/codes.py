"""Numbers people type: tidying, checking and masking them.

Checks return the number in its one written form or raise CodeError, whose message (Chinese, for the
person who typed it) says what is wrong and what to do.
"""

from __future__ import annotations

import re
import unicodedata

from stdnum.cn import uscc as _uscc

_FULL_WIDTH = {0xFF01 + n: 0x21 + n for n in range(94)}
# Letters and digits only: full-width punctuation such as（东校区）is how Chinese is written.
_LETTERS_AND_DIGITS = {
    wide: narrow for wide, narrow in _FULL_WIDTH.items() if chr(narrow).isalnum()
}
_DASHES = dict.fromkeys(map(ord, "－—–‐‑−―﹣"), "-")
_SPACES = re.compile(r"\s+")

_USCC_CHARACTERS = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}\Z")

SCHOOL_CATEGORIES = {
    "11": "幼儿园",
    "21": "小学",
    "22": "成人小学",
    "31": "普通初中",
    "32": "职业初中",
    "33": "成人初中",
    "34": "普通高中或完全中学",
    "35": "成人高中",
    "36": "中等职业学校",
    "37": "工读学校",
    "41": "普通高等学校",
    "42": "成人高等学校",
    "51": "特殊教育学校",
    "91": "其他教育机构",
    "92": "其他教育机构",
    "93": "其他教育机构",
}
# The first two digits of GB/T 2260: the provinces.
_PROVINCES = re.compile(r"(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|81|82)\Z")

_MOBILE = re.compile(r"1[3-9][0-9]{9}\Z")
_SHORT_AREA = re.compile(r"(010|02[0-9])([2-9][0-9]{7})\Z")
_LONG_AREA = re.compile(r"(0[3-9][0-9]{2})([2-9][0-9]{6,7})\Z")
_SERVICE = re.compile(r"[48]00[0-9]{7}\Z")


class CodeError(ValueError):
    """A number is wrong; the message tells the person in Chinese what and what to do."""


def tidy(text: str) -> str:
    """Return text as it was meant: half-width letters and digits, single plain spaces, NFC.

    Invisible characters (zero width, byte order mark, direction marks, controls) are dropped, line
    breaks and odd spaces become one space, the ends are trimmed. Full-width punctuation stays.
    Idempotent, and free of every character that canonical JSON refuses except unassigned and
    private-use ones.
    """
    text = _SPACES.sub(" ", text.translate(_LETTERS_AND_DIGITS))
    if not text.isprintable():
        text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc", "Cs"))
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text)).strip()


def tidy_code(text: str) -> str:
    """Return a number or code without any space: half-width throughout, upper case."""
    narrow = tidy(text).translate(_FULL_WIDTH).translate(_DASHES)
    return _SPACES.sub("", narrow).upper()


def uscc(text: str) -> str:
    """Check a 统一社会信用代码 (GB 32100-2015): 18 characters, the last one a check character."""
    code = tidy_code(text).replace("-", "")
    if not code:
        raise CodeError("没有填写统一社会信用代码，请照营业执照或法人证书填写 18 位代码。")
    if len(code) != 18:
        raise CodeError(
            f"统一社会信用代码应为 18 位，现为 {len(code)} 位，请照营业执照或法人证书核对。"
        )
    if not _USCC_CHARACTERS.match(code):
        raise CodeError(
            "统一社会信用代码只含数字和大写字母，且不用 I、O、S、V、Z，"
            "请核对是否把 1 写成 I、把 0 写成 O、把 2 写成 Z、把 5 写成 S。"
        )
    if not code[2:8].isdigit():
        raise CodeError("统一社会信用代码第 3 至 8 位是行政区划码，应全为数字，请核对。")
    if _uscc.calc_check_digit(code) != code[-1]:
        raise CodeError("统一社会信用代码校验不通过，至少有一位写错，请照证书逐位核对。")
    return code


def school_code(text: str) -> str:
    """Check the structure of a 学校（机构）标识码: 2 category + 2 province + 6 serial digits.

    Confidence: medium. The structure and the category list come from secondary sources, not from
    the ministry's own standard, and there is no check digit: a wrong serial passes.
    """
    code = tidy_code(text)
    if not code:
        raise CodeError("没有填写学校（机构）标识码，请照教育事业统计报表填写 10 位数字。")
    if not code.isascii() or not code.isdigit():
        raise CodeError("学校（机构）标识码应全为数字，请照教育事业统计报表核对。")
    if len(code) != 10:
        raise CodeError(
            f"学校（机构）标识码应为 10 位数字，现为 {len(code)} 位，请照教育事业统计报表核对；"
            "以 0 开头的编号若在表格中丢了 0，请把该列设为文本后重填。"
        )
    if code[:2] not in SCHOOL_CATEGORIES:
        raise CodeError(
            f"学校（机构）标识码前两位“{code[:2]}”不是已知的学校类别"
            "（如 11 幼儿园、21 小学、31 初中、34 高中），请核对。"
        )
    if not _PROVINCES.match(code[2:4]):
        raise CodeError(
            f"学校（机构）标识码第 3、4 位“{code[2:4]}”不是省级代码（江苏为 32），请核对。"
        )
    return code


def school_category(code: str) -> str:
    """Return the Chinese category named by the first two digits, or an empty string."""
    return SCHOOL_CATEGORIES.get(code[:2], "")


def phone(text: str) -> str:
    """Check a mainland phone number; return ``13800000000``, ``0519-86551234`` or ``4001234567``.

    A country code +86 and punctuation are dropped, an extension is refused.
    """
    if not tidy(text):
        raise CodeError("没有填写电话号码，请填 11 位手机号，或带区号的固定电话。")
    number = _digits(text)
    if _MOBILE.match(number) or _SERVICE.match(number):
        return number
    landline = _SHORT_AREA.match(number) or _LONG_AREA.match(number)
    if landline:
        return f"{landline[1]}-{landline[2]}"
    raise CodeError(_phone_fault(number))


def mobile(text: str) -> str:
    """Check a mainland mobile number; return its 11 digits."""
    number = _digits(text)
    if _MOBILE.match(number):
        return number
    if not number:
        raise CodeError("没有填写手机号，请填 11 位手机号。")
    if number.isdigit() and len(number) != 11:
        raise CodeError(f"手机号应为 11 位数字，现为 {len(number)} 位，请核对。")
    raise CodeError("手机号应为 11 位数字，以 13 至 19 开头，请核对。")


def mask_name(name: str) -> str:
    """Return the first character and one star, whatever the length: ``王*``."""
    return f"{name[0]}*" if name else ""


def mask_phone(number: str) -> str:
    """Return a phone number with its middle hidden: ``138****0000``, ``0519-****1234``."""
    if _MOBILE.match(number):
        return f"{number[:3]}****{number[-4:]}"
    area, dash, _ = number.partition("-")
    return f"{area}-****{number[-4:]}" if dash and len(number) > 8 else "*" * len(number)


def mask_identity(number: str) -> str:
    """Return an identity number with only its last four characters: ``**************123X``."""
    return "*" * max(0, len(number) - 4) + number[-4:] if len(number) > 4 else "*" * len(number)


def _digits(text: str) -> str:
    number = re.sub(r"[-()（）.·]", "", tidy_code(text))
    for prefix in ("+86", "0086"):
        number = number.removeprefix(prefix)
    if len(number) == 13 and number.startswith("861"):
        number = number[2:]
    return number if number.isascii() else number.translate(_DASHES)


def _phone_fault(number: str) -> str:
    if not (number.isascii() and number.isdigit()):
        return "电话号码里有数字以外的字符，请只填一个号码，分机号和姓名另写。"
    if number.startswith("1"):
        return f"手机号应为 11 位数字，以 13 至 19 开头，现为 {len(number)} 位，请核对。"
    if not number.startswith("0") and len(number) in (7, 8):
        return "固定电话缺少区号，请写成“0519-86551234”的样子。"
    return "不是有效的电话号码，请填 11 位手机号，或带区号的固定电话（如 0519-86551234）。"
