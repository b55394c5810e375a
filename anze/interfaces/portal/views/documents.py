"""``/documents/``: drafting, looking, issuing, ending, and handing out official documents."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from anze.interfaces.portal import paperforms
from anze.interfaces.portal.listings.documents import DocumentList
from anze.interfaces.portal.pages import document as pages
from anze.kernel.bus.errors import Conflict, Problem, Refused
from anze.kernel.documents import catalogue, making, pdf, selectors, services, word
from anze.kernel.documents.models import State
from anze.kernel.files import selectors as files
from anze.kernel.files.limits import MAX_BODY, body_at_most
from anze.kernel.files.sniff import DOCX, EXTENSIONS, PDF
from anze.kernel.people.access import Request, action
from anze.kernel.web import site
from anze.kernel.web.listing import listing_response

HOME = ("公文", "/documents/")


@action("documents.view")
@require_GET
def document_list(request: Request) -> HttpResponse:
    """List the documents in sight."""
    kinds = []
    if request.ctx.access.visible(selectors.ISSUE):
        kinds = [one for one in catalogue.known() if one.code in paperforms.FORMS]
    context = {"crumbs": [("首页", "/"), (HOME[0], "")], "kinds": kinds}
    return listing_response(request, DocumentList(), "portal/documents.html", context)


@action("documents.issue")
def begin(request: Request, kind: str) -> HttpResponse:
    """``GET`` the form of a kind; ``POST`` begins a draft."""
    if kind not in paperforms.FORMS:
        raise Http404
    make: Any = paperforms.FORMS[kind]
    if request.method != "POST":
        query = {key: request.GET.get(key, "")[:120] for key in ("unit", "about")}
        return _begin_page(request, kind, make(request.ctx, initial=make.start(request.ctx, query)))
    form = make(request.ctx, request.POST)
    if not form.is_valid():
        return _begin_page(request, kind, form, status=422)
    try:
        issuer = UUID(form.cleaned_data["issuer"])
        row = services.draft(request.ctx, kind, issuer, form.params, title=form.title())
    except Refused as refused:
        return _begin_page(request, kind, form, refused, 422)
    return redirect("portal:document", row.pk)


def _begin_page(
    request: Request, kind: str, form: Any, refused: Problem | None = None, status: int = 200
) -> HttpResponse:
    label = catalogue.get(kind).label
    context = {
        "crumbs": [("首页", "/"), HOME, (f"起草{label}", "")],
        "label": label,
        "form": form,
        "refused": refused,
    }
    return render(request, "portal/document_new.html", context, status=status)


@action("documents.view")
@require_GET
def document_page(request: Request, document_id: UUID) -> HttpResponse:
    """Show one document, and what can be done with it now."""
    return _page(request, document_id)


def _page(
    request: Request, document_id: UUID, refused: Problem | None = None, **filled: Any
) -> HttpResponse:
    found = pages.page(request.ctx, document_id)
    forms: dict[str, Any] = {
        "issue_form": paperforms.IssueForm(initial={"word": found.word}),
        "void_form": paperforms.VoidForm(),
        "scan_form": paperforms.ScanForm(),
    }
    context = {
        "page": found,
        "refused": refused,
        "crumbs": [("首页", "/"), HOME, (found.row.reference or found.row.title, "")],
        **forms,
        **filled,
    }
    wrong = refused.status if refused else 422 if filled else 200
    return render(request, "portal/document.html", context, status=wrong)


@action("documents.view")
@require_GET
def progress(request: Request, document_id: UUID) -> HttpResponse:
    """The bar while a job works on it; the whole page again once it is done."""
    found = pages.page(request.ctx, document_id)
    if not found.working:
        return HttpResponse(headers={"HX-Redirect": request.path.removesuffix("progress/")})
    return render(request, "portal/parts/document_progress.html", {"page": found})


@action("documents.issue")
@require_GET
def preview(request: Request, document_id: UUID) -> HttpResponse:
    """The draft as PDF, marked as a draft on every page."""
    return _draft(request, document_id, "pdf")


@action("documents.issue")
@require_GET
def draft_word(request: Request, document_id: UUID) -> HttpResponse:
    """The draft as Word file."""
    return _draft(request, document_id, "docx")


def _draft(request: Request, document_id: UUID, form: str) -> HttpResponse:
    row = selectors.get_to_issue(request.ctx, document_id)
    if row.state != State.DRAFT:
        raise Conflict("没有可以预览的草稿", where=row.get_state_display())
    paper = making.paper_of(row)
    if form == "pdf":
        return _file(pdf.pdf(paper, None), PDF, f"草稿-{row.title}.pdf", inline=True)
    return _file(word.docx(paper, None), DOCX, f"草稿-{row.title}.docx")


@action("documents.issue")
@require_POST
def issue(request: Request, document_id: UUID) -> HttpResponse:
    """Draw the number and let the files be written."""
    form = paperforms.IssueForm(request.POST)
    if not form.is_valid():
        return _page(request, document_id, issue_form=form)
    try:
        services.issue(
            request.ctx, document_id, word=form.cleaned_data["word"], site=site.address(request)
        )
    except (Refused, Conflict) as refused:
        return _page(request, document_id, refused, issue_form=form)
    return redirect("portal:document", document_id)


@action("documents.issue")
@require_POST
def remake(request: Request, document_id: UUID) -> HttpResponse:
    """Put a draft together again from today's data."""
    services.remake(request.ctx, document_id)
    return redirect("portal:document", document_id)


@action("documents.issue")
@require_POST
def drop(request: Request, document_id: UUID) -> HttpResponse:
    """Give a draft up."""
    services.drop(request.ctx, document_id)
    messages.success(request, "草稿已弃用；它没有文号，不影响编号。")
    return redirect("portal:documents")


@action("documents.void")
@require_POST
def void(request: Request, document_id: UUID) -> HttpResponse:
    """Declare a document void."""
    form = paperforms.VoidForm(request.POST)
    if not form.is_valid():
        return _page(request, document_id, void_form=form)
    said = form.cleaned_data
    try:
        services.void(request.ctx, document_id, said["reason"], why=said["why"])
    except (Refused, Conflict) as refused:
        return _page(request, document_id, refused, void_form=form)
    messages.success(request, "已作废并存证。扫码核验的人会看到“已作废”，文号不再使用。")
    return redirect("portal:document", document_id)


@action("documents.issue")
@require_POST
def correct(request: Request, document_id: UUID) -> HttpResponse:
    """Begin a correction; the old document stays valid until the new one is issued."""
    row = services.redraft(request.ctx, document_id)
    return redirect("portal:document", row.pk)


def _too_big(request: HttpRequest, problem: Refused) -> HttpResponse:
    match = request.resolver_match
    return _page(request, match.kwargs["document_id"], problem)  # type: ignore[arg-type,union-attr]


@action("documents.issue")
@require_POST
@body_at_most(MAX_BODY, _too_big)
def attach(request: Request, document_id: UUID) -> HttpResponse:
    """Keep the sealed original."""
    form = paperforms.ScanForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, document_id, scan_form=form)
    sent = form.cleaned_data["file"]
    try:
        services.attach_scan(request.ctx, document_id, sent.file, name=sent.name or "")
    except (Refused, Conflict) as refused:
        return _page(request, document_id, refused, scan_form=form)
    messages.success(request, "盖章扫描件已附上并存证。")
    return redirect("portal:document", document_id)


@action("documents.view")
@require_GET
def download(request: Request, document_id: UUID, form: str) -> HttpResponse:
    """``…/pdf/``, ``…/docx/``, ``…/scan/``: the files as issued, the sealed original."""
    row, file = selectors.file_of(request.ctx, document_id, form)
    name = (
        f"{row.reference}{'（盖章）' if form == 'scan' else ''}.{EXTENSIONS.get(file.mime, form)}"
    )
    return _file(files.content(file), file.mime, name)


def _file(data: bytes, mime: str, name: str, *, inline: bool = False) -> HttpResponse:
    response = HttpResponse(data, content_type=mime)
    response["Content-Disposition"] = content_disposition_header(not inline, name) or ""
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
