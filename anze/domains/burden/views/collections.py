"""``/collections/``: ask for data that no requirement asks for, and answer it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anze.domains.burden.forms import collections as forms
from anze.domains.burden.listings.collections import AnswerList, LateList, TaskList
from anze.domains.burden.models import AnswerState, CollectionTask, TaskState
from anze.domains.burden.selectors import tasks as selectors
from anze.domains.burden.services import answers, tasks
from anze.kernel.bus.errors import Conflict, Refused
from anze.kernel.people.access import Request, action
from anze.kernel.units import rules
from anze.kernel.web.listing import listing_response

HOME, LIST = ("首页", "/"), ("临时报表", "/collections/")


@action("burden.collect")
@require_GET
def task_list(request: Request) -> HttpResponse:
    """``/collections/``: the tasks in sight."""
    context = {"crumbs": [HOME, ("临时报表", "")]}
    return listing_response(request, TaskList(), "burden/collections.html", context)


@action("burden.collect")
@require_GET
def late(request: Request) -> HttpResponse:
    """``/collections/late/``: who has not answered what still runs."""
    context = {"crumbs": [HOME, LIST, ("谁还没报", "")]}
    return listing_response(request, LateList(), "burden/collections_late.html", context)


@action("burden.collect")
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """``/collections/new/``: start a draft."""
    return _edit(request, None)


@action("burden.collect")
@require_http_methods(["GET", "POST"])
def edit(request: Request, task_id: UUID) -> HttpResponse:
    """``/collections/<id>/edit/``: go on with a draft of one's own."""
    row = selectors.own(request.ctx, task_id)
    if row.state != TaskState.DRAFT:
        raise Conflict("已经提请的临时报表不能改", remedy="请审批人退回，或撤回后另起一份")
    return _edit(request, row)


def _edit(request: Request, row: CollectionTask | None) -> HttpResponse:
    start = forms.initial_of(row) if row else {"client_id": uuid4()}
    form = forms.TaskForm(request.ctx, request.POST or None, initial=start)
    rows = forms.FieldRows(request.POST or None, initial=forms.rows_of(row) if row else [])
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        try:
            return _kept(request, form, rows)
        except Refused as problem:
            field = problem.field if problem.field in form.fields else None
            form.add_error(field, f"{problem.where}{problem.said}")
    kept = [one.kept.splitlines() for one in row.fields.all()] if row else []
    lines = [(one, kept[n] if n < len(kept) else []) for n, one in enumerate(rows)]
    title = "改临时报表" if row else "起草临时报表"
    context = {
        "crumbs": [HOME, LIST, (title, "")],
        "title": title,
        "row": row,
        "form": form,
        "rows": rows,
        "lines": lines,
        "repeated": sum(1 for one in kept if one),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "burden/collection_edit.html", context, status=status)


def _kept(request: Request, form: forms.TaskForm, rows: Any) -> HttpResponse:
    asked = [one.asked() for one in rows if one.cleaned_data.get("label", "").strip()]
    row = tasks.keep(request.ctx, form.draft(asked))
    if request.POST.get("do") == "submit":
        tasks.submit(request.ctx, row.pk)
        messages.success(request, "已提请审批。批准后才发给单位。")
        return redirect("burden:task", row.pk)
    messages.success(request, "草稿已保存。")
    return redirect("burden:edit", row.pk)


@action("burden.collect")
@require_GET
def task(request: Request, task_id: UUID) -> HttpResponse:
    """``/collections/<id>/``: what it asks, why, who let it go out, how far it is."""
    ctx, row = request.ctx, selectors.see(request.ctx, task_id)
    mine = row.author_id == ctx.actor_id
    approves = row.scope_id in ctx.access.visible(selectors.APPROVE)
    running = row.state in (TaskState.DRAFT, TaskState.WAITING, TaskState.OPEN)
    context = {
        "crumbs": [HOME, LIST, (row.title, "")],
        "row": row,
        "fields": list(row.fields.all()),
        "kinds": "、".join(rules.KINDS[one] for one in row.kinds.split(",") if one),
        "may_edit": mine and row.state == TaskState.DRAFT,
        "may_decide": approves and not mine and row.state == TaskState.WAITING,
        "must_wait": mine and row.state == TaskState.WAITING,
        "may_withdraw": running and (mine or approves),
        "late": f"{reverse('burden:late')}?task={row.pk}",
        "left": row.asked - row.done,
        "runs": row.state == TaskState.OPEN and row.ends >= ctx.today,
    }
    return render(request, "burden/collection.html", context)


@action("burden.collect")
@require_GET
def answer_list(request: Request, task_id: UUID) -> HttpResponse:
    """``/collections/<id>/answers/``: what the units answered; Excel and CSV."""
    row = selectors.see(request.ctx, task_id)
    here = reverse("burden:task", args=[row.pk])
    context = {"crumbs": [HOME, LIST, (row.title, here), ("填报结果", "")], "row": row}
    return listing_response(request, AnswerList(row), "burden/collection_answers.html", context)


@action("burden.collect")
@require_POST
def submit(request: Request, task_id: UUID) -> HttpResponse:
    """``POST …/submit/``: ask for it to be let out."""
    try:
        tasks.submit(request.ctx, task_id)
    except Refused as problem:
        messages.error(request, f"{problem.where}{problem.said}")
        return redirect("burden:edit", task_id)
    messages.success(request, "已提请审批。批准后才发给单位。")
    return redirect("burden:task", task_id)


@action("burden.approve")
@require_POST
def approve(request: Request, task_id: UUID) -> HttpResponse:
    """``POST …/approve/``: let it go out."""
    tasks.approve(request.ctx, task_id)
    messages.success(request, "已批准，正在发给各单位。")
    return redirect("burden:task", task_id)


@action("burden.approve")
@require_POST
def give_back(request: Request, task_id: UUID) -> HttpResponse:
    """``POST …/return/``: give it back to its author."""
    try:
        tasks.give_back(request.ctx, task_id, request.POST.get("words", ""))
    except Refused as problem:
        messages.error(request, problem.said)
        return redirect("burden:task", task_id)
    messages.success(request, "已退回。")
    return redirect("burden:tasks")


@action("burden.collect")
@require_POST
def withdraw(request: Request, task_id: UUID) -> HttpResponse:
    """``POST …/withdraw/``: take it back."""
    tasks.withdraw(request.ctx, task_id)
    messages.success(request, "已撤回，不再要任何单位填。")
    return redirect("burden:task", task_id)


@action("burden.answer")
@require_http_methods(["GET", "POST"])
def fill(request: Request, task_id: UUID, unit_id: UUID) -> HttpResponse:
    """``/collections/<id>/units/<unit>/``: answer for a unit; a half can be kept."""
    ctx = request.ctx
    row = selectors.answer_of(ctx, task_id, unit_id)
    fields = list(row.task.fields.all())
    before = selectors.earlier(row) if row.state == AnswerState.OWED else {}
    start: dict[str, Any] = {f"f{position}": one.value for position, one in before.items()}
    start |= {f"f{position}": value for position, value in selectors.content(row).items()}
    form = forms.answer_form(fields, request.POST or None, start)
    for position, one in before.items():
        form.fields[f"f{position}"].help_text = f"按“{one.title}”里报的带出，变了再改。"
    if request.method == "POST":
        typed = {str(one.position): request.POST.get(f"f{one.position}", "") for one in fields}
        try:
            return _filled(request, row.task, unit_id, typed)
        except Refused as problem:
            form.errors.clear()
            form.add_error(problem.field if problem.field in form.fields else None, problem.said)
    context = {
        "crumbs": [HOME, (row.task.title, "")],
        "row": row,
        "task": row.task,
        "inputs": [form[f"f{one.position}"] for one in fields],
        "form": form,
        "done": row.state == AnswerState.ANSWERED,
        "prefilled": len(before),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "burden/collection_fill.html", context, status=status)


def _filled(
    request: Request, task: CollectionTask, unit_id: UUID, typed: dict[str, str]
) -> HttpResponse:
    if request.POST.get("do") == "keep":
        answers.keep(request.ctx, task.pk, unit_id, typed)
        messages.success(request, "已存下填了的部分，下次接着填。")
        return redirect("burden:fill", task.pk, unit_id)
    answers.hand_in(request.ctx, task.pk, unit_id, typed)
    messages.success(request, f"已报：{task.title}。截止前还可以改。")
    return redirect("burden:fill", task.pk, unit_id)
