"""What an answer must be, for pages and API alike. Pure: no database, no request.

``read`` takes what a browser or a JSON client sent for one field and returns the answer, ``None``
where nothing was answered, or raises Wrong with words for the person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from anze.kernel.forms.checklists import read_checklist
from anze.kernel.forms.reading import Wrong, read_day, read_moment, read_text
from anze.kernel.packs.schema import Field, Form

MAX_INTEGER = 10**9
MAX_TEXT, MAX_NAME, MAX_PEOPLE, MAX_FILES = 500, 60, 200, 9
_YES = {"true", "yes", "on", "1", "是"}
_NO = {"false", "no", "off", "0", "否"}
_BETWEEN_NAMES = re.compile(r"[、，,;；/\s]+")


class Invalid(Exception):
    """Answers that cannot be taken: the words for each field, by field name."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {words}" for name, words in faults.items()))
        self.faults = dict(faults)


def read_all(form: Form, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a form by field name, without those not given; raise Invalid."""
    answers, faults = {}, {}
    for name in raw.keys() - {field.name for field in form.fields}:
        faults[str(name)[:60]] = "这张表没有这一项"
    for field in form.fields:
        try:
            answer = read(field, raw.get(field.name))
        except Wrong as wrong:
            faults[field.name] = str(wrong)
            continue
        if answer is not None:
            answers[field.name] = answer
    if faults:
        raise Invalid(faults)
    return answers


def read(field: Field, raw: Any) -> Any:
    """Return the answer to one field; None if it may stay and stayed empty; raise Wrong."""
    if isinstance(raw, str):
        raw = unicodedata.normalize("NFC", raw).strip()
    answer = None if _nothing(raw) else _READERS[field.type](field, raw)
    if not _nothing(answer):
        return answer
    if field.required:
        raise Wrong(_missing(field))
    return None


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | tuple | dict) and not value)


def _missing(field: Field) -> str:
    if field.type in ("choice", "choices", "bool", "checklist"):
        return "请选择一项" if field.type != "checklist" else "请逐项作答"
    return "请先拍照或选择文件" if field.type in ("photo", "file") else "请填写这一项"


def _integer(field: Field, raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise Wrong("请填整数")
    text = unicodedata.normalize("NFKC", str(raw)).replace(",", "").replace(" ", "")
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise Wrong("请填整数，例如 120")
    number = int(text)
    _within(field, Decimal(number))
    return number


def _decimal(field: Field, raw: Any) -> str:
    if isinstance(raw, bool) or not isinstance(raw, int | str | Decimal):
        raise Wrong("请填数字，小数请用文本形式，例如 2.5")
    text = unicodedata.normalize("NFKC", str(raw)).replace(",", "").replace(" ", "")
    if not re.fullmatch(r"[+-]?[0-9]{1,12}(\.[0-9]{1,9})?", text):
        raise Wrong("请填数字，例如 2.5")
    try:
        number = Decimal(text)
    except InvalidOperation:  # pragma: no cover - the pattern leaves no such text
        raise Wrong("请填数字，例如 2.5") from None
    _within(field, number)
    if in_tenths(field) and number * 10 != int(number * 10):
        raise Wrong("最多一位小数")
    plain = format(number, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in ("-0", "") else plain


def in_tenths(field: Field) -> bool:
    """Whether a decimal answer is kept as whole tenths: its fact is named ``…_tenths``."""
    return field.type == "decimal" and field.fact_name.endswith("_tenths")


def _within(field: Field, number: Decimal) -> None:
    least = field.min if field.min is not None else 0
    most = field.max if field.max is not None else MAX_INTEGER
    if number < least:
        raise Wrong(f"不能小于 {least}")
    if number > most:
        raise Wrong(f"不能大于 {most}")


def _choice(field: Field, raw: Any) -> str:
    for option in field.options:
        if raw == option.code:
            return option.code
    raise Wrong("没有这个选项，请重新选择")


def _choices(field: Field, raw: Any) -> list[str]:
    if not isinstance(raw, list | tuple):
        raw = [raw]
    known = [option.code for option in field.options]
    if any(not isinstance(one, str) or one not in known for one in raw):
        raise Wrong("有不认识的选项，请重新选择")
    return [code for code in known if code in raw]


def _date(_field: Field, raw: Any) -> date:
    return read_day(raw)


def _datetime(_field: Field, raw: Any) -> datetime:
    return read_moment(raw)


def _bool(_field: Field, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = raw.lower() if isinstance(raw, str) else ""
    if word not in _YES | _NO:
        raise Wrong("请选“是”或“否”")
    return word in _YES


def _text(field: Field, raw: Any) -> str:
    return read_text(raw, field.max_length or MAX_TEXT)


def _person(_field: Field, raw: Any) -> str:
    return read_text(raw, MAX_NAME).replace("\n", " ")


def _people(field: Field, raw: Any) -> list[str]:
    parts = _BETWEEN_NAMES.split(raw) if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple):
        raise Wrong("请填姓名，多人用顿号隔开")
    names = [name for part in parts if (name := _person(field, part))]
    if len(names) > MAX_PEOPLE:
        raise Wrong(f"最多 {MAX_PEOPLE} 人，现在 {len(names)} 人")
    return list(dict.fromkeys(names))


def _files(_field: Field, raw: Any) -> list[UUID]:
    parts = raw if isinstance(raw, list | tuple) else [raw]
    if len(parts) > MAX_FILES:
        raise Wrong(f"最多 {MAX_FILES} 个，现在 {len(parts)} 个")
    try:
        return list(dict.fromkeys(one if isinstance(one, UUID) else UUID(one) for one in parts))
    except (ValueError, AttributeError, TypeError):
        raise Wrong("附件编号不对，请重新选择文件") from None


_READERS: dict[str, Callable[[Field, Any], Any]] = {
    "integer": _integer,
    "decimal": _decimal,
    "choice": _choice,
    "choices": _choices,
    "date": _date,
    "datetime": _datetime,
    "bool": _bool,
    "text": _text,
    "person": _person,
    "people": _people,
    "photo": _files,
    "file": _files,
    "checklist": read_checklist,
}


def attachments(form: Form, answers: Mapping[str, Any]) -> list[UUID]:
    """Return the ids of all files named in the answers, in the order of the fields."""
    fields = [field for field in form.fields if field.type in ("photo", "file")]
    return unique(one for field in fields for one in answers.get(field.name, ()))


def unique(ids: Iterable[UUID]) -> list[UUID]:
    """Return ids without repetition, in order."""
    return list(dict.fromkeys(ids))
