"""``/units/<id>/change/``: merge, split or close a unit; first what it would do, then doing it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from anze.interfaces.portal.forms import ChangeForm
from anze.interfaces.portal.pages import changes as pages
from anze.kernel.bus.errors import Problem
from anze.kernel.people.access import Request, action


@action("units.manage")
def change(request: Request, unit_id: UUID) -> HttpResponse:
    """Show the form, what the change would do, and on the second yes do it."""
    found = pages.page(request.ctx, unit_id)
    here = [(str(one.pk), one.name) for one in found.campuses]
    form = ChangeForm(found.targets, here, request.POST or None)
    crumbs = [("单位", "/units/"), (found.unit.name, f"/units/{unit_id}/"), ("变更", "")]
    shown = {"page": found, "form": form, "crumbs": crumbs}
    if request.method != "POST":
        return render(request, "portal/change.html", shown)
    if not form.is_valid():
        return render(request, "portal/change.html", shown, status=422)
    try:
        if "sure" in request.POST:
            made = pages.enact(request.ctx, found.unit, form)
            messages.success(request, "已办理并存证。")
            return redirect("portal:unit", made[0].pk if made else unit_id)
        shown["effect"] = pages.rehearse(request.ctx, found.unit, form)
    except Problem as problem:
        return render(request, "portal/change.html", {**shown, "refused": problem}, status=422)
    return render(request, "portal/change.html", shown)
