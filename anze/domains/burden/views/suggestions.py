"""``/suggestions/``: say what is too much, follow what became of it, handle it."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anze.domains.burden import seen
from anze.domains.burden.forms.suggestions import AnswerForm, SayForm
from anze.domains.burden.listings.suggestions import PublicList, SuggestionList, page_of
from anze.domains.burden.models import Suggestion, SuggestionState
from anze.domains.burden.selectors import suggestions as selectors
from anze.domains.burden.services import suggestions as services
from anze.kernel.bus.errors import Refused
from anze.kernel.people.access import Request, action
from anze.kernel.web.listing import listing_response

HOME = ("首页", "/")
OWN = 20


@action("burden.say")
@require_http_methods(["GET", "POST"])
def say(request: Request) -> HttpResponse:
    """``/suggestions/new/?from=``: say something; what was typed is never lost."""
    ctx = request.ctx
    came = request.GET.get("from", "")[:500]
    form = SayForm(request.POST or None, initial={"client_id": uuid4(), "path": came})
    if request.method == "POST" and form.is_valid():
        try:
            row = services.say(ctx, form.word())
        except Refused as problem:
            form.add_error(problem.field or None, problem.said)
        else:
            return _thanked(request, row, form.cleaned_data["path"])
    context = {
        "crumbs": [HOME, ("投诉建议", "")],
        "form": form,
        "seen": seen.look(ctx, form["path"].value() or ""),
        "own": selectors.own(ctx)[:5],
    }
    return render(
        request, "burden/suggestion_say.html", context, status=422 if form.errors else 200
    )


def _thanked(request: Request, row: Suggestion, _path: str) -> HttpResponse:
    if row.sender_id:
        messages.success(request, "收到了。办理进展在这一页看，有答复会通知您。")
        return redirect("burden:suggestion", row.pk)
    messages.success(request, "收到了，没有留您的账号和单位，所以没法单独答复；请过些天来这里看。")
    return redirect("burden:public")


@action("burden.say")
@require_GET
def own(request: Request) -> HttpResponse:
    """``/suggestions/own/``: what the actor said under his name."""
    context = {"crumbs": [HOME, ("我提的", "")], "rows": selectors.own(request.ctx)[:OWN]}
    return render(request, "burden/suggestion_own.html", context)


@action("burden.say")
@require_GET
def public(request: Request) -> HttpResponse:
    """``/suggestions/public/``: what was said and what changed."""
    context = {"crumbs": [HOME, ("说了什么，改了什么", "")]}
    return listing_response(request, PublicList(), "burden/suggestion_public.html", context)


@action("burden.handle")
@require_GET
def worklist(request: Request) -> HttpResponse:
    """``/suggestions/``: what the actor handles."""
    context = {"crumbs": [HOME, ("投诉建议", "")]}
    return listing_response(request, SuggestionList(), "burden/suggestions.html", context)


@action("burden.say")
@require_GET
def one(request: Request, suggestion_id: UUID) -> HttpResponse:
    """``/suggestions/<id>/``: one, for its sender and for whoever handles it."""
    row = selectors.see(request.ctx, suggestion_id)
    return _page(request, row, AnswerForm(initial={"said": ""}))


def _page(request: Request, row: Suggestion, form: AnswerForm) -> HttpResponse:
    handles = selectors.worklist(request.ctx).filter(pk=row.pk).exists()
    back = ("投诉建议", reverse("burden:suggestions")) if handles else (
        "我提的", reverse("burden:own"))  # fmt: skip
    context = {
        "crumbs": [HOME, back, ("一条", "")],
        "row": row,
        "page": page_of(row),
        "form": form,
        "handles": handles,
        "may_take": handles and row.state == SuggestionState.OPEN,
        "may_answer": handles and row.state != SuggestionState.ANSWERED,
    }
    return render(request, "burden/suggestion.html", context, status=422 if form.errors else 200)


@action("burden.handle")
@require_POST
def take(request: Request, suggestion_id: UUID) -> HttpResponse:
    """``POST …/take/``: the actor takes it up."""
    services.take(request.ctx, suggestion_id)
    messages.success(request, "由您办理了。")
    return redirect("burden:suggestion", suggestion_id)


@action("burden.handle")
@require_POST
def answer(request: Request, suggestion_id: UUID) -> HttpResponse:
    """``POST …/answer/``: close it with an answer."""
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            row = services.answer(request.ctx, suggestion_id, form.given())
        except Refused as problem:
            form.add_error(problem.field or None, problem.said)
        else:
            told = (
                "已答复，并通知了提出的人。"
                if row.sender_id
                else "已答复；对方没有署名，收不到通知。"
            )
            messages.success(request, told)
            return redirect("burden:suggestion", suggestion_id)
    return _page(request, selectors.to_handle(request.ctx, suggestion_id), form)
