"""``/plan/``: the plan board and the page of a clause."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from anze.interfaces.portal import params
from anze.interfaces.portal.pages import plan as pages
from anze.kernel.documents import selectors
from anze.kernel.people.access import Request, action


@action("board.view")
def board(request: Request) -> HttpResponse:
    """Show every clause of a pack with its fulfilment, as of any day."""
    found = pages.board_page(request.ctx, params.text(request, "pack"), params.day(request, "on"))
    crumbs = [("首页", "/"), ("方案看板", "")]
    context = {"page": found, "crumbs": crumbs, "may_issue": _may_issue(request)}
    return render(request, "portal/plan.html", context)


@action("board.view")
def clause(request: Request, issuer: str, ref: str) -> HttpResponse:
    """Show one clause: its text, what it asks, who lacks."""
    found = pages.clause_page(request.ctx, issuer, ref, params.day(request, "on"))
    back = f"/plan/?pack={issuer}"
    crumbs = [("首页", "/"), ("方案看板", back), (f"第 {ref} 条", "")]
    context = {"page": found, "crumbs": crumbs, "may_issue": _may_issue(request)}
    return render(request, "portal/clause.html", context)


def _may_issue(request: Request) -> bool:
    return bool(request.ctx.access.visible(selectors.ISSUE))
