"""``/duties/``: the list of occurrences, the page of one, and its waiver."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from anze.engines.duties import services
from anze.interfaces.portal import params
from anze.interfaces.portal.forms import WaiverForm, WordsForm
from anze.interfaces.portal.listings.duties import make
from anze.interfaces.portal.pages import duty as pages
from anze.kernel.bus.errors import Refused
from anze.kernel.people.access import Request, action
from anze.kernel.web.listing import listing_response


@action("duties.view")
def duty_list(request: Request) -> HttpResponse:
    """List occurrences in sight; ``on=`` shows the states known at the end of that day."""
    day = params.day(request, "on")
    past = day is not None and day < request.ctx.today
    return listing_response(
        request,
        make(request.ctx, request.GET),
        "portal/duties.html",
        {"crumbs": [("首页", "/"), ("履职事项", "")], "on": day if past else None},
    )


@action("duties.view")
def duty_page(request: Request, occurrence_id: int) -> HttpResponse:
    """Show why an occurrence is as it is."""
    return _page(request, occurrence_id)


def _page(
    request: Request, occurrence_id: int, form: Form | None = None, refused: Refused | None = None
) -> HttpResponse:
    found = pages.page(request.ctx, occurrence_id)
    context = {
        "page": found,
        "form": form or (WordsForm() if found.waivers.waiting else WaiverForm()),
        "refused": refused,
        "crumbs": [("首页", "/"), ("履职事项", "/duties/"), (found.occ.requirement.title, "")],
    }
    status = 422 if form is not None or refused else 200
    return render(request, "portal/duty.html", context, status=status)


@action("duties.waive")
@require_POST
def waive(request: Request, occurrence_id: int) -> HttpResponse:
    """Waive a duty, or propose to once its deadline has passed."""
    form = WaiverForm(request.POST)
    if not form.is_valid():
        return _page(request, occurrence_id, form)
    try:
        services.propose_waiver(
            request.ctx, occurrence_id, form.cleaned_data["reason"], form.cleaned_data["words"]
        )
    except Refused as refused:
        return _page(request, occurrence_id, form, refused)
    messages.success(request, "已登记并存证。逾期事项的豁免还要另一位有权限的人员批准。")
    return redirect("portal:duty", occurrence_id)


@action("duties.waive")
@require_POST
def confirm(request: Request, occurrence_id: int) -> HttpResponse:
    """Agree to the waiver somebody else proposed."""
    form = WordsForm(request.POST)
    found = pages.page(request.ctx, occurrence_id)
    waiting = found.waivers.waiting
    if waiting is None:
        messages.error(request, "没有等待批准的申请，可能已经有人批准。")
        return redirect("portal:duty", occurrence_id)
    if not form.is_valid():
        return _page(request, occurrence_id, form)
    try:
        services.confirm_waiver(request.ctx, waiting.uid, form.cleaned_data["words"])
    except Refused as refused:
        return _page(request, occurrence_id, form, refused)
    messages.success(request, "已批准豁免并存证。")
    return redirect("portal:duty", occurrence_id)


@action("duties.waive")
@require_POST
def lift(request: Request, occurrence_id: int) -> HttpResponse:
    """Take a waiver back."""
    given = pages.page(request.ctx, occurrence_id).waivers.given
    if given is None:
        messages.error(request, "这一项现在没有豁免。")
    else:
        services.lift_waiver(request.ctx, UUID(str(given.uid)))
        messages.success(request, "已撤销豁免，这一项重新按规则判断。")
    return redirect("portal:duty", occurrence_id)
