"""Signing in and out, and one's own account."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import authenticate, logout, update_session_auth_hash
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from anze.kernel.bus.errors import Refused
from anze.kernel.people import passwords, reach, roles, second, selectors, services, signin
from anze.kernel.people.backends import canonical
from anze.kernel.people.forms import AskCode, ChangePassword, CodeSignIn, PasswordSignIn, SecondCode
from anze.kernel.people.gates import Request, action, must_change
from anze.kernel.people.middleware import DEVICE
from anze.kernel.people.models import User

BECAUSE = {
    "idle": "长时间没有操作，为了安全已自动退出。请重新登录，会回到刚才的页面。",
    "long": "登录已满 12 小时，为了安全已自动退出。请重新登录，会回到刚才的页面。",
}
LOCKED = "尝试次数太多，账号已暂时锁定。请半小时后再试，或联系本单位管理员。"
WRONG = "用户名或密码不正确。"
WRONG_SECOND = "口令不对或已用过，请输入手机上最新的 6 位数字。"
WRONG_CODE = "验证码不正确或已过期，请核对或重新获取。"


@action("public")
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """By password; the text-message way is a link beside it."""
    if request.method == "GET" and request.user.is_authenticated:
        return redirect(_target(request))
    form = PasswordSignIn(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        user = authenticate(
            request,
            username=canonical(form.cleaned_data["username"]),
            password=form.cleaned_data["password"],
        )
        if isinstance(user, User):
            return _enter(request, user)
        status = _say_why(request, form)
    return _door(request, "password", form, status)


def _say_why(request: HttpRequest, form: Form) -> int:
    if getattr(request, "axes_locked_out", False):
        # The page stays ours instead of the bare answer of the axes middleware.
        request.axes_locked_out = False  # type: ignore[attr-defined]
        form.add_error(None, LOCKED)
        return 429
    form.add_error(None, WRONG)
    return 422


@action("public")
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """By a code sent to the phone: first the phone, then the code."""
    if request.method != "POST":
        return _door(request, "phone", AskCode())
    try:
        return _try_code(request) if "code" in request.POST else _send_code(request)
    except Refused as refusal:
        form = AskCode(request.POST)
        form.is_valid()
        form.add_error(None, refusal.said)
        return _door(request, "phone", form, refusal.status)


def _send_code(request: Request | HttpRequest) -> HttpResponse:
    form = AskCode(request.POST)
    if not form.is_valid():
        return _door(request, "phone", form, 422)
    phone = form.cleaned_data["phone"]
    signin.send_code(phone, request.META.get("REMOTE_ADDR"), request.ctx.now)  # type: ignore[union-attr]
    return _door(request, "code", CodeSignIn(initial={"phone": phone}))


def _try_code(request: Request | HttpRequest) -> HttpResponse:
    form = CodeSignIn(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        user = signin.by_code(request, said["phone"], said["code"], request.ctx.now)  # type: ignore[union-attr]
        if user:
            return _enter(request, user)
        form.add_error(None, WRONG_CODE)
    return _door(request, "code", form, 422)


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    if second.has(user):
        signin.wait_for_second(request, user)
        asked = urlencode({"next": _target(request)})
        return HttpResponseRedirect(f"{reverse('people:sign-in-second')}?{asked}")
    signin.begin(request, user)
    return HttpResponseRedirect(_target(request))


@action("public")
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_second(request: HttpRequest) -> HttpResponse:
    """The second step: the code of the app, or a spare code. Five minutes after the first."""
    user = signin.waiting(request)
    if user is None:
        messages.info(request, "登录超时，请重新输入密码。")
        return redirect(f"{reverse('people:sign-in')}?{urlencode({'next': _target(request)})}")
    form, status = SecondCode(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            if signin.by_second(request, user, form.cleaned_data["code"]):
                signin.begin(request, user)
                return HttpResponseRedirect(_target(request))
            form.add_error(None, WRONG_SECOND)
            status = 422
        except Refused as refusal:
            form.add_error(None, LOCKED)
            status = refusal.status
    return _door(request, "second", form, status)


def _target(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else "/"


def _door(request: HttpRequest, way: str, form: Form, status: int = 200) -> HttpResponse:
    shown = {
        "form": form,
        "way": way,
        "next": request.POST.get("next") or request.GET.get("next") or "",
        "because": BECAUSE.get(request.GET.get("because", ""), ""),
    }
    return render(request, "people/sign_in.html", shown, status=status)


@action("public")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and let the browser forget its pages.

    Not its storage: what waits in the outbox of an inspector without network is the only copy.
    """
    on_device = DEVICE in request.session
    logout(request)
    if on_device:  # the tablet itself stays enrolled
        return redirect("people:gate")
    response = redirect("people:sign-in")
    response["Clear-Site-Data"] = '"cache", "cookies"'
    return response


@action("account")
@require_safe
def account(request: Request) -> HttpResponse:
    """Who I am here: posts, deputyships, roles; when the session ends."""
    user, day = request.user, request.ctx.today
    assert isinstance(user, User)
    shown = {
        "holdings": selectors.own_posts(user.pk, day),
        "deputyships": selectors.own_deputyships(user.pk, day),
        "grants": selectors.own_grants(user.pk, day),
        "role_names": roles.ROLES,
        "guards": reach.guarded_by(user.pk, day) is not None,
        "factor": second.has(user),
        "factor_required": second.required(request.ctx),
        "idle_minutes": signin.idle_minutes(),
    }
    return render(request, "people/account.html", shown)


@action("account")
@never_cache
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: Request) -> HttpResponse:
    """Change one's own password; other sessions of the account end."""
    user = request.user
    assert isinstance(user, User)
    has_password = user.has_usable_password()
    form = ChangePassword(request.POST or None, has_password=has_password)
    status = 200
    if request.method == "POST":
        if form.is_valid() and _changed(request, form):
            messages.success(request, "密码已修改，其他设备上的登录已退出。")
            return redirect("people:account")
        status = 422
    shown = {"form": form, "rules": passwords.rules_in_words(), "due": must_change(request)}
    return render(request, "people/password.html", shown, status=status)


def _changed(request: Request, form: ChangePassword) -> bool:
    said = form.cleaned_data
    try:
        user = services.change_own_password(request.ctx, old=said.get("old", ""), new=said["new"])
    except Refused as refusal:
        form.add_error(refusal.field or None, refusal.message)
        return False
    update_session_auth_hash(request, user)
    return True
