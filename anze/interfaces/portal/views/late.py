"""``/late/``: who has not answered; reminding them is a bulk action of the list."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render

from anze.interfaces.portal import params
from anze.interfaces.portal.listings import late as listing
from anze.interfaces.portal.pages import late as pages
from anze.kernel.documents import selectors
from anze.kernel.people.access import Request, action
from anze.kernel.web.listing import listing_response


@action("duties.remind")
def late(request: Request) -> HttpResponse:
    """Show what lacks, grouped by requirement or by unit; ``by=list`` row by row."""
    crumbs = [("首页", "/"), ("谁还没报", "")]
    if params.text(request, "by") == "list":
        found = listing.make(request.ctx, request.GET)
        return listing_response(request, found, "portal/late_list.html", {"crumbs": crumbs})
    chosen = {name: params.text(request, name) for name in ("town", "requirement", "unit")}
    page = pages.page(request.ctx, by=params.text(request, "by"), **chosen)
    query = urlencode({name: value for name, value in chosen.items() if value})
    context = {
        "page": page,
        "query": query,
        "crumbs": crumbs,
        "remind": listing.REMIND,
        "may_issue": bool(request.ctx.access.visible(selectors.ISSUE)),
    }
    return render(request, "portal/late.html", context)
