"""``/ledger/``: entries the actor may read, one entry, its proof."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from anze.interfaces.portal.listings.entries import EntryList
from anze.interfaces.portal.pages import ledger as pages
from anze.kernel.people.access import Request, action
from anze.kernel.web.listing import listing_response


@action("portal.home")
def entry_list(request: Request) -> HttpResponse:
    """List entries; public ones are everybody's."""
    crumbs = [("首页", "/"), ("存证", "")]
    context = {"protection": pages.protection(), "crumbs": crumbs}
    return listing_response(request, EntryList(), "portal/ledger.html", context)


@action("portal.home")
def entry_page(request: Request, uid: UUID) -> HttpResponse:
    """Show one entry; 404 for one the actor may not read."""
    found = pages.page(request.ctx, uid)
    crumbs = [("首页", "/"), ("存证", "/ledger/"), (f"第 {found.entry.leaf.n} 号", "")]
    return render(request, "portal/entry.html", {"page": found, "crumbs": crumbs})


@action("portal.home")
def proof(request: Request, uid: UUID) -> HttpResponse:
    """Hand out the inclusion proof of an entry as a file."""
    found = pages.proof(request.ctx, uid)
    answer = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="anze-proof-{found["n"]}.json"'
    return answer
