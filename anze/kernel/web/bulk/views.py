"""``/-/bulk/``: choosing rows of a list, what would be done, doing it, taking it back."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound
from anze.kernel.people.access import Request, action
from anze.kernel.web.bulk import services
from anze.kernel.web.bulk.registry import find, opened
from anze.kernel.web.models import BulkRun, ItemState, RunState

FILE = "file-"


@action("web.lists")
@require_POST
def choose(request: Request, listing: str) -> HttpResponse:
    """Take the ticked rows (``ids``) or all that match (``all``), and show what ``do`` would do."""
    query, code = request.POST.get("query", ""), request.POST.get("do", "")
    everything = request.POST.get("all") == "1"
    ids = None if everything else request.POST.getlist("ids")
    if code.startswith(FILE):
        return _file(request.ctx, listing, code.removeprefix(FILE), query, ids)
    client_id = request.POST.get("client_id", "") or uuid4().hex
    run = services.draft(request.ctx, listing, code, query=query, ids=ids, client_id=client_id[:60])
    wanted = find(listing, code)
    if wanted is not None and not wanted.asks:
        services.confirm(request.ctx, run.pk)
    return redirect("web:bulk-run", run.pk)


def _file(ctx: Ctx, key: str, kind: str, query: str, ids: list[str] | None) -> HttpResponse:
    from django.http import QueryDict

    from anze.kernel.web.listing import Shown

    where = services.the_list(ctx, key)
    shown = Shown(where.make(ctx, QueryDict(query)), QueryDict(query), ctx, "")
    if not shown.listing.may_export(ctx):
        raise Denied("您的岗位不能导出这个列表")
    if kind not in shown.listing.exports:
        raise NotFound("没有这种文件", remedy="请选 Excel 或 CSV")
    if ids is not None:
        chosen = services.rows_of(ctx, where, query, ids)
        shown.matching = shown.matching.filter(pk__in=chosen.order_by().values("pk"))
    return shown.file(kind)


@action("web.lists")
@require_GET
def run_page(request: Request, run_id: UUID) -> HttpResponse:
    """Show what would be done, how far it is, or what was done and how to take it back."""
    run = services.get(request.ctx, run_id)
    context = _context(request.ctx, run)
    fragment = getattr(request, "htmx", None) and run.state in (RunState.RUNNING, RunState.UNDOING)
    template = "web/bulk/progress.html" if fragment else "web/bulk/run.html"
    response = render(request, template, context)
    if getattr(request, "htmx", None) and not fragment:
        # The long work has ended: the whole page tells the result.
        return HttpResponse(headers={"HX-Redirect": request.path})
    return response


@action("web.lists")
@require_POST
def confirm(request: Request, run_id: UUID) -> HttpResponse:
    """Do what was shown."""
    services.confirm(request.ctx, run_id)
    return redirect("web:bulk-run", run_id)


@action("web.lists")
@require_POST
def undo(request: Request, run_id: UUID) -> HttpResponse:
    """Take back what was done."""
    services.undo(request.ctx, run_id)
    return redirect("web:bulk-run", run_id)


def _context(ctx: Ctx, run: BulkRun) -> dict[str, Any]:
    wanted, where = find(run.listing, run.action), opened(run.listing)
    if wanted is None or where is None:
        raise NotFound("没有这项批量操作了", remedy="请从列表重新选择")
    counts = services.counts(run)
    back = reverse(where.route) + (f"?{run.query}" if run.query else "")
    done = counts.get(ItemState.DONE, 0) + counts.get(ItemState.UNDONE, 0)
    settled = run.total - counts.get(
        ItemState.DONE if run.state == RunState.UNDOING else ItemState.WAITING, 0
    )
    left = run.undo_until - ctx.now if run.undo_until else None
    minutes = int(left.total_seconds() // 60) + 1 if left and left.total_seconds() > 0 else 0
    return {
        "run": run,
        "action": wanted,
        "told": json.loads(run.told),
        "done": done,
        "settled": settled,
        "said": wanted.said.format(n=done),
        "unsaid": wanted.unsaid.format(n=counts.get(ItemState.UNDONE, 0)),
        "passed_over": services.passed_over(run),
        "undo_minutes": minutes if wanted.undo and run.state == RunState.DONE and done else 0,
        "back": back,
        "here": f"{reverse('web:bulk-run', args=[run.pk])}?{urlencode({'part': 1})}",
        "crumbs": [("首页", "/"), ("列表", back), (wanted.label, "")],
    }
