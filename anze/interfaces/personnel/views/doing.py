"""One way to show a form, do what it asks, and come back with everything still filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.people.access import NotYours, Request

Done = Callable[[dict[str, Any]], "str | HttpResponse"]
HOME = ("人员与岗位", "/people/")


def form_page(
    request: Request,
    form: forms.Form,
    done: Done,
    *,
    title: str,
    say: str = "保存",
    note: str = "",
    back: str = "/people/",
    template: str = "personnel/form.html",
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show ``form``; on POST call ``done`` with what it read.

    ``done`` returns an address to go to, or an answer of its own. What a service refuses is written
    at its field.
    """
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                answer = done(form.cleaned_data)
            except NotYours:
                raise
            except (Refused, Conflict, Denied, NotFound) as problem:
                status = problem.status
                field = problem.field if problem.field in form.fields else None
                form.add_error(field, problem.said)
            else:
                return redirect(answer) if isinstance(answer, str) else answer
    shown = {
        "form": form,
        "title": title,
        "say": say,
        "note": note,
        "back": back,
        "crumbs": [("首页", "/"), HOME, (title, "")],
        **(more or {}),
    }
    return render(request, template, shown, status=status)


def posted(request: Request, do: Callable[[], object], said: str, back: str) -> HttpResponse:
    """Do what a button asks and come back to ``back`` with a word about it."""
    try:
        do()
    except NotYours:
        raise
    except (Refused, Conflict, Denied) as problem:
        messages.error(request, problem.said)
    else:
        messages.success(request, said)
    return redirect(back)
