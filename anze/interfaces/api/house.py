"""The one API object: strict JSON in, readable JSON out, and a document that says what is so."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import JSONRenderer

from anze.kernel.people import table
from anze.kernel.web.wire import faults
from anze.lib import strict


class StrictParser(Parser):
    """Reads JSON that every later step can keep: what it refuses becomes a 400."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the parsed body; raise ValueError."""
        return strict.load(request.body)


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
