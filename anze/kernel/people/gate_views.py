"""The shared tablet of a gatehouse: bind it, choose a name, type the PIN, go back to the names."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.people import reach, services, signin
from anze.kernel.people.forms import DeviceCode, OwnPin, SixDigits
from anze.kernel.people.gates import Request, action
from anze.kernel.people.middleware import DEVICE, DEVICE_COOKIE
from anze.kernel.people.models import Device, User
from anze.kernel.people.services import devices

TEN_YEARS = 10 * 365 * 24 * 3600


@action("public")
@never_cache
@require_safe
def gate(request: HttpRequest) -> HttpResponse:
    """The names of the guards of this campus; on a device nobody bound, the form for its code."""
    device = _device(request)
    if DEVICE in request.session:
        logout(request)  # back at the names: the next one types his own PIN
    if device is None:
        return render(request, "people/gate_enroll.html", {"form": DeviceCode()})
    guards = reach.guards_of(device.campus_id, clock.today()).filter(pin__isnull=False)
    shown = {"device": device, "guards": guards}
    return render(request, "people/gate.html", shown)


@action("public")
@never_cache
@require_POST
def enroll(request: HttpRequest) -> HttpResponse:
    """Bind this browser by its code; whoever was signed in here is signed out."""
    form = DeviceCode(request.POST)
    try:
        code = form.cleaned_data["code"] if form.is_valid() else ""
        _made, cookie = services.enroll(Ctx.system(via="device"), code)
    except Refused as refusal:
        form.add_error("code", refusal.said)
        return render(request, "people/gate_enroll.html", {"form": form}, status=422)
    logout(request)
    answer = redirect("people:gate")
    answer.set_cookie(
        DEVICE_COOKIE,
        cookie,
        max_age=TEN_YEARS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return answer


@action("public")
@never_cache
@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
def pin(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Type the PIN of one name; a right one opens the house as a guard of this campus."""
    device = _device(request)
    if device is None:
        return redirect("people:gate")
    guard = reach.guards_of(device.campus_id, clock.today()).filter(pk=user_id).first()
    if guard is None:
        raise NotFound("名单里没有这个人", remedy="请单位负责人核对保安员任职")
    form, status = SixDigits(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            typed = form.cleaned_data["pin"]
            if user := devices.guard_by_pin(device, user_id, typed, clock.now()):
                logout(request)
                signin.begin(request, user)
                request.session[DEVICE] = str(device.pk)
                return redirect("/")
            form.add_error("pin", "PIN 码不对，请重新输入。")
            status = 422
        except Refused as refusal:
            form.add_error(None, refusal.said)
            status = 429
    shown = {"device": device, "guard": guard, "form": form}
    return render(request, "people/gate_pin.html", shown, status=status)


@action("account")
@never_cache
@sensitive_post_parameters("old", "pin", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def own_pin(request: Request) -> HttpResponse:
    """Change one's own PIN, signed in by oneself and never on the shared tablet."""
    user = request.user
    assert isinstance(user, User)
    form = OwnPin(request.POST or None, has_password=user.has_usable_password())
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            services.set_own_pin(request.ctx, said["pin"], old=said.get("old", ""))
        except Refused as refusal:
            form.add_error(refusal.field or None, refusal.said)
        else:
            messages.success(request, "PIN 码已修改，下次在传达室平板上用新的。")
            return redirect("people:account")
    status = 422 if form.errors else 200
    return render(request, "people/own_pin.html", {"form": form}, status=status)


def _device(request: HttpRequest) -> Device | None:
    return devices.by_cookie(request.COOKIES.get(DEVICE_COOKIE, ""), clock.now())


@action("public")
@require_safe
def ping(request: HttpRequest) -> HttpResponse:
    """Keep the session of somebody who is typing; the middleware has already seen him."""
    return HttpResponse(status=204 if request.user.is_authenticated else 401)
