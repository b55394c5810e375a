"""Answers for monitors: no secrets, no names, no sessions."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from anze.interfaces.health import metrics
from anze.kernel.bus import readonly, schema
from anze.kernel.ledger import guards
from anze.kernel.people.access import action

_FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded")
_settled = False


@action("public")
@never_cache
@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """``GET /-/live``: the process answers."""
    return JsonResponse({"live": True})


@action("public")
@never_cache
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """``GET /-/ready``: the database answers and is the one this version expects; else 503."""
    checks = {"database": False, "migrated": False, "guarded": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        checks["database"] = True
        checks["migrated"] = _migrated()
        checks["guarded"] = not guards.missing()
    except Exception as error:  # whatever it is: not ready
        readonly.note(error)
    said = {"ready": all(checks.values()), **checks, "read_only": readonly.active()}
    return JsonResponse(said, status=200 if said["ready"] else 503)


@action("health.metrics")
@never_cache
@require_safe
def metrics_page(request: HttpRequest) -> HttpResponse:
    """``GET /-/metrics`` in Prometheus' text format; 404 for whoever may not."""
    if not _may_read(request):
        raise Http404
    text, content_type = metrics.exposition()
    return HttpResponse(text, content_type=content_type)


def _migrated() -> bool:
    """Tell whether no migration is missing; once true it stays so while the process lives."""
    global _settled
    if not _settled:
        _settled = not schema.missing()
    return _settled


def _may_read(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    if token := settings.ANZE_METRICS_TOKEN:
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    # Behind a proxy on this machine everybody comes from it: only who passed none is local.
    local = request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
    return local and not any(name in request.headers for name in _FORWARDED)
