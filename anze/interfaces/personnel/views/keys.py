"""Tokens of partner platforms, and shared tablets."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from anze.interfaces.personnel import forms, lists
from anze.interfaces.personnel.views.doing import form_page, posted
from anze.kernel.bus.errors import NotFound
from anze.kernel.people import actions, reach, selectors, services
from anze.kernel.people.access import Request, action
from anze.kernel.people.models import Device, Token
from anze.kernel.web import site
from anze.kernel.web.listing import listing_response
from anze.lib import qr


@action("people.tokens_view")
@require_safe
def tokens(request: Request) -> HttpResponse:
    """List the tokens."""
    context = {"crumbs": [("首页", "/"), ("接口令牌", "")], "tab": "tokens"}
    return listing_response(request, lists.TokenList(), "personnel/list.html", context)


@action("people.tokens")
@never_cache
def make_token(request: Request) -> HttpResponse:
    """Ask for a token; its secret is shown once, and works after the confirmation."""
    ctx = request.ctx
    form = forms.TokenForm(request.POST or None, ctx=ctx)

    def done(said: dict[str, Any]) -> HttpResponse:
        wanted = services.Wanted(
            name=said["name"],
            unit_id=UUID(said["unit"]),
            role=said["role"],
            actions=said["actions"],
            until=said["until"],
            addresses=said["addresses"].split(),
        )
        _proposal, secret = services.propose_token(ctx, wanted)
        shown = {
            "title": f"令牌：{said['name']}",
            "secret": secret,
            "note": "交给合作平台的管理员，放进请求头 Authorization: Bearer …。"
            "安全保密管理员确认后才生效。",
            "back": reverse("personnel:tokens"),
            "crumbs": [("首页", "/"), ("接口令牌", "/people/tokens/"), ("新令牌", "")],
        }
        return render(request, "personnel/secret.html", shown)

    return form_page(request, form, done, title="申请接口令牌", say="申请", back="/people/tokens/")


@action("people.tokens_view")
@require_safe
def token(request: Request, token_id: UUID) -> HttpResponse:
    """Show what a token may do, and let it be revoked."""
    found = _token(request, token_id)
    shown = {
        "one": found,
        "state": lists.token_states([found], request.ctx)[0],
        "actions": [actions.get(code).label for code in found.allowed],
        "may_revoke": found.revoked_at is None
        and any(
            found.unit_id in request.ctx.access.visible(code)
            for code in ("people.tokens", "people.grant")
        ),
        "crumbs": [("首页", "/"), ("接口令牌", "/people/tokens/"), (found.name, "")],
    }
    return render(request, "personnel/token.html", shown)


@action("people.tokens_view")
@require_POST
def revoke_token(request: Request, token_id: UUID) -> HttpResponse:
    """Let it work no more."""
    _token(request, token_id)
    back = reverse("personnel:token", args=[token_id])
    do = lambda: services.revoke_token(request.ctx, token_id)  # noqa: E731
    return posted(request, do, "令牌已吊销，下一次请求起失效。", back)


def _token(request: Request, token_id: UUID) -> Token:
    found = selectors.tokens(request.ctx).filter(pk=token_id).first()
    if found is None:
        raise NotFound("没有这个令牌", where=str(token_id))
    return found


@action("people.devices")
@require_safe
def devices(request: Request) -> HttpResponse:
    """List the shared tablets."""
    context = {"crumbs": [("首页", "/"), ("传达室设备", "")], "tab": "devices"}
    return listing_response(request, lists.DeviceList(), "personnel/list.html", context)


@action("people.devices")
@never_cache
def make_device(request: Request) -> HttpResponse:
    """Announce a tablet; its code is shown once."""
    ctx = request.ctx
    form = forms.DeviceForm(request.POST or None, ctx=ctx)

    def done(said: dict[str, Any]) -> HttpResponse:
        device, code = services.make_device(ctx, UUID(said["campus"]), said["name"])
        address = urljoin(site.address(request), reverse("people:gate"))
        shown = {
            "title": f"登记码：{device.name}",
            "secret": code,
            "qr": qr.svg(address),
            "note": f"10 分钟内在平板上打开 {address}（或扫码），输入登记码。",
            "back": reverse("personnel:device", args=[device.pk]),
            "crumbs": [("首页", "/"), ("传达室设备", "/people/devices/"), ("登记码", "")],
        }
        return render(request, "personnel/secret.html", shown)

    return form_page(
        request, form, done, title="登记传达室设备", say="生成登记码", back="/people/devices/"
    )


@action("people.devices")
def device(request: Request, device_id: UUID) -> HttpResponse:
    """Show a tablet and its guards; set a PIN."""
    ctx, found = request.ctx, _device(request, device_id)
    guards = list(reach.guards_of(found.campus_id, ctx.today).select_related("pin"))
    form = forms.PinForm(request.POST or None)
    form.fields["person"].choices = [(str(one.pk), one.name) for one in guards]

    def done(said: dict[str, Any]) -> str:
        services.set_pin(ctx, UUID(said["person"]), said["pin"], campus_id=found.campus_id)
        return reverse("personnel:device", args=[device_id])

    more = {
        "one": found,
        "state": lists.device_state(found),
        "guards": guards,
        "crumbs": [("首页", "/"), ("传达室设备", "/people/devices/"), (found.name, "")],
    }
    return form_page(
        request, form, done, title=found.name, say="设置 PIN 码", back="/people/devices/",
        template="personnel/device.html", more=more,
    )  # fmt: skip


@action("people.devices")
@require_POST
def revoke_device(request: Request, device_id: UUID) -> HttpResponse:
    """Let a tablet work no more."""
    _device(request, device_id)
    do = lambda: services.revoke_device(request.ctx, device_id)  # noqa: E731
    return posted(request, do, "设备已停用。", reverse("personnel:device", args=[device_id]))


def _device(request: Request, device_id: UUID) -> Device:
    found = selectors.devices(request.ctx).filter(pk=device_id).first()
    if found is None:
        raise NotFound("没有这台设备", where=str(device_id))
    return found
