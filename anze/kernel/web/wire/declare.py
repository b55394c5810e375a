"""How an operation says what it needs and what it may answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Router

from anze.kernel.bus.errors import Refused
from anze.kernel.files.limits import MAX_BODY
from anze.kernel.people import table
from anze.kernel.people.access import api_action
from anze.kernel.web.wire.faults import Fault

READ = (400, 401, 403, 404, 429)
WRITE = (400, 401, 403, 404, 409, 422, 429)
PUBLIC = (400, 404, 422)
Function = Callable[..., Any]


class bounded_action(api_action):  # noqa: N801 (reads as a declaration)
    """Guard of an operation that takes a file: stops a body too big before any of it is read.

    The CSRF check would read it first, to look for its token among the fields.
    """

    def __call__(self, request: HttpRequest) -> Any:
        """Return something true to let the request pass; raise Refused by its declared length."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > MAX_BODY:
            raise Refused(
                f"一次上传超过 {MAX_BODY // (1024 * 1024)} MB",
                field="body.file",
                remedy="请把照片缩小，或把文档拆开再传",
            )
        return super().__call__(request)


def operation(
    router: Router,
    method: str,
    path: str,
    *,
    action: str,
    answer: Any,
    summary: str,
    also: tuple[int, ...] = (),
    guard: type[api_action] = api_action,
    status: int = 200,
) -> Callable[[Function], Function]:
    """Declare an operation: who may call it, what it answers, and with which refusals.

    ``answer`` is the shape of ``status``; for writes that may find their work done already, 200 has
    the same shape. ``also`` adds refusals a reading operation may give.
    """
    refusals = PUBLIC if action in table.ANYBODY else READ if method == "GET" else WRITE
    answers: dict[int, Any] = {status: answer} if status == 200 else {200: answer, status: answer}
    codes = sorted({*refusals, *also})
    return router.api_operation(
        [method],
        path,
        auth=guard(action),
        response={**answers, **dict.fromkeys(codes, Fault)},
        summary=summary,
        openapi_extra={"x-action": action},
    )
