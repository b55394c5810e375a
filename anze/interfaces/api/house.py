"""The one API object: strict JSON in, readable JSON out, and a document that says what is so."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import JSONRenderer

from anze.interfaces.api import faults
from anze.kernel.people import table

DEEPEST = 20


class StrictParser(Parser):
    """Reads JSON that every later step can keep: what it refuses becomes a 400.

    No doubled keys (two readers would see two contents), no NaN, no NUL and no lone surrogates
    (PostgreSQL and UTF-8 take neither), no nesting beyond ``DEEPEST``.
    """

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the parsed body; raise ValueError."""
        value = json.loads(
            request.body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse
        )
        _check(value, DEEPEST)
        return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("doubled key")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        value.encode("utf-8")
        if "\x00" in value:
            raise ValueError("NUL")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check(key, depth)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that may be left out: no address can carry a null."""
    if "anyOf" not in schema:
        return schema
    others = [one for one in schema["anyOf"] if one.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**(others[0] if len(others) == 1 else {"anyOf": others}), **rest}


class ReadableRenderer(JSONRenderer):
    """Writes Chinese as it is."""

    json_dumps_params = {"ensure_ascii": False}  # noqa: RUF012 (ninja reads the class attribute)


class House(NinjaAPI):
    """Names operations after their functions; says 405 in our shape; marks public operations."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the function's name: stable, whatever module it moves to."""
        return operation.view_func.__name__

    def _get_urls(self) -> list[Any]:
        for router in self._get_bound_routers():
            for view in router.path_operations.values():
                methods = {method for one in view.operations for method in one.methods}
                view._not_allowed = partial(faults.not_allowed, methods)
        return super()._get_urls()

    def get_openapi_schema(self, **how: Any) -> Any:
        """Return the document; operations for everybody ask for no session."""
        document = super().get_openapi_schema(**how)
        for methods in document["paths"].values():
            for operation in methods.values():
                if operation["x-action"] in table.ANYBODY:
                    operation["security"] = []
                for parameter in operation["parameters"]:
                    parameter["schema"] = _without_null(parameter["schema"])
        schemes = document["components"]["securitySchemes"]
        for scheme in schemes.values():
            scheme["description"] = (
                "The session cookie of a person who signed in at /sign-in/. Unsafe methods also "
                "need the header X-CSRFToken with the csrf_token that GET /me gives."
            )
        return document
