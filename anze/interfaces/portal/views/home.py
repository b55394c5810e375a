"""``/``: what I owe today."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from anze.interfaces.portal.pages import home as pages
from anze.kernel.people.access import Request, action


@action("portal.home")
def home(request: Request) -> HttpResponse:
    """Show what the actor owes, then the picture of his units."""
    return render(request, "portal/home.html", {"home": pages.home(request.ctx)})
