"""Sessions that end when nobody is there, and the context of each request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from anze.kernel.bus import clock, readonly
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import bearer
from anze.kernel.people.access import DeviceAccess, Nobody, PersonAccess, TokenAccess
from anze.kernel.people.models import User
from anze.kernel.people.services.devices import by_cookie

STARTED, SEEN = "anze_started", "anze_seen"
TOUCH_SECONDS = 60
# On a shared device a guard is signed out after two minutes; the clock is set more finely there.
DEVICE, DEVICE_COOKIE = "anze_device", "anze_device"
DEVICE_IDLE, DEVICE_TOUCH = 120, 20
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
        if request.user.is_authenticated and not _by_key(request):
            self._look(request, int(clock.now().timestamp()))
        return self.get_response(request)

    def _look(self, request: HttpRequest, now: int) -> None:
        started = int(request.session.setdefault(STARTED, now))
        seen = int(request.session.setdefault(SEEN, now))
        shared = DEVICE in request.session
        if now - started >= settings.SESSION_COOKIE_AGE:
            self._end(request, "long")
        elif now - seen >= (DEVICE_IDLE if shared else settings.ANZE_IDLE_MINUTES * 60):
            self._end(request, "idle")
        elif now - seen >= (DEVICE_TOUCH if shared else TOUCH_SECONDS):
            request.session[SEEN] = now
            _touch(request.user)

    def _end(self, request: HttpRequest, because: str) -> None:
        logout(request)
        request.signed_out_because = because  # type: ignore[attr-defined]


def _touch(user: object) -> None:
    now = clock.now()
    if isinstance(user, User) and (not user.last_seen or now - user.last_seen > LAST_SEEN_EVERY):
        with readonly.tolerated():
            User.objects.filter(pk=user.pk).update(last_seen=now)


class CtxMiddleware:
    """Sets ``request.ctx``: the signed-in person's, or one that sees public pages only."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.ctx = _context(request)  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            # Shared machines: no cache keeps a page beyond the one browser, nor shows it unasked.
            response["Cache-Control"] = "private, no-cache"
        return response


def _context(request: HttpRequest) -> Ctx:
    if _by_key(request):
        return _of_token(request)
    if request.user.is_authenticated and DEVICE in request.session:
        return _on_device(request)
    return context(request.user, "api" if request.path.startswith(API) else "web")


def _by_key(request: HttpRequest) -> bool:
    """Tell whether a request is judged by its key alone: on a page a key means nothing."""
    return request.path.startswith(API) and bearer.offered(request)


def _of_token(request: HttpRequest) -> Ctx:
    """The context of a machine. A session cookie sent along is worth nothing beside a key."""
    now = clock.now()
    try:
        token = bearer.token_of(request, now)
    except bearer.BadToken as problem:
        request.user = AnonymousUser()
        request.token_problem = problem  # type: ignore[attr-defined]
        return Ctx(actor_id=None, now=now, via="token", access=Nobody())
    request.user = token.account
    access = TokenAccess(token, now)
    return Ctx(actor_id=token.account_id, now=now, via="token", access=access)


def _on_device(request: HttpRequest) -> Ctx:
    """The context of a guard on a shared device; none once the device is revoked or another."""
    now = clock.now()
    device = by_cookie(request.COOKIES.get(DEVICE_COOKIE, ""), now)
    if device is None or str(device.pk) != request.session[DEVICE]:
        logout(request)
        return context(request.user, "web")
    user = cast("User", request.user)
    return Ctx(actor_id=user.pk, now=now, via="device", access=DeviceAccess(user, device, now))


def context(user: object, via: str) -> Ctx:
    """Return the context of a user object as Django's middleware gives it."""
    now = clock.now()
    if isinstance(user, User) or getattr(user, "is_authenticated", False):
        access = PersonAccess(user, now)  # type: ignore[arg-type]
        return Ctx(actor_id=user.pk, now=now, via=via, access=access)  # type: ignore[attr-defined]
    return Ctx(actor_id=None, now=now, via=via, access=Nobody())
