"""What the API says of itself: the document, and a page that people can read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from anze.interfaces.api import reference as pages
from anze.interfaces.api.v1 import api
from anze.kernel.people.access import action
from anze.kernel.web.wire import faults


@action("api.docs")
def reference(request: HttpRequest) -> HttpResponse:
    """``/api/v1/docs``: every operation and shape, read from the document itself."""
    crumbs = [("首页", "/"), ("接口说明", "")]
    found = pages.read(api.get_openapi_schema())
    return render(request, "api/reference.html", {"api": found, "crumbs": crumbs})


@action("api.docs")
def document(_request: HttpRequest) -> HttpResponse:
    """``/api/v1/openapi.json``."""
    return JsonResponse(api.get_openapi_schema(), json_dumps_params={"ensure_ascii": False})


@action("public")
def nowhere(_request: HttpRequest) -> HttpResponse:
    """Any other address under ``/api/``."""
    return faults.nothing_here()
