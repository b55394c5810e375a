"""``/registers/audits/``: begin an audit, tick on the phone, close it, read the result."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from anze.engines.registers import bodies, selectors, services, spec
from anze.engines.registers.models import Audit, AuditLine
from anze.kernel.bus.errors import Conflict, NotFound, Problem, Refused
from anze.kernel.people.access import Request, action
from anze.kernel.people.models import User
from anze.kernel.units.known import in_force
from anze.kernel.units.models import Place
from anze.lib.ids import uuid_or_none

HOME = ("台账", "/registers/")
AUDITS = ("盘点", "/registers/audits/")
PLACE = "registers_place"  # where the person stands now, kept between scans
SHOWN = 60


@action("registers.view")
@require_GET
def audit_list(request: Request) -> HttpResponse:
    """``GET``: the audits in sight, open ones first."""
    rows = list(selectors.audits(request.ctx)[:SHOWN])
    rows.sort(key=lambda one: one.state != Audit.OPEN)
    tally = selectors.tally([one.pk for one in rows])
    context = {
        "crumbs": [("首页", "/"), HOME, ("盘点", "")],
        "audits": [(one, tally[one.pk], _seen(tally[one.pk])) for one in rows],
        "may_audit": bool(request.ctx.access.visible("registers.audit")),
    }
    return render(request, "registers/audits.html", context)


def _seen(counts: dict[str, int]) -> int:
    return counts.get(AuditLine.FOUND, 0) + counts.get(AuditLine.MOVED, 0)


@action("registers.audit")
def start(request: Request) -> HttpResponse:
    """``GET`` the choice of body, place and registers; ``POST`` begins or joins the audit."""
    ctx = request.ctx
    units = bodies.keepers(ctx, "registers.audit", ("campus", "unit"))
    data = request.POST if request.method == "POST" else request.GET
    unit = bodies.chosen(request, units)
    problem: Problem | None = None
    if request.method == "POST":
        try:
            if unit is None:
                raise Refused("请选择校区（单位）", field="unit", remedy="从您管理的单位里选")
            made = services.start_audit(
                ctx,
                unit.pk,
                data.getlist("registers"),
                place_id=uuid_or_none(data.get("place", "")),
            )
            request.session[PLACE] = str(made.place_id or "")
            return redirect("registers:audit", made.pk)
        except Refused as refusal:
            problem = refusal
    context = {
        "crumbs": [HOME, AUDITS, ("开始盘点", "")],
        "units": units,
        "unit": unit,
        "places": bodies.places(unit.pk, ctx.today) if unit else [],
        "specs": spec.all_specs(),
        "chosen": data.getlist("registers") or [one.code for one in spec.all_specs()],
        "problem": problem,
    }
    return render(request, "registers/audit_start.html", context, status=422 if problem else 200)


@action("registers.view")
@require_GET
def audit(request: Request, audit_id: UUID) -> HttpResponse:
    """``GET``: what is still to be seen, and what was; once closed, the result."""
    return _page(request, audit_id)


def _page(request: Request, audit_id: UUID, problem: Problem | None = None) -> HttpResponse:
    ctx = request.ctx
    row = selectors.audit(ctx, audit_id)
    lines = list(row.lines.select_related("place", "seen_place").order_by("register", "code", "pk"))
    who = dict(User.objects.filter(pk__in=_hands(lines)).values_list("pk", "name"))
    for line in lines:
        line.who = who.get(line.seen_by, "")  # type: ignore[attr-defined,arg-type]
        line.tap = uuid4()  # type: ignore[attr-defined]
    by_state = {state: [one for one in lines if one.state == state] for state in _STATES}
    may = row.state == Audit.OPEN and row.unit_id in ctx.access.visible("registers.audit")
    here = request.session.get(PLACE, "")
    context = {
        "crumbs": [HOME, AUDITS, (row.unit.short_name or row.unit.name, "")],
        "audit": row,
        "specs": [spec.get(code) for code in row.codes],
        "pending": _near_first(by_state[AuditLine.PENDING], here),
        "seen": by_state[AuditLine.FOUND] + by_state[AuditLine.MOVED],
        "moved": by_state[AuditLine.MOVED],
        "foreign": by_state[AuditLine.FOREIGN],
        "unknown": by_state[AuditLine.UNKNOWN],
        "expected": len(lines) - len(by_state["foreign"]) - len(by_state["unknown"]),
        "may": may,
        "may_edit": row.unit_id in ctx.access.visible("registers.edit"),
        "places": bodies.places(row.unit_id, ctx.today) if may else [],
        "here": here,
        "tap": uuid4(),
        "problem": problem,
        "typed": request.POST,
    }
    return render(request, "registers/audit.html", context, status=422 if problem else 200)


_STATES = (
    AuditLine.PENDING, AuditLine.FOUND, AuditLine.MOVED, AuditLine.FOREIGN, AuditLine.UNKNOWN,
)  # fmt: skip


def _hands(lines: list[AuditLine]) -> set[UUID]:
    return {one.seen_by for one in lines if one.seen_by}


def _near_first(lines: list[AuditLine], here: str) -> list[AuditLine]:
    """Put what is expected where the person stands before the rest."""
    return sorted(lines, key=lambda one: (str(one.place_id) != here, one.register, one.code))


@action("registers.audit")
@require_POST
def see(request: Request, audit_id: UUID) -> HttpResponse:
    """``POST``: a tick (``line``), a label (``label``) or a place (``place``, or its label)."""
    data = request.POST
    if "stand" in data:
        request.session[PLACE] = str(uuid_or_none(data.get("place", "")) or "")
        return redirect("registers:audit", audit_id)
    typed = data.get("label", "").strip().rstrip("/").rpartition("/")[2]
    try:
        if typed and (place := _place_label(request, audit_id, typed)):
            request.session[PLACE] = str(place.pk)
            messages.success(request, f"现在在：{place.name}。")
            return redirect("registers:audit", audit_id)
        line = services.see(
            request.ctx, audit_id, client_id=uuid_or_none(data.get("tap", "")) or uuid4(),
            line_id=_whole(data.get("line", "")), token=typed,
            place_id=uuid_or_none(request.session.get(PLACE, "")),
        )  # fmt: skip
    except (NotFound, Refused) as problem:
        if typed:
            return _page(request, audit_id, problem)
        raise
    if request.headers.get("X-Anze-Tap"):
        return HttpResponse(status=204)
    messages.success(request, f"{line.code or line.title}：{line.get_state_display()}")
    return redirect("registers:audit", audit_id)


def _place_label(request: Request, audit_id: UUID, typed: str) -> Place | None:
    """Return the place of this body whose own label was scanned."""
    row = selectors.audit(request.ctx, audit_id, "registers.audit")
    campuses = {row.unit_id, *bodies.campuses(row.unit_id, request.ctx.today)}
    token = typed.upper().replace("-", "").rpartition("=")[2]
    rows = Place.objects.filter(in_force(request.ctx.today), campus_id__in=campuses, token=token)
    return rows.first()


@action("registers.audit")
@require_POST
def unsee(request: Request, audit_id: UUID) -> HttpResponse:
    """``POST``: take a tick back."""
    tap = uuid_or_none(request.POST.get("tap", "")) or uuid4()
    line = _whole(request.POST.get("line", ""))
    if line is not None:
        services.unsee(request.ctx, audit_id, line, client_id=tap)
    return redirect("registers:audit", audit_id)


@action("registers.audit")
@require_POST
def unknown(request: Request, audit_id: UUID) -> HttpResponse:
    """``POST``: something is there that no register knows."""
    data = request.POST
    try:
        services.note_unknown(
            request.ctx, audit_id, data.get("words", ""),
            client_id=uuid_or_none(data.get("tap", "")) or uuid4(),
            register=data.get("register", ""),
            place_id=uuid_or_none(request.session.get(PLACE, "")),
        )  # fmt: skip
    except Refused as problem:
        return _page(request, audit_id, problem)
    messages.success(request, "已记为“见而未登记”，结束后可在台账里补登。")
    return redirect("registers:audit", audit_id)


@action("registers.audit")
@require_POST
def close(request: Request, audit_id: UUID) -> HttpResponse:
    """``POST``: end it; what was not seen is missing."""
    services.close_audit(request.ctx, audit_id)
    messages.success(request, "盘点已结束，结果已存证。")
    return redirect("registers:audit", audit_id)


@action("registers.audit")
@require_POST
def drop(request: Request, audit_id: UUID) -> HttpResponse:
    """``POST``: give it up; nothing counts."""
    try:
        services.drop_audit(request.ctx, audit_id)
    except Conflict as problem:
        messages.error(request, str(problem))
    return redirect("registers:audit", audit_id)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
