"""Sessions that end when nobody is there, and the context of each request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people.access import Nobody, PersonAccess
from anze.kernel.people.models import User

STARTED, SEEN = "anze_started", "anze_seen"
TOUCH_SECONDS = 60
LAST_SEEN_EVERY = timedelta(minutes=15)
API = "/api/"

Next = Callable[[HttpRequest], HttpResponse]


class IdleMiddleware:
    """Signs out after ``ANZE_IDLE_MINUTES`` without a request, and 12 hours after signing in.

    The session is written at most once a minute: SQLite has one writer.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self._look(request, int(clock.now().timestamp()))
        return self.get_response(request)

    def _look(self, request: HttpRequest, now: int) -> None:
        started = int(request.session.setdefault(STARTED, now))
        seen = int(request.session.setdefault(SEEN, now))
        if now - started >= settings.SESSION_COOKIE_AGE:
            self._end(request, "long")
        elif now - seen >= settings.ANZE_IDLE_MINUTES * 60:
            self._end(request, "idle")
        elif now - seen >= TOUCH_SECONDS:
            request.session[SEEN] = now
            _touch(request.user)

    def _end(self, request: HttpRequest, because: str) -> None:
        logout(request)
        request.signed_out_because = because  # type: ignore[attr-defined]


def _touch(user: object) -> None:
    now = clock.now()
    if isinstance(user, User) and (not user.last_seen or now - user.last_seen > LAST_SEEN_EVERY):
        User.objects.filter(pk=user.pk).update(last_seen=now)


class CtxMiddleware:
    """Sets ``request.ctx``: the signed-in person's, or one that sees public pages only."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        via = "api" if request.path.startswith(API) else "web"
        request.ctx = context(request.user, via)  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            # Shared machines: no cache keeps a page beyond the one browser, nor shows it unasked.
            response["Cache-Control"] = "private, no-cache"
        return response


def context(user: object, via: str) -> Ctx:
    """Return the context of a user object as Django's middleware gives it."""
    now = clock.now()
    if isinstance(user, User) or getattr(user, "is_authenticated", False):
        access = PersonAccess(user, now)  # type: ignore[arg-type]
        return Ctx(actor_id=user.pk, now=now, via=via, access=access)  # type: ignore[attr-defined]
    return Ctx(actor_id=None, now=now, via=via, access=Nobody())
