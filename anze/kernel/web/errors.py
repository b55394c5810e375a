"""Error answers: what happened, where, what to do; a page, or a fragment for htmx.

The pages with a status of 500 touch neither the database nor the session.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from anze.kernel.bus import readonly
from anze.kernel.bus.errors import Problem, Refused
from anze.kernel.people.access import NotYours
from anze.kernel.web import nav

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
    413: Words(
        "提交的内容太大",
        "一次提交的内容或项数超过了上限，本次没有生效。",
        "返回上一页，少选一些、缩短文字或分几次提交；照片和表格请用页面上的上传按钮。",
    ),
    422: Words("没有办成", "填写的内容不符合规则。", "按提示改正后再提交。"),
    429: Words("操作太频繁", "短时间内请求过多，系统暂时停了一下。", "请等一分钟再试。"),
    500: Words(
        "系统出了问题",
        "这不是您的错，错误已经记入日志。已提交成功的内容不会丢失。",
        "稍后再试；如果一直这样，把下面的编号告诉系统管理员。",
    ),
    503: Words(
        "系统暂时只读",
        "服务器现在写不进数据（多半是磁盘满了），本次提交没有生效。已提交成功的内容都在，页面可以照常查看。",
        "管理员处理后会自动恢复，一般不用很久。您填写的文字留在下面，过一会儿点“再次提交”即可；照片和附件要重新选择。",
    ),
}
# What nobody should find on a page again.
_SECRET = re.compile(r"csrf|pass|code|token|secret|^(old|new|again)$", re.IGNORECASE)


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Return the answer to a refusal raised by a service, with its own words."""
    status = problem.status if problem.status in WORDS else 400
    asked = _asked(problem)
    return _answer(request, status, problem.message, problem.where, problem.remedy, asked=asked)


def _asked(problem: Problem) -> str:
    """Return what was refused by the table, as the query of the page that tells the reason."""
    if not isinstance(problem, NotYours):
        return ""
    unit = {"unit": str(problem.unit_id)} if problem.unit_id else {}
    return urlencode({"action": problem.action, **unit})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400; what is too large or has too many parts says so."""
    too_much = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return _answer(request, 413 if too_much else 400)


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
    if (error := sys.exception()) is not None and readonly.note(error):
        return no_room(request)
    return _answer(request, 500)


def no_room(request: HttpRequest) -> HttpResponse:
    """The answer while nothing can be written: what was typed comes back, to be sent again."""
    words = WORDS[503]
    if not getattr(request, "htmx", False) and "text/html" not in request.headers.get("Accept", ""):
        said = {"message": words.title + "：" + words.message, "remedy": "过一分钟再试。"}
        response: HttpResponse = JsonResponse(said, status=503)
    else:
        response = _answer(request, 503, kept=_typed(request))
    response["Retry-After"] = str(readonly.RETRY_SECONDS)
    return response


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of a form that was sent, but for secrets and files."""
    try:
        fields = request.POST
    except Exception:  # the body could not be read for want of room
        return []
    return [(name, one) for name in fields if not _SECRET.search(name)
            for one in fields.getlist(name)]  # fmt: skip


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: nearly always a page left open over a sign-out."""
    problem = Refused(
        "页面放得太久，登录状态已经更新，本次提交没有生效。",
        remedy="返回上一页，先复制已填写的文字，再刷新页面重新提交。",
    )
    return _answer(request, 403, problem.message, "", problem.remedy)


def _answer(
    request: HttpRequest,
    status: int,
    message: str = "",
    where: str = "",
    remedy: str = "",
    kept: Sequence[tuple[str, str]] = (),
    asked: str = "",
) -> HttpResponse:
    words = WORDS[status]
    context = {
        "status": status,
        "title": words.title,
        "message": message or words.message,
        "where": where,
        "remedy": remedy or words.remedy,
        "asked": asked,
        "request_id": _request_id(request),
        "signed_in": status not in (500, 503) and _signed_in(request),
        "feet": _feet(request, status),
        "kept": kept,
        "address": request.get_full_path(),
        "token": get_token(request) if kept else "",
    }
    if getattr(request, "htmx", False):
        html = render_to_string("web/errors/fragment.html", context)
        return HttpResponse(html, status=status, headers={FRAGMENT_HEADER: "error"})
    template = f"web/errors/{400 if status == 422 else status}.html"
    return HttpResponse(render_to_string(template, context), status=status)


def _request_id(request: HttpRequest) -> str:
    ctx = getattr(request, "ctx", None)
    return str(ctx.request_id) if ctx is not None else ""


def _feet(request: HttpRequest, status: int) -> list[tuple[str, str]]:
    """Return the quiet links of the page; none where the database must not be asked."""
    return nav.feet(request.ctx, request.path) if status < 500 and _signed_in(request) else []  # type: ignore[attr-defined]


def _signed_in(request: HttpRequest) -> bool:
    ctx = getattr(request, "ctx", None)
    return ctx is not None and ctx.actor_id is not None
