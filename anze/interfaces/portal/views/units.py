"""``/units/``: the list, a unit's page, the sheet of its places' codes."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from anze.interfaces.portal import params
from anze.interfaces.portal.listings.units import UnitList
from anze.interfaces.portal.pages import unit as pages
from anze.kernel.people.access import Request, action
from anze.kernel.web import site
from anze.kernel.web.listing import listing_response


@action("units.view")
def unit_list(request: Request) -> HttpResponse:
    """List the units in sight."""
    return listing_response(request, UnitList(), context={"crumbs": [("首页", "/"), ("单位", "")]})


@action("units.view")
def unit_page(request: Request, unit_id: UUID) -> HttpResponse:
    """Show one unit for a month (``?month=2026-11``)."""
    month = params.month(request, "month", request.ctx.today)
    found = pages.page(request.ctx, unit_id, month)
    crumbs = [("首页", "/"), ("单位", "/units/"), (found.unit.short_name or found.unit.name, "")]
    return render(request, "portal/unit.html", {"page": found, "crumbs": crumbs})


@action("units.view")
def place_codes(request: Request, unit_id: UUID) -> HttpResponse:
    """Show the QR codes of a unit's places, to print and stick up."""
    unit, codes = pages.codes(request.ctx, unit_id, site.address(request))
    crumbs = [("单位", "/units/"), (unit.name, f"/units/{unit.pk}/"), ("地点二维码", "")]
    return render(
        request, "portal/place_codes.html", {"unit": unit, "codes": codes, "crumbs": crumbs}
    )
