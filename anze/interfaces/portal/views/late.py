"""``/late/``: who has not answered, and reminding them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from anze.engines.duties import services
from anze.interfaces.portal import params
from anze.interfaces.portal.pages import late as pages
from anze.kernel.people.access import Request, action


@action("duties.remind")
def late(request: Request) -> HttpResponse:
    """Show what lacks, grouped by requirement or by unit."""
    found = pages.page(
        request.ctx,
        by=params.text(request, "by"),
        town=params.text(request, "town"),
        requirement=params.text(request, "requirement"),
        unit=params.text(request, "unit"),
    )
    crumbs = [("首页", "/"), ("谁还没报", "")]
    return render(request, "portal/late.html", {"page": found, "crumbs": crumbs})


@action("duties.remind")
@require_POST
def remind(request: Request) -> HttpResponse:
    """Ask how many would be reminded; with ``sure`` remind them."""
    ids = params.numbers(request.POST.getlist("ids"))
    asked = pages.asked(request.ctx, ids)
    if not asked.ids:
        messages.error(request, "没有选中还要催办的事项。请先勾选；已经完成的不再催办。")
        return redirect("portal:late")
    if "sure" not in request.POST:
        crumbs = [("首页", "/"), ("谁还没报", "/late/"), ("确认催办", "")]
        return render(request, "portal/remind.html", {"asked": asked, "crumbs": crumbs})
    count = services.remind(request.ctx, asked.ids)
    messages.success(request, f"已催办 {count} 项。对方登记后自动计入，不用另行回复。")
    return redirect("portal:late")
