"""One's own second factor: bound by a QR code, confirmed by its first code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from anze.kernel.bus.errors import Problem, Refused
from anze.kernel.people import second, signin
from anze.kernel.people.forms import SecondCode
from anze.kernel.people.gates import Request, action
from anze.kernel.people.models import User
from anze.kernel.people.services import factors
from anze.lib import qr

T = TypeVar("T")


@action("account")
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def factor(request: Request) -> HttpResponse:
    """Bind, look at, renew or switch off; ``do`` says which."""
    do = request.POST.get("do", "") if request.method == "POST" else ""
    if not do:
        return _page(request)
    form = SecondCode(request.POST)
    try:
        return _done(request, do, form)
    except Problem as problem:
        form.is_valid()
        form.add_error("code" if problem.field == "code" else None, problem.said)
        return _page(request, form, problem.status, do=do)


def _done(request: Request, do: str, form: SecondCode) -> HttpResponse:
    if do == "begin":
        return _page(request, secret=factors.begin(request.ctx))
    if not form.is_valid():
        return _page(request, form, 422, do=do)
    ctx, code = request.ctx, form.cleaned_data["code"]
    if do == "off":
        _counted(request, lambda: factors.switch_off(ctx, code))
        messages.success(request, "动态口令已停用。")
        return redirect("people:account")
    if do == "confirm":  # of a secret this page has just shown: nothing to be guessed
        codes = factors.confirm(ctx, code)
    else:
        codes = _counted(request, lambda: factors.renew_spare_codes(ctx, code))
    return render(request, "people/spare_codes.html", {"codes": codes})


def _counted(request: Request, do: Callable[[], T]) -> T:
    """Do what asks for a present code; wrong ones count towards the lockout as at the door."""
    assert isinstance(request.user, User)
    credentials = {"username": request.user.username}
    signin.keep_out(request, credentials)
    try:
        return do()
    except Refused as wrong:
        if wrong.field == "code":
            signin.count_wrong(request, credentials)
        raise


def _page(
    request: Request,
    form: SecondCode | None = None,
    status: int = 200,
    *,
    secret: str = "",
    do: str = "",
) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    on = second.has(user)
    if do == "confirm" and not on:
        secret = factors.begin(request.ctx)
    shown = {
        "on": on,
        "required": second.required(request.ctx),
        "due": second.overdue(user, request.ctx),
        "left": factors.spare_left(user),
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "qr": qr.svg(factors.address(user, secret)) if secret else "",
        "form": form or SecondCode(),
    }
    return render(request, "people/factor.html", shown, status=status)
