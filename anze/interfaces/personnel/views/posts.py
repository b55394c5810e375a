"""Posts: who holds what, giving, ending, deputies, handing over, vacancies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from anze.interfaces.personnel import forms, lists
from anze.interfaces.personnel.views.doing import HOME, form_page, posted
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.people import burdens, selectors, services
from anze.kernel.people.access import Request, action
from anze.kernel.people.models import Holding, PostType
from anze.kernel.people.services.handover import HandOver
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Unit
from anze.kernel.web.listing import listing_response


@action("people.view")
@require_safe
def index(request: Request) -> HttpResponse:
    """List the posts held today."""
    context = {"crumbs": [("首页", "/"), HOME, ("岗位", "")], "tab": "posts"}
    return listing_response(request, lists.HoldingList(), "personnel/list.html", context)


@action("people.view")
@require_safe
def vacancies(request: Request) -> HttpResponse:
    """List the bodies with posts nobody holds."""
    context = {"crumbs": [("首页", "/"), HOME, ("岗位空缺", "")], "tab": "vacancies"}
    return listing_response(request, lists.VacancyList(), "personnel/list.html", context)


@action("people.view")
@require_safe
def body(request: Request, unit_id: UUID) -> HttpResponse:
    """Show who holds what in one body, its deputies and its vacancies."""
    ctx = request.ctx
    unit = units.get(ctx, unit_id, "people.view")
    held = list(selectors.holders(ctx, unit_id).order_by("post__code", "user__pinyin"))
    deputies = selectors.deputies_of([one.pk for one in held], ctx.today)
    work = burdens.of(ctx, [unit_id])
    for one in held:
        one.standing_in = deputies.get(one.pk, [])  # type: ignore[attr-defined]
        one.open_work = sum(work.get((unit_id, one.post_id), {}).values())  # type: ignore[attr-defined]
    shown = {
        "unit": unit,
        "held": held,
        "vacant": _vacant(ctx, unit, held, work),
        "may_post": _may_post(ctx, unit_id),
        "crumbs": [("首页", "/"), HOME, (unit.short_name or unit.name, "")],
    }
    return render(request, "personnel/body.html", shown)


def _vacant(ctx: Ctx, unit: Unit, held: list[Holding], work: Any) -> list[tuple[str, str, int]]:
    filled = {one.post_id for one in held}
    titles = dict(PostType.objects.values_list("code", "title"))
    found = burdens.vacancies(ctx, [unit.pk])
    return [
        (post, titles.get(post, post), sum(counts.values()))
        for (where, post), counts in sorted(found.items(), key=lambda item: item[0][1])
        if where == unit.pk and post not in filled
    ]


def _may_post(ctx: Ctx, unit_id: UUID) -> bool:
    return any(unit_id in ctx.access.visible(code) for code in ("people.manage", "people.grant"))


@action("people.view")
def give(request: Request, unit_id: UUID) -> HttpResponse:
    """Let somebody hold a post here; a post of the bureau is proposed."""
    ctx = request.ctx
    unit = units.get(ctx, unit_id, "people.view")
    initial = {
        "since": ctx.today,
        "post": request.GET.get("post", ""),
        "person": request.GET.get("person", ""),
    }
    form = forms.PostForm(request.POST or None, ctx=ctx, initial=initial)

    def done(said: dict[str, Any]) -> str:
        user = selectors.one_named(ctx, said["person"])
        asked = {key: said[key] for key in ("post", "since", "until")}
        try:
            services.give_post(ctx, user.pk, unit_id=unit_id, **asked)
        except services.NeedsTwo:
            return _proposed(services.propose_post(ctx, user.pk, unit_id=unit_id, **asked).pk)
        messages.success(request, f"已登记{user.name}任职。")
        return _body(unit_id)

    return form_page(request, form, done, title=f"{unit.name}：任职", say="登记任职",
                     back=_body(unit_id))  # fmt: skip


@action("people.view")
def end(request: Request, holding_id: UUID) -> HttpResponse:
    """End a holding."""
    ctx, holding = request.ctx, _holding(request.ctx, holding_id)
    form = forms.EndForm(request.POST or None, initial={"until": ctx.today})

    def done(said: dict[str, Any]) -> str:
        try:
            services.end_post(ctx, holding_id, until=said["until"])
        except services.NeedsTwo:
            return _proposed(services.propose_end(ctx, holding_id, until=said["until"]).pk)
        messages.success(request, f"{holding.user.name}的任职已结束。")
        return _person(holding)

    return form_page(request, form, done, title=_title("离任", holding), say="结束任职",
                     note=_passing(ctx, holding), back=_person(holding))  # fmt: skip


@action("account")
def deputy(request: Request, holding_id: UUID) -> HttpResponse:
    """Name who stands in during leave: the holder himself, or who may give the post."""
    ctx, holding = request.ctx, _holding(request.ctx, holding_id)
    form = forms.DeputyForm(
        request.POST or None, initial={"first_day": ctx.today, "last_day": ctx.today}
    )

    def done(said: dict[str, Any]) -> str:
        user = _colleague(ctx, holding, said["person"])
        services.name_deputy(
            ctx, holding_id, user_id=user,
            first_day=said["first_day"], last_day=said["last_day"],
        )  # fmt: skip
        messages.success(request, "代理已登记，到期自动结束。")
        return _person(holding) if ctx.access.holds("people.view") else "/account/"  # type: ignore[attr-defined]

    note = "代理人须在同一单位任职；代理期间有这个岗位的权限，事项由两人都能办。"
    back = _person(holding) if ctx.access.holds("people.view") else "/account/"  # type: ignore[attr-defined]
    return form_page(request, form, done, title=_title("请假代理", holding), say="指定代理",
                     note=note, back=back)  # fmt: skip


def _colleague(ctx: Ctx, holding: Holding, typed: str) -> UUID:
    """A holder without ``people.view`` may still name somebody of his own body."""
    if ctx.actor_id == holding.user_id:
        near = Holding.objects.filter(user__name=typed.strip(), user__is_active=True)
        found = set(near.filter(unit_id=holding.unit_id).values_list("user_id", flat=True))
        if len(found) == 1:
            return found.pop()
    return selectors.one_named(ctx, typed).pk


@action("account")
@require_POST
def end_deputy(request: Request, deputy_id: UUID) -> HttpResponse:
    """End a deputyship from today."""
    ctx = request.ctx
    back = request.POST.get("back", "")
    back = back if back.startswith("/people/") else "/account/"
    do = lambda: services.end_deputy(ctx, deputy_id, until=ctx.today)  # noqa: E731
    return posted(request, do, "代理已结束。", back)


@action("people.view")
def hand_over(request: Request, holding_id: UUID) -> HttpResponse:
    """Move a person from a post to another, or none, with who takes over."""
    ctx, holding = request.ctx, _holding(request.ctx, holding_id)
    form = forms.HandOverForm(request.POST or None, ctx=ctx, initial={"day": ctx.today})

    def done(said: dict[str, Any]) -> str:
        person = selectors.one_named(ctx, said["successor"]) if said["successor"] else None
        asked = HandOver(
            holding_id=holding_id,
            day=said["day"],
            successor_id=person.pk if person else None,
            to_unit=UUID(said["to_unit"]) if said["to_unit"] else None,
            to_post=said["to_post"],
        )
        try:
            made = services.hand_over(ctx, asked)
        except services.NeedsTwo:
            return _proposed(services.propose_hand_over(ctx, asked).pk)
        follows = f"{made.open} 项待办随岗位转给接手人" if person else f"{made.open} 项待办暂无人接"
        messages.success(request, f"移交已登记，{follows}。")
        return _body(holding.unit_id)

    return form_page(request, form, done, title=_title("移交与调动", holding), say="登记移交",
                     note=_passing(ctx, holding), back=_person(holding))  # fmt: skip


def _passing(ctx: Ctx, holding: Holding) -> str:
    work = burdens.of(ctx, [holding.unit_id]).get((holding.unit_id, holding.post_id), {})
    if not work:
        return "这个岗位目前没有待办的事项。"
    said = "、".join(f"{label} {number} 项" for label, number in work.items())
    return f"这个岗位名下有待办：{said}。事项跟着岗位走，由接手人继续办理，不会丢失。"


def _holding(ctx: Ctx, holding_id: UUID) -> Holding:
    """One's own holding, or one in sight; NotFound."""
    rows = Holding.objects.select_related("user", "unit", "post")
    own = rows.filter(pk=holding_id, user_id=ctx.actor_id).first()
    if own is not None:
        return own
    found = rows.filter(pk=holding_id).first()
    if found is None or found.unit_id not in ctx.access.visible("people.view"):
        raise NotFound("没有这条任职", where=str(holding_id))
    return found


def _title(what: str, holding: Holding) -> str:
    return f"{what}：{holding.user.name} · {holding.unit.name} {holding.post.title}"


def _body(unit_id: UUID) -> str:
    return reverse("personnel:body", args=[unit_id])


def _person(holding: Holding) -> str:
    return reverse("personnel:person", args=[holding.user_id])


def _proposed(proposal_id: UUID) -> str:
    return reverse("personnel:change", args=[proposal_id])
