"""A strict reader of a small YAML: mappings, lists, text, integers and booleans, with positions.

Refused, because a policy file never needs them and readers trip over them: anchors and aliases,
tags, duplicate or non-text keys, several documents, empty values, decimal fractions (write "0.5" in
quotes), numbers with leading zeros. Only ``true`` and ``false`` are booleans, so ``on``, ``no`` and
a choice called ``yes`` stay text. Built on parser events, so depth is bounded before any recursion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_BYTES = 1_000_000
MAX_DEPTH = 24
MAX_NODES = 100_000

Path = tuple[str | int, ...]
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})\Z")
_NUMBERLIKE = re.compile(r"[-+]?(\.[0-9]|[0-9])[0-9_.eE+-]*\Z")
_DATELIKE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z|[0-9]{2}-[0-9]{2}\Z")
_EMPTY = {"", "~", "null", "Null", "NULL"}
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlFault(Exception):
    """The text is not the YAML we read: what, at which line (from 1), what to do."""

    def __init__(self, message: str, line: int, remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.line, self.remedy = message, line, remedy


@dataclass
class Tree:
    """A parsed file: its value, and the line on which each path begins."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Return the line of the path, or of the nearest part of it that exists."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(data: bytes) -> Tree:
    """Parse one file. Raises YamlFault, and nothing else, for anything that is not plain YAML."""
    if len(data) > MAX_BYTES:
        raise YamlFault(f"文件超过 {MAX_BYTES} 字节", 1, "拆成几个文件")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise YamlFault("不是 UTF-8 编码", line, "另存为 UTF-8") from None
    try:
        return _Builder(iter(yaml.parse(text, Loader=_PARSER))).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlFault(
            f"YAML 写法有误：{error.problem or error.context}",
            mark.line + 1 if mark else 1,
            "检查缩进、冒号后的空格和引号",
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise YamlFault(f"读不懂的内容：{reason}", 1, "检查是否混入了不可见字符") from None


class _Builder:
    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self.events = events
        self.tree = Tree(None)
        self.nodes = 0

    def document(self) -> Tree:
        event = self._next()  # stream start
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise YamlFault("文件是空的", 1, "写上内容，或删掉这个文件")
        self.tree.value = self._value(self._next(), (), 0)
        self._next()  # document end
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise YamlFault("一个文件里有两份文档", _line(event), "去掉 --- 分隔线")
        return self.tree

    def _next(self) -> yaml.Event:
        return next(self.events)

    def _value(self, event: yaml.Event, path: Path, depth: int) -> Any:
        line = _line(event)
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise YamlFault("内容过多或嵌套过深", line, "拆成几个文件")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise YamlFault("不能用 & 锚点和 * 引用", line, "把内容原样写出来")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise YamlFault(f"不能用类型标记 {str(tag)[:40]}", line, "去掉 ! 标记")
        self.tree.lines.setdefault(path, line)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path, depth)
        return self._mapping(path, depth)

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise YamlFault("键应是一个词", line, "键不能是列表、键值组或引用")
            if event.anchor or event.tag:
                raise YamlFault("键上不能有 & 锚点或 ! 标记", line, "去掉它")
            key = event.value
            if not key or key == "<<":
                raise YamlFault("键是空的或是合并键 <<", line, "把内容原样写出来")
            if key in items:
                raise YamlFault(f"键 {key[:60]} 写了两次", line, "留下一个")
            self.tree.lines[(*path, key)] = line
            items[key] = self._value(self._next(), (*path, key), depth + 1)
        return items


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(event: yaml.ScalarEvent, line: int) -> str | int | bool:
    text: str = event.value
    if event.style in ("'", '"', "|", ">"):
        return text.rstrip("\n")  # a block of text ends with a line break nobody wrote
    if text in _EMPTY:
        raise YamlFault("值是空的", line, "写上值，或删掉这个键")
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.match(text):
        return int(text)
    if _NUMBERLIKE.match(text) and not _DATELIKE.match(text):
        raise YamlFault(f"{text[:40]} 会被当成数", line, f'编号、小数请加引号："{text[:40]}"')
    return text
