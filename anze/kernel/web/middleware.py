"""Turns what services raise into pages, and keeps fragments and pages apart in caches."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from anze.kernel.bus import readonly
from anze.kernel.bus.errors import Problem
from anze.kernel.web import errors


class ErrorsMiddleware:
    """Answers ``Refused``, ``Denied``, ``NotFound`` and ``Conflict`` with the page of their status.

    Must stand below ``HtmxMiddleware``: a request of htmx gets a short message for the message
    area instead of a page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            # Otherwise the Back button may show a cached fragment as if it were the page.
            patch_vary_headers(response, ["HX-Request"])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the answer to a refusal or a full disk; leave the rest to Django."""
        if isinstance(exception, Problem):
            return errors.answer(request, exception)
        if readonly.note(exception):
            return errors.no_room(request)
        return None
