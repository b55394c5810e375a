"""``/heat/``: unit × week."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from anze.interfaces.portal import params
from anze.interfaces.portal.pages import heat as pages
from anze.kernel.people.access import Request, action


@action("board.view")
def heat(request: Request) -> HttpResponse:
    """Show the weeks of a term for the units in sight."""
    found = pages.page(
        request.ctx,
        term=params.text(request, "term"),
        town=params.text(request, "town"),
        kind=params.text(request, "kind"),
        sort=params.text(request, "sort"),
        number=params.text(request, "page"),
    )
    crumbs = [("首页", "/"), ("履职热力图", "")]
    return render(request, "portal/heat.html", {"page": found, "crumbs": crumbs})
