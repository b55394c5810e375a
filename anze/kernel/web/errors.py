"""Error answers: what happened, where, what to do; a page, or a fragment for htmx.

The pages with a status of 500 touch neither the database nor the session.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from anze.kernel.bus.errors import Problem, Refused

FRAGMENT_HEADER = "X-Anze-Fragment"


@dataclass(frozen=True)
class Words:
    """What an error page says when the raiser said nothing better."""

    title: str
    message: str
    remedy: str


WORDS: dict[int, Words] = {
    400: Words("这个请求读不懂", "地址或提交的内容不完整。", "返回上一页，刷新后再试一次。"),
    403: Words(
        "您的岗位没有这项权限",
        "这项内容在您的范围内，但您的岗位不能进行这项操作。",
        "需要办理时，请联系本单位的安全负责人或系统管理员调整岗位。",
    ),
    404: Words(
        "没有找到这个页面",
        "它可能已被移走，或者不在您的查看范围内。",
        "检查地址是否完整，或从首页重新进入。",
    ),
    409: Words(
        "内容已被别人改动",
        "在您打开之后，这条记录的状态变了，本次提交没有生效。",
        "返回上一页刷新，核对最新内容后再提交。",
    ),
    422: Words("没有办成", "填写的内容不符合规则。", "按提示改正后再提交。"),
    429: Words("操作太频繁", "短时间内请求过多，系统暂时停了一下。", "请等一分钟再试。"),
    500: Words(
        "系统出了问题",
        "这不是您的错，错误已经记入日志。已提交成功的内容不会丢失。",
        "稍后再试；如果一直这样，把下面的编号告诉系统管理员。",
    ),
}


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Return the answer to a refusal raised by a service, with its own words."""
    status = problem.status if problem.status in WORDS else 400
    return _answer(request, status, problem.message, problem.where, problem.remedy)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400."""
    return _answer(request, 400)


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403."""
    return _answer(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404."""
    return _answer(request, 404)


def too_many(request: HttpRequest, *_details: object) -> HttpResponse:
    """The answer to too many requests; fits ``AXES_LOCKOUT_CALLABLE`` too."""
    return _answer(request, 429)


def broken(request: HttpRequest) -> HttpResponse:
    """handler500: must work when the database does not, so it uses no context processor."""
    return _answer(request, 500)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: nearly always a page left open over a sign-out."""
    problem = Refused(
        "页面放得太久，登录状态已经更新，本次提交没有生效。",
        remedy="返回上一页，先复制已填写的文字，再刷新页面重新提交。",
    )
    return _answer(request, 403, problem.message, "", problem.remedy)


def _answer(
    request: HttpRequest, status: int, message: str = "", where: str = "", remedy: str = ""
) -> HttpResponse:
    words = WORDS[status]
    context = {
        "status": status,
        "title": words.title,
        "message": message or words.message,
        "where": where,
        "remedy": remedy or words.remedy,
        "request_id": _request_id(request),
        "signed_in": status != 500 and _signed_in(request),
    }
    if getattr(request, "htmx", False):
        html = render_to_string("web/errors/fragment.html", context)
        return HttpResponse(html, status=status, headers={FRAGMENT_HEADER: "error"})
    template = f"web/errors/{400 if status == 422 else status}.html"
    return HttpResponse(render_to_string(template, context), status=status)


def _request_id(request: HttpRequest) -> str:
    ctx = getattr(request, "ctx", None)
    return str(ctx.request_id) if ctx is not None else ""


def _signed_in(request: HttpRequest) -> bool:
    ctx = getattr(request, "ctx", None)
    return ctx is not None and ctx.actor_id is not None
