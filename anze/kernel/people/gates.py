"""The gates in front of views: every route names the action it needs.

``@action`` for pages, ``api_action`` for operations of the JSON interface. Both leave the code on
what they guard, so that a test can walk the URLconf and find a route that declares none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from ninja.security import SessionAuth

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied
from anze.kernel.people import bearer, passwords, second, table
from anze.kernel.people.models import User

# Who comes with a key or a PIN has typed no password.
WITHOUT_PASSWORD = frozenset({"token", "device"})

View = Callable[..., HttpResponse]


class Request(HttpRequest):
    """A request as views get it: with its context."""

    ctx: Ctx


def action(code: str) -> Callable[[View], View]:
    """Let a view be reached only by who may do ``code`` somewhere; 403 otherwise.

    Nobody signed in leads to the sign-in page and back; a password that must be changed leads to
    that page first. Which units the view then shows is for the services it calls.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return _stopped(request, code) or view(request, *args, **kwargs)

        guarded.action_code = code  # type: ignore[attr-defined]
        return guarded

    return guard


def _stopped(request: HttpRequest, code: str) -> HttpResponse | None:
    if code in table.ANYBODY:
        return None
    if not request.user.is_authenticated:
        return to_sign_in(request)
    if code != "account" and must_change(request):
        return _go(request, reverse("people:password"))
    if code != "account" and must_enrol(request):
        return _go(request, reverse("people:factor"))
    request.ctx.access.check(code, None)  # type: ignore[attr-defined]
    return None


def must_change(request: HttpRequest) -> bool:
    """Tell whether the signed-in person has to choose a new password before anything else."""
    user, ctx = request.user, request.ctx  # type: ignore[attr-defined]
    typed = ctx.via not in WITHOUT_PASSWORD
    return typed and isinstance(user, User) and passwords.must_change(user, ctx.now)


def must_enrol(request: HttpRequest) -> bool:
    """Tell whether the signed-in person has to set up a second factor before anything else."""
    user, ctx = request.user, request.ctx  # type: ignore[attr-defined]
    typed = ctx.via not in WITHOUT_PASSWORD
    return typed and isinstance(user, User) and second.overdue(user, ctx)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send the browser to the sign-in page and afterwards back to where it was."""
    asked = {"next": request.get_full_path()} if request.method == "GET" else {}
    if getattr(request, "signed_out_because", ""):
        asked["because"] = request.signed_out_because  # type: ignore[attr-defined]
    if "anze_device" in request.COOKIES:
        return _go(request, reverse("people:gate"))  # a shared tablet goes back to its names
    query = f"?{urlencode(asked)}" if asked else ""
    return _go(request, reverse("people:sign-in") + query)


def _go(request: HttpRequest, address: str) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        # htmx would put the target page into the fragment's place; this makes the browser go.
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


class api_action(SessionAuth):  # noqa: N801 (reads as a declaration: auth=api_action("…"))
    """Guard of an operation: ``@api.get("/units", auth=api_action("units.view"))``.

    Signed in by the session cookie, with the CSRF token on unsafe methods, or by the key of a
    partner platform (``Authorization: Bearer``); 401 when nobody is
    signed in, 403 when the person may not do the action anywhere. ``public`` lets everybody in.
    """

    def __init__(self, code: str) -> None:
        super().__init__(csrf=code not in table.ANYBODY)
        self.action_code = code

    def __call__(self, request: HttpRequest) -> Any:
        """Return something true to let the request pass."""
        if self.action_code in table.ANYBODY:
            return True
        if problem := getattr(request, "token_problem", None):
            raise problem
        if request.ctx.via == "token":  # type: ignore[attr-defined]
            bearer.keep_pace(request.ctx.access.token.pk)  # type: ignore[attr-defined]
            return self.authenticate(request, None)  # a browser cannot be made to send a key
        return super().__call__(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Return the signed-in person if he may do the action somewhere."""
        if not request.user.is_authenticated:
            return None
        if must_change(request):
            raise Denied("请先修改密码", remedy="在网页上登录并修改密码后再用接口")
        if must_enrol(request):
            raise Denied("请先绑定动态口令", remedy="在网页上登录，在“我的账号”里绑定后再用接口")
        request.ctx.access.check(self.action_code, None)  # type: ignore[attr-defined]
        return request.user
