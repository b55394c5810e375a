"""``/packs/``: what rules are loaded and in force."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from anze.interfaces.portal.pages import packs as pages
from anze.kernel.people.access import Request, action


@action("packs.view")
def pack_list(request: Request) -> HttpResponse:
    """Show every loaded version."""
    crumbs = [("首页", "/"), ("制度包", "")]
    return render(
        request, "portal/packs.html", {"cards": pages.cards(request.ctx), "crumbs": crumbs}
    )


@action("packs.view")
def pack_page(request: Request, issuer: str, version: str) -> HttpResponse:
    """Show one version: requirements in words, sources, checklists."""
    found = pages.page(request.ctx, issuer, version)
    crumbs = [("首页", "/"), ("制度包", "/packs/"), (found.card.row.name, "")]
    return render(request, "portal/pack.html", {"page": found, "crumbs": crumbs})
