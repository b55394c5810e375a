"""Every refusal in one shape: what was wrong, with which field, where, and what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import ConfigDict, Field

from anze.kernel.bus import readonly
from anze.kernel.bus.errors import Problem, TooMany

log = logging.getLogger("anze.api")

MEANING = {
    400: "The request does not fit this document: unreadable, of a wrong type, or out of bounds.",
    401: "Nobody is signed in.",
    403: "In sight, but not among what this person's posts allow; or the CSRF token is missing.",
    404: "There is none, or it lies outside what this person may see: the two look the same.",
    405: "The address exists, the method does not.",
    409: "The same id with other content, or a state that has moved on meanwhile.",
    422: "Well-formed, but a rule says no.",
    429: "A key asked faster than it may; Retry-After says for how many seconds to wait.",
}


class Fault(Schema):
    """A refusal, in words for the person who made the request."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "message": "这一天没有这个制度包在用",
                "field": "",
                "where": "wujin",
                "remedy": "换一天或换一个制度包",
                "fields": {},
            }
        }
    )

    message: str = Field(description="What was wrong.")
    field: str = Field("", description="Which field of the request, as a path: `query.limit`.")
    where: str = Field("", description="In which object.")
    remedy: str = Field("", description="What to do about it.")
    fields: dict[str, str] = Field(
        default_factory=dict, description="The words for each field, where several are wrong."
    )


def answer(status: int, **parts: Any) -> HttpResponse:
    """Return a fault as a response."""
    body = Fault(**parts).model_dump()
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def install(api: NinjaAPI) -> None:
    """Let an API answer every exception in this shape."""
    answers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        Problem: _problem,
        ValidationError: _invalid,
        AuthenticationError: _nobody,
        HttpError: _http,
        Http404: _nothing_here,
        SuspiciousOperation: _unreadable,
        BadRequest: _unreadable,
        MultiPartParserError: _unreadable,
        Exception: _broken,
    }
    for exception, handle in answers.items():
        api.add_exception_handler(exception, handle)


def _problem(_request: HttpRequest, problem: Problem) -> HttpResponse:
    status = problem.status if problem.status in MEANING else 422
    response = answer(status, **problem.as_dict())
    if isinstance(problem, TooMany):
        response["Retry-After"] = str(problem.again)
    return response


def _nobody(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return answer(401, message="还没有登录", remedy="先在 /sign-in/ 登录，再带着会话 Cookie 请求")


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 403:
        return answer(
            403,
            message="缺少 CSRF 令牌，或令牌已经过期",
            field="header.X-CSRFToken",
            remedy="从 GET /api/v1/me 取 csrf_token，放进请求头 X-CSRFToken 后再发",
        )
    return _unreadable(request, error)


def _unreadable(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return answer(
        400,
        message="请求的内容读不懂",
        field="body",
        remedy="正文应是 UTF-8 的 JSON 对象，不超过 2.5 MB，不含重复的键和不可见字符",
    )


def _nothing_here(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return nothing_here()


def nothing_here() -> HttpResponse:
    """Return the answer for an address that leads nowhere."""
    return answer(404, message="没有这个地址", remedy="全部地址见 /api/v1/docs")


def not_allowed(methods: Iterable[str]) -> HttpResponse:
    """Return the answer for a method that an address does not take."""
    allowed = ", ".join(sorted(methods))
    response = answer(405, message="这个地址不接受这种方法", remedy=f"可用的方法：{allowed}")
    response["Allow"] = allowed
    return response


def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer 404 for an id that cannot be one, 400 with a word for each field otherwise."""
    if any(fault["loc"][0] == "path" for fault in error.errors):
        return nothing_here()
    fields = {_path(fault["loc"]): _words(fault) for fault in error.errors[:20]}
    first, words = next(iter(fields.items()))
    return answer(
        400,
        message=f"{first}：{words}",
        field=first,
        remedy="参数的类型和范围见 /api/v1/docs",
        fields=fields,
    )


def _path(loc: Iterable[object]) -> str:
    """Return ``query.limit``, ``body.answers``; ninja names the argument ``body`` once more."""
    parts = [str(part) for part in loc]
    if parts[:2] == ["body", "body"]:
        del parts[0]
    return ".".join(parts)[:200]


def _words(fault: dict[str, Any]) -> str:
    limits = fault.get("ctx", {})
    said = {
        "missing": "必须填写",
        "extra_forbidden": "没有这一项",
        "string_type": "应是文字",
        "string_too_long": "最多 {max_length} 字",
        "string_too_short": "至少 {min_length} 字",
        "string_pattern_mismatch": "含有不允许的字符",
        "int_type": "应是整数",
        "int_parsing": "应是整数",
        "int_from_float": "应是整数",
        "greater_than_equal": "不能小于 {ge}",
        "less_than_equal": "不能大于 {le}",
        "literal_error": "应是 {expected} 之一",
        "uuid_parsing": "应是 UUID",
        "uuid_type": "应是 UUID",
        "too_long": "最多 {max_length} 个",
        "too_short": "至少 {min_length} 个",
        "bool_parsing": "应是 true 或 false",
        "dict_type": "应是对象",
        "model_attributes_type": "应是对象",
        "list_type": "应是数组",
    }.get(fault["type"])
    if said is None and fault["type"].startswith("date"):
        return "应是 2026-09-01 这样的日期"
    try:
        return said.format(**limits) if said else str(fault["msg"])
    except KeyError:
        return str(fault["msg"])


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """Say that it is our fault; the log has the rest under the same number."""
    if readonly.note(error):
        response = answer(
            503, message="系统暂时只读：服务器现在写不进数据", remedy="一分钟后用同一编号再发一次"
        )
        response["Retry-After"] = str(readonly.RETRY_SECONDS)
        return response
    number = str(getattr(getattr(request, "ctx", None), "request_id", ""))
    log.error("request %s failed: %s %s", number, request.method, request.path, exc_info=error)
    return answer(
        500,
        message="系统出了问题，错误已经记入日志",
        where=number,
        remedy="稍后再试；如果一直这样，把 where 里的编号告诉系统管理员",
    )
