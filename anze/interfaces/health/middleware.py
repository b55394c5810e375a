"""Counts and logs each request by the name of its route, and by nothing a person typed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import Error
from django.http import HttpRequest, HttpResponse

from anze.config.env import current
from anze.interfaces.health import metrics

log = logging.getLogger("anze.request")
QUIET = frozenset({"health:live", "health:ready", "health:metrics"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class WatchMiddleware:
    """Stands outermost, so that what it counts is what was answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began, token = time.perf_counter(), current.set(request)
        try:
            response = self.get_response(request)
            self._note(request, response.status_code, time.perf_counter() - began)
        finally:
            current.reset(token)
        return response

    def process_exception(self, _request: HttpRequest, error: Exception) -> None:
        """Count what failed for the database; somebody else answers."""
        if isinstance(error, Error):
            metrics.database_errors.inc()

    def _note(self, request: HttpRequest, status: int, took: float) -> None:
        route, method = route_of(request), _method(request)
        metrics.requests.labels(route, method, str(status)).inc()
        metrics.seconds.labels(route).observe(took)
        if route not in QUIET:
            facts = {"route": route, "method": method, "status": status, "ms": round(took * 1000)}
            log.info("request", extra=facts)


def route_of(request: HttpRequest) -> str:
    """Return the name of the route, ``-`` when the address leads nowhere."""
    match = request.resolver_match
    return str(match.view_name) if match is not None and match.view_name else "-"


def _method(request: HttpRequest) -> str:
    return request.method if request.method in METHODS else "OTHER"
