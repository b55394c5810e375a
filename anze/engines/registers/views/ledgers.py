"""``/registers/``: how the registers stand, the list of one, its labels."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from anze.engines.registers import labels, listing, selectors, spec
from anze.engines.registers.models import Audit
from anze.kernel.people.access import Request, action
from anze.kernel.web import site
from anze.kernel.web.listing import Shown, listing_response
from anze.lib.ids import uuid_or_none

HOME = ("台账", "/registers/")


@action("registers.view")
@require_GET
def index(request: Request) -> HttpResponse:
    """``GET /registers/``: each register with what is over, ends soon and is missing."""
    ctx = request.ctx
    running = selectors.audits(ctx).filter(state=Audit.OPEN)[:10]
    context = {
        "crumbs": [("首页", "/"), ("台账", "")],
        "standing": selectors.standing(ctx),
        "running": running,
        "unit": request.GET.get("unit", ""),
        "may_audit": bool(ctx.access.visible("registers.audit")),
    }
    return render(request, "registers/index.html", context)


@action("registers.view")
@require_GET
def listing_page(request: Request, code: str) -> HttpResponse:
    """``GET /registers/<code>/``: the list with filters, pages and export."""
    one = spec.get(code)
    request.ctx.access.check(one.view, None)
    query = request.GET.copy()
    for own in ("page", "size", "export"):
        query.pop(own, None)
    context = {
        "crumbs": [("首页", "/"), HOME, (one.label, "")],
        "spec": one,
        "may_edit": bool(request.ctx.access.visible(one.edit)),
        "may_import": bool(request.ctx.access.visible("exchange.import")),
        "labels_url": f"{reverse('registers:labels', args=[code])}?{query.urlencode()}",
    }
    return listing_response(request, listing.of(one), "registers/list.html", context)


@action("registers.view")
@require_GET
def label_sheet(request: Request, code: str) -> HttpResponse:
    """``GET …/labels/``: stickers of what the list's filters find, or of the ``thing``s named."""
    one = spec.get(code)
    shown: Shown[Any] = Shown(listing.of(one), request.GET, request.ctx, request.path)
    rows = shown.matching
    if named := [known for text in request.GET.getlist("thing") if (known := uuid_or_none(text))]:
        rows = rows.filter(pk__in=named[: labels.MOST])
    found = list(rows.select_related("unit")[: labels.MOST + 1])
    context = {
        "crumbs": [HOME, (one.label, reverse("registers:list", args=[code])), ("二维码标签", "")],
        "spec": one,
        "labels": labels.labels(one, found[: labels.MOST], site.address(request)),
        "more": len(found) > labels.MOST,
        "most": labels.MOST,
    }
    return render(request, "registers/labels.html", context)
