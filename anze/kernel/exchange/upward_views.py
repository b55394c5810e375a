"""Pages of reports upward: which there are, what cannot be filled, the file."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from anze.kernel.bus.errors import Problem, Refused
from anze.kernel.exchange import upward
from anze.kernel.exchange.views import answer_file
from anze.kernel.people.access import Request, action

SHOWN = 8
MOST_GAPS = 200
UPWARD = ("上报表", "/exchange/upward/")


@action("exchange.export")
@require_GET
def sheets(request: Request) -> HttpResponse:
    """``GET /exchange/upward/``: the sheets one may fill."""
    context = {
        "crumbs": [("首页", "/"), (UPWARD[0], "")],
        "offers": upward.offers(request.ctx),
    }
    return render(request, "exchange/upward.html", context)


@action("exchange.export")
def sheet(request: Request, issuer: str, ref: str) -> HttpResponse:
    """``GET`` what a sheet will hold for ``?scope=``; ``POST`` with ``form`` the file."""
    asked = request.POST if request.method == "POST" else request.GET
    key = f"{issuer}/{ref}"
    scope = _scope(request, key, str(asked.get("scope", "")))
    offer = upward.find(request.ctx, key, scope)
    problem: Problem | None = None
    if request.method == "POST":
        try:
            with_gaps = request.POST.get("with_gaps") == "1"
            name, data = upward.export(
                request.ctx, key, scope, request.POST.get("form", ""), with_gaps=with_gaps
            )
            return answer_file(data, name)
        except Refused as refused:
            problem = refused
    laid = None
    try:
        laid = upward.lay_out(request.ctx, offer, scope)
    except Refused as refused:
        problem = problem or refused
    context = {
        "crumbs": [("首页", "/"), UPWARD, (offer.sheet.title, "")],
        "offer": offer,
        "scope": scope,
        "scopes": upward.scopes(request.ctx, offer),
        "laid": laid,
        "rows": laid.rows[:SHOWN] if laid else (),
        "gaps": laid.gaps[:MOST_GAPS] if laid else (),
        "problem": problem,
    }
    status = problem.status if problem else 200
    return render(request, "exchange/upward_sheet.html", context, status=status)


def _scope(request: Request, key: str, asked: str) -> UUID:
    """Return the unit asked for, else the first one may report for."""
    if asked:
        try:
            return UUID(asked)
        except ValueError:
            raise Refused("没有这个单位", field="scope", remedy="请从单位清单里选") from None
    for offer in upward.offers(request.ctx):
        if offer.key == key and (found := upward.scopes(request.ctx, offer)):
            return UUID(str(found[0].pk))
    raise upward.unknown()
