"""``/people/``: the accounts, one person's page, and what is done with an account."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from anze.interfaces.personnel import forms, lists
from anze.interfaces.personnel.views.doing import HOME, form_page, posted
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Problem
from anze.kernel.people import burdens, second, selectors, services
from anze.kernel.people.access import Request, action
from anze.kernel.people.models import Deputy, Grant, Holding, User
from anze.kernel.people.services.base import check_account
from anze.kernel.web.listing import listing_response


@action("people.view")
@require_safe
def index(request: Request) -> HttpResponse:
    """List the accounts in sight."""
    context = {"crumbs": [("首页", "/"), ("人员与岗位", "")], "tab": "people"}
    return listing_response(request, lists.AccountList(), "personnel/list.html", context)


@action("people.manage")
def create(request: Request) -> HttpResponse:
    """Make an account with a first post."""
    form = forms.AccountForm(request.POST or None, ctx=request.ctx)

    def done(said: dict[str, str]) -> str:
        user = services.create_account(
            request.ctx,
            username=said["username"],
            name=said["name"],
            phone=said["phone"],
            unit_id=UUID(said["unit"]),
            post=said["post"],
        )
        return _address(user.pk)

    note = "账号开好后，本人用手机号登录；没有手机号的，到人员页发一次性密码。"
    return form_page(request, form, done, title="新建账号", say="开设账号", note=note)


@action("people.view")
@require_safe
def person(request: Request, user_id: UUID) -> HttpResponse:
    """Show one person: posts, deputies, roles, and what may be done."""
    ctx = request.ctx
    user = selectors.account(ctx, user_id)
    shown = {
        "person": user,
        "phone": selectors.masked(user.phone),
        "holdings": _holdings(ctx, user),
        "deputyships": Deputy.objects.filter(user=user).select_related(
            "holding__user", "holding__unit", "holding__post"
        ).order_by("-valid_from")[:20],
        "grants": Grant.objects.filter(user=user).select_related("unit").order_by("-valid_from"),
        "factor": second.has(user),
        "may_change": _may_change(ctx, user),
        "may_post": ctx.access.holds("people.manage") or ctx.access.holds("people.grant"),
        "may_grant": ctx.access.holds("people.grant"),
        "oneself": ctx.actor_id == user.pk,
        "day": ctx.today,
        "crumbs": [("首页", "/"), HOME, (user.name, "")],
    }  # fmt: skip
    return render(request, "personnel/person.html", shown)


def _holdings(ctx: Ctx, user: User) -> list[Holding]:
    rows = Holding.objects.filter(user=user).select_related("unit", "post")
    found = list(rows.order_by("-valid_from", "pk")[:50])
    running = [one for one in found if one.valid_to is None or one.valid_to > ctx.today]
    deputies = selectors.deputies_of([one.pk for one in running], ctx.today)
    open_work = burdens.of(ctx, {one.unit_id for one in running})
    for one in found:
        one.running = one in running  # type: ignore[attr-defined]
        one.standing_in = deputies.get(one.pk, [])  # type: ignore[attr-defined]
        one.open_work = sum(open_work.get((one.unit_id, one.post_id), {}).values())  # type: ignore[attr-defined]
    return found


def _may_change(ctx: Ctx, user: User) -> bool:
    try:
        check_account(ctx, user)
    except Problem:
        return False
    return True


@action("people.manage")
def edit(request: Request, user_id: UUID) -> HttpResponse:
    """Correct name and phone; a number the actor sees masked stays unless he types another."""
    user = selectors.account(request.ctx, user_id)
    check_account(request.ctx, user)
    whole = selectors.phones_seen(request.ctx).filter(user=user).exists()
    initial = {"name": user.name, "phone": (user.phone or "") if whole else ""}
    form = forms.PersonForm(request.POST or None, initial=initial)
    if user.phone and not whole:
        known = selectors.masked(user.phone)
        form.fields["phone"].help_text = f"现为 {known}，空着表示不改"

    def done(said: dict[str, str]) -> str:
        phone = said["phone"] if whole else said["phone"] or None
        services.change_account(request.ctx, user_id, name=said["name"], phone=phone)
        return _address(user_id)

    return form_page(request, form, done, title=f"更正{user.name}的资料", back=_address(user_id))


@action("people.manage")
@require_POST
def lock(request: Request, user_id: UUID) -> HttpResponse:
    """Stop or allow signing in."""
    selectors.account(request.ctx, user_id)
    opening = request.POST.get("do") == "open"
    service = services.open_account if opening else services.close_account
    said = "账号已启用。" if opening else "账号已停用，正在使用的登录也已失效。"
    return posted(request, lambda: service(request.ctx, user_id), said, _address(user_id))


@action("people.manage")
@require_POST
def lift(request: Request, user_id: UUID) -> HttpResponse:
    """End the lock after too many wrong passwords."""
    selectors.account(request.ctx, user_id)
    said = "登录锁定已解除，可以重新登录。"
    do = lambda: services.lift_lock(request.ctx, user_id)  # noqa: E731
    return posted(request, do, said, _address(user_id))


@action("people.manage")
@require_POST
def end(request: Request, user_id: UUID) -> HttpResponse:
    """End the account and its posts."""
    selectors.account(request.ctx, user_id)
    said = "账号已注销，岗位已结束；历史记录保留。"
    do = lambda: services.end_account(request.ctx, user_id)  # noqa: E731
    return posted(request, do, said, _address(user_id))


@action("people.manage")
@never_cache
@require_POST
def password(request: Request, user_id: UUID) -> HttpResponse:
    """Issue a one-time password and show it once."""
    user = selectors.account(request.ctx, user_id)
    issued = services.issue_password(request.ctx, user_id)
    shown = {
        "title": f"{user.name}的一次性密码",
        "secret": issued,
        "note": "请当面或电话告诉本人。首次登录必须改密码；此前的登录都已失效。",
        "back": _address(user_id),
        "crumbs": [("首页", "/"), HOME, (user.name, _address(user_id)), ("一次性密码", "")],
    }
    return render(request, "personnel/secret.html", shown)


@action("people.view")
@require_POST
def reset_factor(request: Request, user_id: UUID) -> HttpResponse:
    """Propose to take away a lost second factor."""
    ctx = request.ctx
    user = selectors.account(ctx, user_id)
    held = Holding.objects.filter(user=user).order_by("-valid_from").first()
    granted = Grant.objects.filter(user=user).order_by("-valid_from").first()
    body = held.unit_id if held else granted.unit_id if granted else None
    if body is None:
        ctx.access.check("people.grant", None)
    said = "已提出重置，等另一人确认。"
    do = lambda: services.propose_factor_reset(ctx, user_id, unit_id=body)  # noqa: E731
    return posted(request, do, said, _address(user_id))


def _address(user_id: UUID) -> str:
    return reverse("personnel:person", args=[user_id])
