"""The page of a thing, its form, its end, and the way there from a label."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from anze.engines.registers import bodies, forms, labels, selectors, services, spec, values
from anze.engines.registers.listing import due_badge
from anze.engines.registers.models import ENDED, NEVER, Audit, Thing
from anze.engines.registers.reading import WrongFields
from anze.engines.registers.spec import RegisterSpec
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Problem, Refused
from anze.kernel.people.access import Request, action
from anze.kernel.units.models import Unit

HOME = ("台账", "/registers/")


@action("registers.view")
@require_GET
def thing(request: Request, code: str, thing_id: UUID) -> HttpResponse:
    """``GET …/<id>/``: how it stands, its label, its history from the ledger."""
    return _page(request, spec.get(code), thing_id)


def _page(
    request: Request,
    one: RegisterSpec,
    thing_id: UUID,
    problem: Problem | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    ctx = request.ctx
    row: Any = selectors.thing(ctx, one, thing_id)
    row.today = ctx.today
    context = {
        "crumbs": [HOME, (one.label, _list(one)), (row.code, "")],
        "spec": one,
        "thing": row,
        "title": one.title(row),
        "lines": [(f.label, values.said(f, getattr(row, f.name)), f.computed) for f in one.fields],
        "due": due_badge(row),
        "due_on": None if row.due_on == NEVER else row.due_on,
        "left": selectors.days_left(row.due_on, ctx.today),
        "ended": row.state == ENDED,
        "reason": one.end_reasons.get(row.end_reason, row.end_reason),
        "may_edit": row.unit_id in ctx.access.visible(one.edit),
        "reasons": one.end_reasons,
        "chapters": reversed(selectors.history(one, row)),
        "token": labels.spaced(row.token),
        "audit": _running(ctx, row, one),
        "tap": uuid4(),
        "here": request.session.get("registers_place", ""),
        "problem": problem,
        "typed": typed or {"on": ctx.today.isoformat()},
    }
    status = problem.status if problem else 200
    return render(request, "registers/thing.html", context, status=status)


def _running(ctx: Ctx, row: Thing, one: RegisterSpec) -> dict[str, Any] | None:
    """Return the open audit this thing is counted in, and whether it was seen already."""
    if row.unit_id not in ctx.access.visible("registers.audit"):
        return None
    for audit in Audit.objects.filter(unit_id=row.unit_id, state=Audit.OPEN).order_by("-started"):
        if one.code in audit.codes:
            line = audit.lines.filter(thing_id=row.pk).first()
            return {"audit": audit, "line": line, "seen": line and line.state != line.PENDING}
    return None


def _list(one: RegisterSpec) -> str:
    return reverse("registers:list", args=[one.code])


@action("registers.edit")
def add(request: Request, code: str) -> HttpResponse:
    """``GET`` the empty form; ``POST`` registers a thing, once for a ``client_id``."""
    one, ctx = spec.get(code), request.ctx
    units = bodies.keepers(ctx, one.edit, one.levels)
    if not units:
        raise Refused(f"您没有可登记{one.label}的单位", remedy="请联系本单位安全管理人员")
    data = request.POST if request.method == "POST" else None
    unit = bodies.chosen(request, units)
    places = bodies.places(unit.pk, ctx.today) if unit else []
    start = {"unit": str(unit.pk) if unit else "", "place": request.GET.get("place", "")}
    form = forms.ThingForm(one, data, places=places, units=units, initial=start)
    problem: Problem | None = None
    if data is not None:
        try:
            made = services.add(
                ctx, one, _body(unit), form.typed(), code=data.get("code", ""),
                place_id=form.place(), client_id=_client(data.get("client_id", "")),
            )  # fmt: skip
            messages.success(request, f"已登记 {made.code}。")
            again = "again" in data
            return redirect(
                f"{reverse('registers:add', args=[code])}?unit={made.unit_id}"
                if again
                else reverse("registers:thing", args=[code, made.pk])
            )
        except WrongFields as wrong:
            form.complain(wrong)
            problem = wrong
        except (Refused, Conflict) as refusal:
            problem = refusal
            form.full_clean()
            form.errors.clear()
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    context = {
        "crumbs": [HOME, (one.label, _list(one)), ("登记", "")],
        "spec": one,
        "form": form,
        "unit": unit,
        "only": units[0] if len(units) == 1 else None,
        "client_id": request.POST.get("client_id") or uuid4(),
        "remedy": problem.remedy if problem else "",
    }
    return render(request, "registers/form.html", context, status=422 if problem else 200)


def _body(unit: Unit | None) -> UUID:
    if unit is None:
        raise Refused("请选择校区（单位）", field="unit")
    return unit.pk


def _client(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


@action("registers.edit")
def edit(request: Request, code: str, thing_id: UUID) -> HttpResponse:
    """``GET`` the form as it stands; ``POST`` writes it, or shows both values when it was stale."""
    one, ctx = spec.get(code), request.ctx
    row = selectors.thing(ctx, one, thing_id)
    ctx.access.check(one.edit, row.unit_id)
    places = bodies.places(row.unit_id, ctx.today)
    data = request.POST if request.method == "POST" else None
    start = forms.initial_of(one, row)
    form = forms.ThingForm(one, data, places=places, thing=row, initial=start)
    problem: Problem | None = None
    stale: list[tuple[str, str, str]] = []
    if data is not None:
        place = form.place() if "place" in form.fields else row.place_id
        try:
            services.change(
                ctx, one, thing_id, form.typed(), version=_whole(data.get("version", "")),
                place_id=place,
            )  # fmt: skip
            messages.success(request, f"{row.code} 已保存。")
            return redirect("registers:thing", code, thing_id)
        except WrongFields as wrong:
            form.complain(wrong)
            problem = wrong
        except services.Stale as refusal:
            row = selectors.thing(ctx, one, thing_id)
            problem, stale = refusal, forms.differences(one, row, form)
    context = {
        "crumbs": [HOME, (one.label, _list(one)), (row.code, _address(one, row)), ("修改", "")],
        "spec": one,
        "form": form,
        "thing": row,
        "unit": row.unit,
        "stale": stale,
        "version": row.version if stale or data is None else data.get("version", ""),
    }
    return render(request, "registers/form.html", context, status=422 if problem else 200)


def _address(one: RegisterSpec, row: Thing) -> str:
    return reverse("registers:thing", args=[one.code, row.pk])


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@action("registers.edit")
@require_POST
def end(request: Request, code: str, thing_id: UUID) -> HttpResponse:
    """``POST …/end/``: keep it no longer, with ``reason``, ``on`` and ``note``."""
    one = spec.get(code)
    typed = {key: request.POST.get(key, "") for key in ("reason", "on", "note")}
    try:
        row = services.end(
            request.ctx, one, thing_id, typed["reason"], on=_day(typed["on"]), note=typed["note"]
        )
    except Refused as problem:
        return _page(request, one, thing_id, problem, typed)
    messages.success(request, f"{row.code} 已停用，历史和标签都保留。")
    return redirect("registers:thing", code, thing_id)


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused("停用日期看不懂，应像 2026-03-15", field="on") from None


@action("registers.edit")
@require_POST
def found(request: Request, code: str, thing_id: UUID) -> HttpResponse:
    """``POST …/found/``: what an audit missed has turned up."""
    row = services.turn_up(request.ctx, spec.get(code), thing_id)
    messages.success(request, f"{row.code} 已找到，不再标记为未见。")
    return redirect("registers:thing", code, thing_id)


@action("registers.view")
@require_GET
def scanned(request: Request, token: str) -> HttpResponse:
    """``GET /t/<code>``: from a label to the page of its thing; a kind page for unknown codes."""
    one, row = selectors.labelled(token)
    if one is None or row is None:
        raise NotFound(
            "没有这个标签",
            where=token[:20],
            remedy="请核对标签上的编码；标签坏了可在台账里按编号查找，再重新打印",
        )
    request.ctx.access.check(one.view, row.unit_id)
    return redirect("registers:thing", one.code, row.pk)
