"""Every route of the house with the action it declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import Operation, PathView

# django-ninja adds these by itself; it answers the root with a redirect or 404 and shows nothing.
ITS_OWN = {"api-root"}


@dataclass(frozen=True)
class Route:
    """One way in: its pattern, how it may be called, the action it declares (or None).

    ``name`` is with its namespaces, as a template asks for it.
    """

    pattern: str
    method: str
    action: str | None
    view: Any
    name: str


def routes(urlconf: Any = None) -> list[Route]:
    """Return every route of a URLconf (the house's by default)."""
    return list(_walk(get_resolver(urlconf).url_patterns, "", ""))


def _walk(patterns: list[Any], prefix: str, space: str) -> Iterator[Route]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, address, inner)
        elif isinstance(pattern, URLPattern) and pattern.name not in ITS_OWN:
            yield from _of_view(address, pattern, space)


def _of_view(address: str, pattern: URLPattern, space: str) -> Iterator[Route]:
    view, name = pattern.callback, f"{space}{pattern.name or ''}"
    if operations := _operations(view):
        for operation in operations:
            for method in operation.methods:
                yield Route(address, method, _declared(operation), view, name)
    else:
        yield Route(address, "ANY", getattr(view, "action_code", None), view, name)


def _operations(view: Any) -> list[Operation]:
    cells = [cell.cell_contents for cell in getattr(view, "__closure__", None) or ()]
    return [one for cell in cells if isinstance(cell, PathView) for one in cell.operations]


def _declared(operation: Operation) -> str | None:
    codes = {getattr(callback, "action_code", None) for callback in operation.auth_callbacks}
    # One guard only: ninja lets a request pass when any of several does.
    return codes.pop() if len(codes) == 1 else None
