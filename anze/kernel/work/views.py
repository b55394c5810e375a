"""The inbox, one's settings, and circulars: written, read, confirmed, watched."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anze.kernel.bus.errors import Conflict, Problem, Refused
from anze.kernel.people.access import Request, action
from anze.kernel.work import circulars, forms, habits, selectors, services
from anze.kernel.work.quiet import Quiet
from anze.kernel.work.topics import CHANNELS

PAGE = 30
HOME = ("通知", "/notices/")


@action("account")
@require_GET
def inbox(request: Request) -> HttpResponse:
    """``GET /notices/``: the actor's notices, newest first; ``?unread=1``, ``?topic=…``."""
    topic, unread = request.GET.get("topic", ""), request.GET.get("unread") == "1"
    known = selectors.own_topics(request.ctx)
    topic = topic if topic in dict(known) else ""
    rows = selectors.inbox(request.ctx, topic=topic, unread=unread)
    context = {
        "crumbs": [("首页", "/"), ("通知", "")],
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "unread": selectors.unread(request.ctx),
        "only_unread": unread,
        "topics": known if len(known) > 1 else [],
        "labels": dict(known),
        "topic": topic,
    }
    return render(request, "work/inbox.html", context)


@action("account")
@require_GET
def follow(request: Request, notice_id: UUID) -> HttpResponse:
    """``GET /notices/<id>/``: mark as read and go where the notice leads."""
    notice = services.read(request.ctx, notice_id)
    return redirect(notice.link or "work:inbox")


@action("account")
@require_POST
def read_all(request: Request) -> HttpResponse:
    """``POST /notices/read/``: mark all as read, or those of a ``topic``."""
    services.read_all(request.ctx, request.POST.get("topic", ""))
    return redirect("work:inbox")


@action("account")
@require_http_methods(["GET", "POST"])
def own_settings(request: Request) -> HttpResponse:
    """``/notices/settings/``: addresses, quiet hours, which topic by which channel."""
    if request.method != "POST":
        return _settings_page(request, habits.settings_of(request.ctx))
    typed = request.POST
    contacts = {code: typed.get(code, "") for code in habits.OWN}
    chosen = {_pair(one) for one in typed.getlist("on")}
    try:
        quiet = Quiet(
            habits.clock_time(typed.get("quiet_from", ""), "quiet_from"),
            habits.clock_time(typed.get("quiet_to", ""), "quiet_to"),
            typed.get("digest") == "1",
        )
        habits.save(request.ctx, quiet=quiet, contacts=contacts, chosen=chosen)
    except Refused as problem:
        return _settings_page(request, habits.settings_of(request.ctx), problem, chosen)
    messages.success(request, "已保存。之后的通知按新的设置送达。")
    return redirect("work:settings")


def _pair(text: str) -> tuple[str, str]:
    topic, _, channel = text.partition("/")
    return topic, channel


def _settings_page(
    request: Request,
    found: habits.Settings,
    problem: Problem | None = None,
    chosen: set[tuple[str, str]] | None = None,
) -> HttpResponse:
    typed = request.POST if problem else {}
    own = [
        (code, label, typed.get(code, found.contacts.get(code, "")))
        for code, label in habits.OWN.items()
    ]
    context = {
        "crumbs": [("首页", "/"), HOME, ("我的通知设置", "")],
        "found": found,
        "own": own,
        "quiet_from": typed.get("quiet_from", f"{found.quiet.start:%H:%M}"),
        "quiet_to": typed.get("quiet_to", f"{found.quiet.end:%H:%M}"),
        "digest": typed.get("digest") == "1" if problem else found.quiet.digest,
        "lines": [
            (line.topic, [_cell(line, code, on, chosen) for code, on in line.cells])
            for line in found.lines
        ],
        "problem": problem,
    }
    status = problem.status if problem else 200
    return render(request, "work/settings.html", context, status=status)


def _cell(
    line: habits.Line, code: str, on: bool, chosen: set[tuple[str, str]] | None
) -> dict[str, Any]:
    fixed = line.topic.fixed and code in line.topic.channels
    if chosen is not None:
        on = (line.topic.code, code) in chosen
    return {
        "name": f"{line.topic.code}/{code}",
        "channel": CHANNELS[code],
        "on": on or fixed,
        "fixed": fixed,
    }


@action("notices.send")
@require_http_methods(["GET", "POST"])
def write(request: Request) -> HttpResponse:
    """``/notices/circulars/new/``: write a circular; what was typed is never lost."""
    ctx = request.ctx
    form = forms.CircularForm(ctx, request.POST or None, initial={"client_id": uuid4()})
    if request.method == "POST" and form.is_valid():
        try:
            made = circulars.issue(ctx, form.draft())
        except Refused as problem:
            form.add_error(problem.field or None, problem.said)
        else:
            messages.success(request, "已发出。谁读了、谁还没有，在这一页看。")
            return redirect("work:circular", made.pk)
    context = {"crumbs": [("首页", "/"), HOME, ("发通知单", "")], "form": form}
    return render(request, "work/write.html", context, status=422 if form.errors else 200)


@action("account")
@require_GET
def circular(request: Request, circular_id: UUID) -> HttpResponse:
    """``GET /notices/circulars/<id>/``: what it says; for who watches it, who has done his part."""
    seen = circulars.see(request.ctx, circular_id)
    if seen.notice and seen.notice.read_at is None:
        services.read(request.ctx, seen.notice.pk)
    rows = circulars.progress(seen.circular) if seen.watches else []
    done = [row for row in rows if row.confirmed_at]
    again = circulars.may_nudge_at(seen.circular)
    context = {
        "crumbs": [("首页", "/"), HOME, (seen.circular.title, "")],
        "seen": seen,
        "circular": seen.circular,
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "told": len(rows),
        "read": sum(1 for row in rows if row.read_at),
        "confirmed": len(done),
        "left": len(rows)
        - (len(done) if seen.circular.asks == "confirm" else sum(1 for r in rows if r.read_at)),
        "nudge_again": again if again and again > request.ctx.now else None,
    }
    return render(request, "work/circular.html", context)


@action("account")
@require_POST
def confirm(request: Request, circular_id: UUID) -> HttpResponse:
    """``POST …/confirm/``: the actor has read it and will act."""
    circulars.confirm(request.ctx, circular_id)
    messages.success(request, "已确认，并记入存证。")
    return redirect("work:circular", circular_id)


@action("notices.send")
@require_POST
def nudge(request: Request, circular_id: UUID) -> HttpResponse:
    """``POST …/nudge/``: remind those who have not done their part."""
    try:
        count = circulars.nudge(request.ctx, circular_id)
    except (Refused, Conflict) as problem:
        messages.info(request, problem.said)
    else:
        messages.success(request, f"已催办 {count} 人。")
    return redirect("work:circular", circular_id)
