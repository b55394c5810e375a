"""The inbox: what a person was told, and the way to it."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from anze.kernel.people.access import Request, action
from anze.kernel.work import selectors, services

PAGE = 30


@action("account")
@require_GET
def inbox(request: Request) -> HttpResponse:
    """``GET /notices/``: the actor's notices, newest first; ``?unread=1`` only the unread."""
    rows = selectors.inbox(request.ctx)
    only_unread = request.GET.get("unread") == "1"
    if only_unread:
        rows = rows.filter(read_at=None)
    context = {
        "crumbs": [("首页", "/"), ("通知", "")],
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "unread": selectors.unread(request.ctx),
        "only_unread": only_unread,
    }
    return render(request, "work/inbox.html", context)


@action("account")
@require_GET
def follow(request: Request, notice_id: UUID) -> HttpResponse:
    """``GET /notices/<id>/``: mark as read and go where the notice leads."""
    notice = services.read(request.ctx, notice_id)
    return redirect(notice.link or "work:inbox")


@action("account")
@require_POST
def read_all(request: Request) -> HttpResponse:
    """``POST /notices/read/``: mark all as read."""
    services.read_all(request.ctx)
    return redirect("work:inbox")
