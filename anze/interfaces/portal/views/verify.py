"""``/v/``: the public page where anybody asks whether a document is genuine and still valid.

Nothing of a document's content is shown. A file dropped on the page is hashed in the browser where
that can be done; else it is sent, hashed while it is read, and kept nowhere.
"""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from anze.kernel.bus.errors import Refused, TooMany
from anze.kernel.bus.limits import Limit
from anze.kernel.documents import numbering, selectors
from anze.kernel.files.limits import MAX_BODY, body_at_most
from anze.kernel.people.access import Request, action

PACE = Limit(per_second=1, burst=60)  # of one address; codes cannot be guessed
NAMES = {"pdf": "PDF 文件", "docx": "Word 文件", "scan": "盖章扫描件"}


@action("public")
def ask(request: Request) -> HttpResponse:
    """``GET /v/?code=``: type the code that is printed under the picture."""
    code = numbering.read_code(request.GET.get("code", ""))
    if code:
        return redirect("portal:verify", code)
    return render(request, "portal/verify.html", {"found": None, "asked": ""})


def _too_big(request: HttpRequest, problem: Refused) -> HttpResponse:
    return _answer(request, request.resolver_match.kwargs["code"], problem=problem)  # type: ignore[union-attr]


@action("public")
@never_cache
@body_at_most(MAX_BODY, _too_big)
def verify(request: Request, code: str) -> HttpResponse:
    """``GET`` what is public of a document; ``POST`` a file to compare with it."""
    try:
        PACE.take(request.META.get("REMOTE_ADDR", ""), "查询太频繁", "请一分钟后再试")
    except TooMany:
        return render(request, "portal/verify.html", {"slow": True, "asked": code}, status=429)
    sent = request.FILES.get("file") if request.method == "POST" else None
    if sent is None:
        return _answer(request, code)
    digest = hashlib.sha256()
    for part in sent.chunks():
        digest.update(part)
    return _answer(request, code, sha256=digest.hexdigest())


def _answer(
    request: HttpRequest, code: str, *, sha256: str = "", problem: Refused | None = None
) -> HttpResponse:
    found = selectors.verify(code)
    context = {
        "found": found,
        "asked": code[:40],
        "code": numbering.spaced(numbering.read_code(code)),
        "sha256": sha256,
        "same": NAMES.get(selectors.same(found, sha256), "") if found else "",
        "problem": problem,
    }
    status = 404 if found is None else problem.status if problem else 200
    return render(request, "portal/verify.html", context, status=status)
