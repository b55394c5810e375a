"""Say in Chinese what the schema found wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anze.kernel.packs.faults import nearest

_PLAIN: dict[str, tuple[str, str]] = {
    "missing": ("缺少必填的键", "补上它"),
    "string_type": ("应是文字", "数字和日期样的内容请加引号"),
    "int_type": ("应是整数", "去掉引号和小数"),
    "bool_type": ("应是 true 或 false", "不要写 yes/no、是/否"),
    "dict_type": ("应是一组“键: 值”", "检查缩进"),
    "model_type": ("应是一组“键: 值”", "检查缩进"),
    "model_attributes_type": ("应是一组“键: 值”", "检查缩进"),
    "tuple_type": ("应是列表", "每项前加 - ，或写成 [甲, 乙]"),
    "list_type": ("应是列表", "每项前加 - ，或写成 [甲, 乙]"),
    "string_pattern_mismatch": ("写法不合规定", "见 packs 的说明：编号、代码的写法"),
    "string_too_short": ("不能为空", "写上内容"),
}


def say(detail: Mapping[str, Any], known: tuple[str, ...]) -> tuple[str, str]:
    """Turn one pydantic error into (message, remedy). ``known``: all keys of the schema."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        key = str(detail["loc"][-1])
        return f"不认识的键 {key[:60]}", nearest(key, known) or "删掉它"
    if kind == "value_error":
        return str(context.get("error", detail["msg"])), ""
    if kind in ("literal_error", "enum"):
        given = _shown(detail["input"])
        return f"不认识的值 {given}", f"应是 {str(context.get('expected', ''))[:300]}"
    if kind == "string_too_long":
        return f"超过 {context.get('max_length')} 个字", "写短些"
    if kind in ("too_short", "too_long"):
        return _length(context), ""
    message, remedy = _PLAIN.get(kind, (str(detail["msg"]), ""))
    if kind == "string_pattern_mismatch":
        message = f"{message}：{_shown(detail['input'])}"
    return message, remedy


def _length(context: Mapping[str, Any]) -> str:
    if "max_length" in context:
        return f"最多 {context['max_length']} 项，现有 {context.get('actual_length')} 项"
    return f"至少 {context.get('min_length')} 项"


def _shown(value: Any) -> str:
    return str(value)[:60]
