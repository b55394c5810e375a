"""Choose a form, fill it in, keep the receipt, correct or withdraw."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from anze.kernel.bus import clock
from anze.kernel.bus.errors import NotFound, Problem, Refused
from anze.kernel.files import selectors as stored
from anze.kernel.files import services as files
from anze.kernel.files.limits import body_at_most
from anze.kernel.forms import definitions, receipts, selectors, services, showing
from anze.kernel.forms.definitions import Definition
from anze.kernel.forms.models import Submission
from anze.kernel.forms.webform import PREFIX, PackForm, Setting
from anze.kernel.forms.widgets import NEW
from anze.kernel.ledger.models import Entry
from anze.kernel.people.access import Request, action, unit_or_404
from anze.kernel.units import selectors as places
from anze.kernel.units.models import Unit
from anze.lib.codes import tidy
from anze.lib.ids import uuid7, uuid_or_none

MAX_BODY = 64 * 1024 * 1024  # some photos at once, where scripts could not send them ahead
PAGE = 25


def _too_big(_request: HttpRequest, problem: Refused) -> HttpResponse:
    raise problem


@action("duties.record")
@require_GET
def index(request: Request) -> HttpResponse:
    """``/forms/?unit=&q=``: what I may record for a unit; a search looks in all of mine."""
    text = request.GET.get("q", "").strip()[:40]
    units = selectors.recorded_for(request.ctx)
    recent = list(selectors.mine(request.ctx)[:3])
    chosen = _chosen(request, units, recent)
    shown = units if text else [chosen] if chosen else []
    found = [selectors.body(request.ctx, unit, text) for unit in shown]
    context = {
        "bodies": [body for body in found if body.groups],
        "units": units,
        "chosen": chosen,
        "text": text,
        "recent": recent,
    }
    return render(request, "forms/index.html", context)


def _chosen(request: Request, units: list[Unit], recent: list[Submission]) -> Unit | None:
    """Return the unit scanned or asked for, else the one last recorded for, else the first."""
    wanted = _scanned(request) or uuid_or_none(request.GET.get("unit", ""))
    for unit_id in [wanted, *(row.unit_id for row in recent)]:
        for unit in units:
            if unit.id == unit_id:
                return unit
    return units[0] if units else None


def _scanned(request: Request) -> UUID | None:
    """Return the campus of the place whose QR code led here (``?place=``)."""
    token = request.GET.get("place", "")[:40]
    return places.place_by_token(request.ctx, token, services.RECORD).campus_id if token else None


@action("duties.record")
@require_http_methods(["GET", "POST"])
@body_at_most(MAX_BODY, _too_big)
def fill(request: Request, issuer: str, ref: str) -> HttpResponse:
    """``/forms/<issuer>/<ref>/?unit=``: the form; ``same=1`` fills in last time's answers."""
    unit = _unit(request)
    definition = definitions.find(f"{issuer}/{ref}", unit.id, request.ctx.today)
    subject = tidy((request.POST or request.GET).get("subject", ""))[:120]
    if request.method == "POST":
        form, faults = _posted(request, definition, unit.id)
        if not faults and form.is_valid():
            try:
                done = services.submit(
                    request.ctx,
                    definition.ref,
                    unit.id,
                    _client_id(request.POST),
                    form.answers(),
                    happened=form.happened(),
                    subject=subject,
                )
            except Problem as problem:
                _blame(form, problem)
            else:
                return redirect("forms:receipt", done.id)
        _blame_fields(form, faults)
        return _fill_page(request, definition, unit, form, subject, status=422)
    same = request.GET.get("same") == "1"
    start = selectors.defaults(definition) | selectors.last_answers(
        request.ctx, definition, unit.id, subject=subject, whole=same
    )
    over = _over(request)
    form = PackForm(
        _setting(request, definition, unit.id, ()), answers=start, day_asked=over is not None
    )
    return _fill_page(request, definition, unit, form, subject, same=same, over=over)


def _over(request: Request) -> tuple[date, date] | None:
    """Return the period a link opened the form for (``?from=&to=``) if it is over, else None."""
    try:
        first = date.fromisoformat(request.GET.get("from", ""))
        last = date.fromisoformat(request.GET.get("to", ""))
    except ValueError:
        return None
    return (first, last) if last < request.ctx.today else None


@action("duties.view")
@require_GET
def receipt(request: Request, submission_id: UUID) -> HttpResponse:
    """``/forms/done/<id>/``: what was recorded, its number, and what it met."""
    submission = selectors.get(request.ctx, submission_id)
    entry = selectors.counted_entry(submission)
    context = {
        "submission": submission,
        "entry": entry,
        "newest": selectors.entry_of(submission),
        "unit": Unit.objects.get(pk=submission.unit_id),
        "lines": showing.lines(submission),
        "sections": receipts.receipt_sections(request.ctx, submission, entry),
        "may_change": services.may_change(request.ctx, submission),
        "fresh": (request.ctx.now - submission.submitted_at).total_seconds() < 120,
    }
    return render(request, "forms/receipt.html", context)


@action("duties.view")
@require_GET
def mine(request: Request) -> HttpResponse:
    """``/forms/mine/``: what I handed in."""
    page = Paginator(selectors.mine(request.ctx), PAGE).get_page(request.GET.get("page"))
    names = Unit.objects.in_bulk({row.unit_id for row in page})
    rows = [(row, names.get(row.unit_id)) for row in page]
    return render(request, "forms/mine.html", {"page": page, "rows": rows})


@action("duties.record")
@require_http_methods(["GET", "POST"])
@body_at_most(MAX_BODY, _too_big)
def correct(request: Request, submission_id: UUID) -> HttpResponse:
    """``/forms/done/<id>/correct/``: the same form with the answers as they count now."""
    submission = _mine_to_change(request, submission_id)
    definition = definitions.pinned(submission.pack_id, submission.form_ref)
    unit = Unit.objects.get(pk=submission.unit_id)
    if request.method == "POST":
        form, faults = _posted(request, definition, unit.id)
        if not faults and form.is_valid():
            try:
                services.correct(
                    request.ctx,
                    submission,
                    form.answers(),
                    happened=_unless_same_day(submission, form),
                    expected=uuid_or_none(request.POST.get("entry", "")),
                    client_id=_client_id(request.POST),
                )
            except Problem as problem:
                _blame(form, problem)
            else:
                messages.success(request, "已更正。原来的内容仍留在存证里，按更正后的计算。")
                return redirect("forms:receipt", submission.id)
        _blame_fields(form, faults)
        return _fill_page(request, definition, unit, form, "", submission=submission, status=422)
    answers = selectors.answers_of(submission)
    ids = [row.id for rows in selectors.attachments(submission).values() for row in rows]
    form = PackForm(
        _setting(request, definition, unit.id, ids),
        answers=answers,
        happened=clock.day_of(submission.happened),
    )
    return _fill_page(request, definition, unit, form, "", submission=submission)


@action("duties.record")
@require_http_methods(["GET", "POST"])
def withdraw(request: Request, submission_id: UUID) -> HttpResponse:
    """``/forms/done/<id>/withdraw/``: take it back, for a reason."""
    submission = _mine_to_change(request, submission_id)
    if request.method == "POST":
        services.withdraw(request.ctx, submission, request.POST.get("reason", ""))
        messages.success(request, "已撤回。这条登记不再计入任何要求，存证里留有撤回记录。")
        return redirect("forms:receipt", submission.id)
    context = {"submission": submission, "reasons": services.REASONS.items()}
    return render(request, "forms/withdraw.html", context)


def _unit(request: Request) -> Unit:
    unit_id = uuid_or_none((request.POST or request.GET).get("unit", ""))
    if unit_id is None:
        raise NotFound("没有说明替哪个单位登记", remedy="请从“登记”页面选择单位和表单。")
    return unit_or_404(request.ctx, services.RECORD, unit_id)


def _mine_to_change(request: Request, submission_id: UUID) -> Submission:
    submission = selectors.get(request.ctx, submission_id)
    services.check_hand(request.ctx, submission)
    return submission


def _posted(
    request: Request, definition: Definition, unit_id: UUID
) -> tuple[PackForm, dict[str, str]]:
    """Receive the files that came along; return the form and what was wrong with them.

    What was received stays received: its ids go back into the page, whatever else is wrong.
    """
    data: QueryDict = request.POST.copy()
    faults: dict[str, str] = {}
    for field in definition.form.fields:
        name = f"{PREFIX}-{field.name}"
        for sent in request.FILES.getlist(f"{name}{NEW}"):
            try:
                row, _new = files.receive(
                    request.ctx,
                    unit_id,
                    sent.file,  # type: ignore[arg-type]
                    name=sent.name or "",
                )
            except Refused as refused:
                faults[field.name] = f"{sent.name}：{refused.said}"
            else:
                data.appendlist(name, str(row.id))
    ids = [
        one
        for field in definition.form.fields
        if field.type in ("photo", "file")
        for one in map(uuid_or_none, data.getlist(f"{PREFIX}-{field.name}"))
        if one
    ]
    return PackForm(_setting(request, definition, unit_id, ids), data), faults


def _setting(request: Request, definition: Definition, unit_id: UUID, ids: Any) -> Setting:
    known = {row.id: row for row in stored.of_unit(request.ctx, unit_id, ids)} if ids else {}
    return Setting(definition, unit_id, request.ctx.today, known)


def _blame(form: PackForm, problem: Problem) -> None:
    if isinstance(problem, services.Unanswered):
        form.blame(problem.faults)
    elif isinstance(problem, NotFound):
        raise problem
    else:
        form.add_error(None, " ".join(filter(None, [f"{problem.message}。", problem.remedy])))


def _blame_fields(form: PackForm, faults: dict[str, str]) -> None:
    form.is_valid()
    form.blame(faults)


def _unless_same_day(submission: Submission, form: PackForm) -> str | None:
    """Return the day told; None if it is still the day of the submission, whose hour stays."""
    day = form.happened()
    return None if day == clock.day_of(submission.happened).isoformat() else day


def _client_id(data: QueryDict) -> UUID:
    found = uuid_or_none(data.get("client_id", ""))
    if found is None:
        raise Refused("提交编号不对", remedy="请从“登记”页面重新打开表单。")
    return found


def _fill_page(
    request: Request,
    definition: Definition,
    unit: Unit,
    form: PackForm,
    subject: str,
    *,
    same: bool = False,
    over: tuple[date, date] | None = None,
    submission: Submission | None = None,
    status: int = 200,
) -> HttpResponse:
    entry: Entry | None = selectors.entry_of(submission) if submission else None
    last = None if submission else selectors.last_submission(unit.id, definition.ref, subject)
    context = {
        "definition": definition,
        "spec": definition.form,
        "unit": unit,
        "form": form,
        "fields": showing.fields(definition, form),
        "checklist": any(field.type == "checklist" for field in definition.form.fields),
        "client_id": request.POST.get("client_id") or uuid7(),
        "subject": subject,
        "asked": selectors.asked_by(request.ctx, definition, unit),
        "readers": showing.READERS[definition.form.visibility],
        "same": same,
        "over": over,
        "last": last,
        "submission": submission,
        "entry": entry,
    }
    return render(request, "forms/fill.html", context, status=status)
