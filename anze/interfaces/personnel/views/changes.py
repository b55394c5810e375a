"""Roles, changes by two people, and why somebody may or may not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from anze.interfaces.personnel import forms, lists
from anze.interfaces.personnel.views.doing import HOME, form_page, posted
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.people import explaining, roles, selectors, services
from anze.kernel.people.access import Request, action
from anze.kernel.people.actions import UnknownActionError
from anze.kernel.people.models import PostType, Proposal
from anze.kernel.people.services.proposals import CHANGES, may_decide
from anze.kernel.units.models import Unit
from anze.kernel.web.listing import listing_response


@action("people.view")
@require_safe
def role_list(request: Request) -> HttpResponse:
    """List the roles granted apart from posts."""
    context = {"crumbs": [("首页", "/"), HOME, ("角色", "")], "tab": "roles"}
    return listing_response(request, lists.GrantList(), "personnel/list.html", context)


@action("people.grant")
def grant(request: Request) -> HttpResponse:
    """Grant a role within a unit, or propose one of the bureau."""
    ctx = request.ctx
    form = forms.RoleForm(
        request.POST or None, ctx=ctx, initial={"person": request.GET.get("person", "")}
    )

    def done(said: dict[str, Any]) -> str:
        user = selectors.one_named(ctx, said["person"])
        asked = {"role": said["role"], "unit_id": UUID(said["unit"]), "until": said["until"]}
        try:
            services.grant_role(ctx, user.pk, **asked)
        except services.NeedsTwo:
            return _change(services.propose_grant(ctx, user.pk, **asked).pk)
        return reverse("personnel:person", args=[user.pk])

    note = "机关角色和三类管理员：提出后由局领导或另一位安全保密管理员在 7 天内确认，才生效。"
    return form_page(request, form, done, title="授予角色", say="提出", note=note)


@action("people.grant")
@require_POST
def revoke(request: Request, grant_id: UUID) -> HttpResponse:
    """Take a role back, or propose it."""
    ctx = request.ctx
    found = selectors.grants(ctx).filter(pk=grant_id).first()
    if found is None:
        raise NotFound("没有这条授权", where=str(grant_id))
    try:
        services.revoke_role(ctx, grant_id)
    except services.NeedsTwo:
        return redirect(_change(services.propose_revoke(ctx, grant_id).pk))
    return redirect("personnel:person", found.user_id)


@action("people.view")
@require_safe
def changes(request: Request) -> HttpResponse:
    """List the changes by two people."""
    context = {"crumbs": [("首页", "/"), HOME, ("两人办理", "")], "tab": "changes"}
    return listing_response(request, lists.ChangeList(), "personnel/list.html", context)


@action("people.view")
@require_safe
def change(request: Request, proposal_id: UUID) -> HttpResponse:
    """Show one proposal, with the buttons of whoever may decide."""
    ctx = request.ctx
    proposal = services.get_proposal(ctx, proposal_id)
    shown = {
        "one": proposal,
        "label": CHANGES[proposal.what].label,
        "terms": _said(proposal),
        "waits": proposal.waits(ctx.now),
        "may_decide": may_decide(ctx, proposal),
        "mine": proposal.proposed_by_id == ctx.actor_id,
        "crumbs": [("首页", "/"), HOME, ("两人办理", "/people/changes/"), ("一件", "")],
    }
    return render(request, "personnel/change.html", shown)


LABELS = {
    "role": "角色", "post": "岗位", "since": "自", "until": "至（不含）", "day": "移交日",
    "successor": "接手人", "to_unit": "调往单位", "to_post": "调任岗位",
}  # fmt: skip


def _said(proposal: Proposal) -> list[tuple[str, str]]:
    said = proposal.said
    titles = dict(PostType.objects.values_list("code", "title"))
    words = {
        "role": lambda v: roles.ROLES.get(v, v),
        "post": lambda v: titles.get(v, v),
        "to_post": lambda v: titles.get(v, v),
        "successor": lambda v: selectors.name_of(UUID(v)),
        "to_unit": lambda v: Unit.objects.values_list("name", flat=True).get(pk=v),
    }
    return [(label, words.get(key, str)(said[key])) for key, label in LABELS.items() if key in said]


@action("people.view")
@require_POST
def decide(request: Request, proposal_id: UUID) -> HttpResponse:
    """Confirm, decline or withdraw, as the button says."""
    ways = {
        "confirm": (services.confirm, "已确认，即刻生效。"),
        "decline": (services.decline, "已记为不同意，没有任何变动。"),
        "withdraw": (services.withdraw, "提议已撤回。"),
    }
    do = request.POST.get("do", "")
    if do not in ways:
        raise Refused("没有说要怎么办", field="do", remedy="请回到这件事的页面，点其中一个按钮")
    service, said = ways[do]
    return posted(request, lambda: service(request.ctx, proposal_id), said, _change(proposal_id))


@action("account")
@require_safe
def why(request: Request) -> HttpResponse:
    """Explain why somebody may or may not do something on a unit; one's own case for everybody."""
    ctx = request.ctx
    asked = request.GET.copy()
    asked.setdefault("person", request.user.username)
    form = forms.WhyForm(asked, ctx=ctx)
    found, problem = None, None
    if "unit" in request.GET and form.is_valid():
        try:
            said = form.cleaned_data
            own = said["person"].strip().lower() in (request.user.username, request.user.name)
            person = request.user if own else selectors.one_named(ctx, said["person"])
            found = explaining.why(ctx, person.pk, said["action"], UUID(said["unit"]))
        except (NotFound, Refused, UnknownActionError) as error:
            problem = error
    elif "unit" not in request.GET:
        form = forms.WhyForm(initial=asked.dict(), ctx=ctx)
    shown = {
        "form": form,
        "found": found,
        "problem": problem,
        "crumbs": [("首页", "/"), ("为什么能看、不能看", "")],
    }
    return render(request, "personnel/why.html", shown)


def _change(proposal_id: UUID) -> str:
    return reverse("personnel:change", args=[proposal_id])
