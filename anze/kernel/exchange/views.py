"""Pages: upload, look, decide, watch."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from anze.kernel.bus.errors import Problem, Refused
from anze.kernel.exchange import importers, selectors, services, undo, workbooks
from anze.kernel.exchange.models import ImportBatch, State
from anze.kernel.files.limits import MAX_BODY, body_at_most
from anze.kernel.people.access import Request, action
from anze.kernel.people.services.contacts import note_export
from anze.lib.ids import uuid_or_none

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
HOME = ("导入导出", "/exchange/")
RUNNING = (State.COMMITTING, State.UNDOING)


@action("exchange.import")
@require_GET
def index(request: Request) -> HttpResponse:
    """``GET /exchange/``: the batches, newest first."""
    page = Paginator(selectors.batches(request.ctx), 30).get_page(request.GET.get("page"))
    context = {
        "crumbs": [("首页", "/"), (HOME[0], "")],
        "page": page,
        "names": selectors.actor_names(list(page)),
        "templates": selectors.templates(request.ctx),
    }
    return render(request, "exchange/index.html", context)


def _too_big(request: HttpRequest, problem: Refused) -> HttpResponse:
    return _upload_page(request, problem)


@action("exchange.import")
@body_at_most(MAX_BODY, _too_big)
def upload(request: Request) -> HttpResponse:
    """``GET`` the form; ``POST`` with ``kind``, ``scope`` and ``file`` leads to the batch."""
    if request.method != "POST":
        return _upload_page(request)
    try:
        sent = request.FILES.get("file")
        if sent is None:
            raise Refused("没有收到文件", field="file", remedy="请选择一个表格文件再上传。")
        batch = services.upload(
            request.ctx,
            request.POST.get("kind", ""),
            _uuid(request.POST.get("scope", "")),
            sent.read(),
            name=sent.name or "",
        )
    except Refused as problem:
        return _upload_page(request, problem)
    return redirect("exchange:batch", batch.pk)


def _upload_page(request: Any, problem: Problem | None = None) -> HttpResponse:
    templates = selectors.templates(request.ctx)
    asked = (request.POST if request.method == "POST" else request.GET).get("kind", "")
    known = [template.kind for template in templates]
    kind = asked if asked in known else next(iter(known), "")
    context = {
        "crumbs": [("首页", "/"), HOME, ("上传", "")],
        "templates": templates,
        "kind": kind,
        "scopes": selectors.scopes(request.ctx, kind),
        "problem": problem,
    }
    return render(
        request, "exchange/upload.html", context, status=problem.status if problem else 200
    )


@action("exchange.import")
@require_GET
def batch(request: Request, batch_id: UUID) -> HttpResponse:
    """``GET /exchange/<id>/``: counts, columns, the lines with the faulty ones first."""
    return _batch_page(request, services.get(request.ctx, batch_id))


def _batch_page(request: Request, row: ImportBatch, problem: Problem | None = None) -> HttpResponse:
    only = request.GET.get("only", "")
    page, lines = selectors.grid(row, only, request.GET.get("page"))
    context = {
        "crumbs": [("首页", "/"), HOME, (row.file_name, "")],
        "batch": row,
        "count": row.count,
        "outcomes": [
            (key, word, row.count.get(key, 0)) for key, word in selectors.OUTCOMES.items()
        ],
        "only": only,
        "page": page,
        "lines": lines,
        "columns": selectors.columns(row),
        "hidden": selectors.hidden_lines(row) if row.count.get("hidden") else [],
        "problem": problem,
        "open": row.state in (State.PARSED, State.CHECKED, State.FAILED),
        "progress_url": _progress_url(row),
        "reload": row.state in RUNNING,
        "undoable": _undoable(row),
        "computed": selectors.computed(row),
    }
    status = problem.status if problem else 200
    return render(request, "exchange/batch.html", context, status=status)


def _undoable(row: ImportBatch) -> bool:
    importer = importers.find(row.kind)
    written = row.state == State.DONE or (row.state == State.CANCELLED and row.done)
    return bool(written and row.done and importer and importer.revert)


def _progress_url(row: ImportBatch) -> str:
    return reverse("exchange:progress", args=[row.pk]) if row.state in RUNNING else ""


@action("exchange.import")
@require_GET
def progress(request: Request, batch_id: UUID) -> HttpResponse:
    """``GET /exchange/<id>/progress/``: the progress bar; the whole page again once it is over."""
    row = services.get(request.ctx, batch_id)
    if row.state not in RUNNING:
        answer = HttpResponse(status=200)
        answer["HX-Redirect"] = reverse("exchange:batch", args=[row.pk])
        return answer
    return render(
        request, "exchange/_progress.html", {"batch": row, "progress_url": _progress_url(row)}
    )


@action("exchange.import")
@require_POST
def recheck(request: Request, batch_id: UUID) -> HttpResponse:
    """``POST``: check again, with the columns chosen, with or without hidden lines."""
    row = services.get(request.ctx, batch_id)
    try:
        services.recheck(
            request.ctx,
            batch_id,
            chosen=_chosen(request, row) if "columns" in request.POST else None,
            take_hidden=request.POST.get("take_hidden") == "1",
        )
    except Refused as problem:
        return _batch_page(request, row, problem)
    return redirect("exchange:batch", batch_id)


def _chosen(request: Request, row: ImportBatch) -> dict[str, dict[str, int]]:
    """Return sheet → field → column number from fields named ``<sheet number>:<field>``."""
    chosen: dict[str, dict[str, int]] = defaultdict(dict)
    for number, table in enumerate(row.table_list):
        chosen[table["sheet"]] = {}
        for column in importers.get(row.kind).template.columns:
            value = request.POST.get(f"{number}:{column.key}", "")
            if value.isascii() and value.isdigit() and len(value) < 6:
                chosen[table["sheet"]][column.key] = int(value)
    return dict(chosen)


@action("exchange.import")
@require_POST
def fix(request: Request, batch_id: UUID) -> HttpResponse:
    """``POST``: correct cells of one line (``where``, ``cell:<field>``) and check again."""
    row = services.get(request.ctx, batch_id)
    typed = {
        name.removeprefix("cell:"): text
        for name, text in request.POST.items()
        if name.startswith("cell:") and isinstance(text, str)
    }
    try:
        services.fix(request.ctx, batch_id, request.POST.get("where", ""), typed)
    except Refused as problem:
        return _batch_page(request, row, problem)
    back = reverse("exchange:batch", args=[batch_id])
    return redirect(f"{back}?only=faulty" if request.GET.get("only") == "faulty" else back)


@action("exchange.import")
@require_POST
def commit(request: Request, batch_id: UUID) -> HttpResponse:
    """``POST``: begin writing; with ``leave_out=1`` without the faulty lines."""
    row = services.get(request.ctx, batch_id)
    try:
        services.begin(request.ctx, batch_id, leave_out=request.POST.get("leave_out") == "1")
    except Refused as problem:
        return _batch_page(request, row, problem)
    return redirect("exchange:batch", batch_id)


@action("exchange.import")
@require_POST
def cancel(request: Request, batch_id: UUID) -> HttpResponse:
    """``POST``: give the batch up."""
    services.cancel(request.ctx, batch_id)
    return redirect("exchange:index")


@action("exchange.import")
def take_back(request: Request, batch_id: UUID) -> HttpResponse:
    """``GET`` what undoing would do; ``POST`` begins it (``leave_out=1`` keeps what is used)."""
    row = services.get(request.ctx, batch_id)
    problem: Problem | None = None
    if request.method == "POST":
        try:
            undo.begin(request.ctx, batch_id, leave_out=request.POST.get("leave_out") == "1")
            return redirect("exchange:batch", batch_id)
        except Refused as refused:
            problem = refused
    try:
        effect = undo.preview(request.ctx, batch_id)
    except Problem as refused:
        return _batch_page(request, row, refused)
    batch_url = reverse("exchange:batch", args=[batch_id])
    context = {
        "crumbs": [("首页", "/"), HOME, (row.file_name, batch_url), ("撤销", "")],
        "batch": row,
        "effect": effect,
        "problem": problem,
    }
    status = problem.status if problem else 200
    return render(request, "exchange/undo.html", context, status=status)


@action("exchange.import")
@require_GET
def template(request: Request, kind: str) -> HttpResponse:
    """``GET /exchange/template/<kind>.xlsx``: an empty template."""
    importer = importers.find(kind)
    if importer is None:
        raise Http404
    return answer_file(workbooks.template(importer.template), f"{importer.title}模板.xlsx")


@action("exchange.import")
@require_GET
def faults(request: Request, batch_id: UUID) -> HttpResponse:
    """``GET /exchange/<id>/faults.xlsx``: the faulty lines with what is wrong."""
    row = services.get(request.ctx, batch_id)
    return answer_file(workbooks.faults(row), f"有错的行-{row.file_name.rsplit('.', 1)[0]}.xlsx")


@action("exchange.export")
@require_GET
def export(request: Request, kind: str) -> HttpResponse:
    """``GET /exchange/export/<kind>.xlsx?scope=``: the rows as they stand, to be sent in again."""
    importer = importers.find(kind)
    if importer is None:
        raise Http404
    asked = request.GET.get("scope", "")
    scope = _uuid(asked) if asked else None
    request.ctx.access.check(importer.seen, scope)
    rows = list(importer.rows(request.ctx, scope))
    data = workbooks.export(importer.template, rows)
    if importer.template.personal:
        phones = sum(1 for row in rows for key in importer.template.phones if row.get(key))
        note_export(request.ctx, lines=len(rows), phones=phones)
    return answer_file(data, f"{importer.title}-{request.ctx.today}.xlsx")


def answer_file(data: bytes, name: str) -> HttpResponse:
    """Return a file to keep, xlsx or csv by its name; never cached."""
    from django.utils.http import content_disposition_header

    kind = CSV if name.endswith(".csv") else XLSX
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    response["Cache-Control"] = "private, no-store"
    return response


def _uuid(text: str) -> UUID:
    found = uuid_or_none(text)
    if found is None:
        raise Refused("没有选择导入到哪个区县", field="scope")
    return found
