"""The OpenAPI document as a page shows it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from anze.kernel.people import actions
from anze.kernel.web.wire.faults import MEANING

Json = Mapping[str, Any]
SHAPES = "#/components/schemas/"


@dataclass(frozen=True)
class Named:
    """A parameter or a field: its type in words, the shape it leads to, and what it means."""

    name: str
    kind: str
    shape: str
    required: bool
    place: str
    text: str


@dataclass(frozen=True)
class Answer:
    """A status and what comes with it."""

    code: int
    text: str
    kind: str
    shape: str


@dataclass(frozen=True)
class Operation:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    action: str
    label: str
    parameters: list[Named]
    body: Named | None
    answers: list[Answer]
    refusals: list[int]


@dataclass(frozen=True)
class Group:
    """The operations on one subject."""

    title: str
    operations: list[Operation]


@dataclass(frozen=True)
class Shape:
    """A named object."""

    name: str
    text: str
    fields: list[Named]
    example: str


@dataclass(frozen=True)
class Reference:
    """All the page needs."""

    title: str
    text: str
    groups: list[Group]
    shapes: list[Shape]
    refusals: list[tuple[int, str]]


def read(document: Json) -> Reference:
    """Return the page of an OpenAPI document."""
    groups: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, spec in methods.items():
            group = groups.setdefault(spec["tags"][0], [])
            group.append(_operation(path, method.upper(), spec))
    info = document["info"]
    return Reference(
        info["title"],
        _plain(info["description"]),
        [Group(title, found) for title, found in groups.items()],
        [_shape(name, spec) for name, spec in sorted(document["components"]["schemas"].items())],
        list(MEANING.items()),
    )


def _plain(text: str) -> str:
    """Return a description without the marks for code."""
    return text.replace("`", "")


def _operation(path: str, method: str, spec: Json) -> Operation:
    code = spec["x-action"]
    return Operation(
        spec["operationId"],
        method,
        path,
        spec["summary"],
        _plain(spec.get("description", "")),
        code,
        actions.get(code).label,
        [
            _named(one["name"], one["schema"], one["required"], one["in"])
            for one in spec["parameters"]
        ],
        next(_bodies(spec), None),
        [
            _answer(status, one)
            for status, one in spec["responses"].items()
            if status not in MEANING
        ],
        [status for status in spec["responses"] if status in MEANING],
    )


def _bodies(spec: Json) -> Iterator[Named]:
    for media, one in spec.get("requestBody", {}).get("content", {}).items():
        schema = one["schema"]
        names = "、".join(schema.get("properties", {}))
        kind, shape = _kind(schema)
        yield Named(names if not shape else "", kind, shape, True, media, "")


def _answer(status: int, spec: Json) -> Answer:
    schema = next(iter(spec.get("content", {}).values()), {}).get("schema", {})
    kind, shape = _kind(schema)
    return Answer(status, HTTPStatus(status).phrase, kind, shape)


def _shape(name: str, spec: Json) -> Shape:
    required = spec.get("required", ())
    fields = [
        _named(field, one, field in required, "")
        for field, one in spec.get("properties", {}).items()
    ]
    example = spec.get("example")
    shown = json.dumps(example, ensure_ascii=False, indent=2) if example else ""
    return Shape(name, _plain(spec.get("description", "")), fields, shown)


def _named(name: str, schema: Json, required: bool, place: str) -> Named:
    kind, shape = _kind(schema)
    text = _plain(schema.get("description", ""))
    limits = [f"{sign} {schema[key]}" for key, sign in _LIMITS if key in schema]
    if "default" in schema and schema["default"] not in (None, "", {}, []):
        limits.append(f"默认 {schema['default']}")
    return Named(name, "，".join([kind, *limits]), shape, required, place, text)


_LIMITS = (("minimum", "≥"), ("maximum", "≤"), ("minLength", "至少"), ("maxLength", "至多"))


def _kind(schema: Json) -> tuple[str, str]:
    """Return a type in words and the shape it leads to, if any."""
    if ref := schema.get("$ref"):
        name = ref.removeprefix(SHAPES)
        return name, name
    if parts := schema.get("anyOf") or schema.get("oneOf"):
        kinds = [_kind(one) for one in parts]
        return " | ".join(kind for kind, _ in kinds), next((s for _, s in kinds if s), "")
    if schema.get("type") == "array":
        kind, shape = _kind(schema.get("items", {}))
        return f"[{kind}]", shape
    if "enum" in schema:
        return " | ".join(str(one) or "''" for one in schema["enum"]), ""
    if "const" in schema:
        return str(schema["const"]), ""
    return str(schema.get("format") or schema.get("type") or "any"), ""
