"""``/packs/``: what rules are loaded and in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from anze.interfaces.portal.forms import SinceForm
from anze.interfaces.portal.pages import packs as pages
from anze.kernel.bus.errors import Refused
from anze.kernel.packs import selectors, services
from anze.kernel.packs.models import Pack
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
    """Show one version: requirements in words, sources, checklists, and for whom it is in force."""
    return _page(request, issuer, version)


def _page(
    request: Request,
    issuer: str,
    version: str,
    form: SinceForm | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    found = pages.page(request.ctx, issuer, version)
    ruling = pages.ruling(request.ctx, found.card.row)
    context = {
        "page": found,
        "ruling": ruling,
        "form": form or SinceForm(ruling.scopes),
        "refused": refused,
        "crumbs": [("首页", "/"), ("制度包", "/packs/"), (found.card.row.name, "")],
    }
    return render(request, "portal/pack.html", context, status=422 if form or refused else 200)


@action("packs.activate")
@require_POST
def activate(request: Request, issuer: str, version: str) -> HttpResponse:
    """Let this version bind a district from a day on."""
    return _rule(
        request, issuer, version,
        lambda row, scope, day: services.activate(request.ctx, row, scope, day),
        "已启用并存证。应履职的事项会在一分钟内按新规则列出。",
    )  # fmt: skip


@action("packs.activate")
@require_POST
def end(request: Request, issuer: str, version: str) -> HttpResponse:
    """Let nothing of this issuer bind a district from a day on."""
    return _rule(
        request, issuer, version,
        lambda row, scope, day: services.end(request.ctx, row.issuer, scope, day),
        "已停用并存证。这天及以后开始的周期不再要求，之前的照常判断。",
    )  # fmt: skip


def _rule(
    request: Request,
    issuer: str,
    version: str,
    rule: Callable[[Pack, UUID, date], object],
    done: str,
) -> HttpResponse:
    row = selectors.row(issuer, version)
    form = SinceForm(pages.ruling(request.ctx, row).scopes, request.POST)
    if not form.is_valid():
        return _page(request, issuer, version, form)
    try:
        rule(row, form.cleaned_data["scope"], form.cleaned_data["from_day"])
    except Refused as refused:
        return _page(request, issuer, version, form, refused)
    messages.success(request, done)
    return redirect("portal:pack", issuer, version)
