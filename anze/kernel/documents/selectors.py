"""Reading documents: lists within one's scope, and the one public look by its code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import ALL, Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.documents import catalogue, numbering
from anze.kernel.documents.models import OUT, Document, Recipient, State
from anze.kernel.files.models import State as FileState
from anze.kernel.files.models import StoredFile
from anze.kernel.ledger import selectors as ledger

VIEW, ISSUE, VOID = "documents.view", "documents.issue", "documents.void"
FORMS = ("pdf", "docx", "scan")


def visible(ctx: Ctx) -> QuerySet[Document]:
    """Return the documents the actor may see, without their content.

    Issued ones of the units in sight and those addressed to them; drafts only of the units he may
    issue for.
    """
    rows = Document.objects.select_related("issuer").exclude(state=State.DROPPED)
    seen, own = ctx.access.visible(VIEW), ctx.access.visible(ISSUE)
    if seen is not ALL:
        addressed = Recipient.objects.filter(unit_id__in=seen).values("document_id")
        out = Q(state__in=OUT) & (Q(issuer_id__in=seen) | Q(pk__in=addressed))
        rows = rows.filter(out | Q(issuer_id__in=own))
    return rows.defer("content")


def get(ctx: Ctx, document_id: UUID) -> Document:
    """Return one document with its files; NotFound for what lies out of sight."""
    rows = visible(ctx).select_related("pdf", "docx", "scan", "replaces", "series")
    found = rows.filter(pk=document_id).first()
    if found is None:
        raise NotFound("没有这份公文", remedy="它可能不在您的查看范围内，或已经弃用")
    return found


def get_to_issue(ctx: Ctx, document_id: UUID) -> Document:
    """Return a document of a unit the actor may issue for; NotFound or Denied otherwise."""
    found = get(ctx, document_id)
    ctx.access.check(ISSUE, found.issuer_id)
    return found


def file_of(ctx: Ctx, document_id: UUID, form: str) -> tuple[Document, StoredFile]:
    """Return a document and its ``pdf``, ``docx`` or ``scan`` as issued; NotFound if there is none.

    What is erased from the files room is not there any more; its hash still is.
    """
    row = get(ctx, document_id)
    file: StoredFile | None = getattr(row, form) if form in FORMS else None
    if file is None or file.state == FileState.ERASED:
        raise NotFound("没有这个文件", where=form[:10])
    return row, file


@dataclass(frozen=True)
class Verified:
    """What anybody holding the paper may know of it; nothing of its content."""

    reference: str
    title: str
    issuer: str
    kind: str
    day: date
    state: str
    state_text: str
    ended: date | None
    replaced_by: str
    pdf: str
    docx: str
    scan: str
    n: int | None
    ended_n: int | None
    protection: ledger.Protection


def verify(code: str) -> Verified | None:
    """Return what is public of an issued document, by its code; None if nobody issued one.

    The title is shown only for kinds that say so.
    """
    wanted = numbering.read_code(code)
    rows = Document.objects.select_related("issuer", "pdf", "docx", "scan").defer("content")
    row = rows.filter(code=wanted, state__in=OUT).first() if wanted else None
    if row is None or row.issued_at is None or row.pdf is None or row.docx is None:
        return None
    numbers = _numbers(row)
    later = row.replaced_by.filter(state__in=OUT).first() if row.state == State.REPLACED else None
    kind = catalogue.get(row.kind)
    return Verified(
        reference=row.reference,
        title=row.title if kind.public_title else "",
        issuer=row.issuer.name,
        kind=kind.label,
        day=clock.day_of(row.issued_at),
        state=row.state,
        state_text=row.get_state_display(),
        ended=clock.day_of(row.ended_at) if row.ended_at else None,
        replaced_by=later.reference if later else "",
        pdf=row.pdf.sha256,
        docx=row.docx.sha256,
        scan=row.scan.sha256 if row.scan else "",
        n=numbers[0],
        ended_n=numbers[-1] if len(numbers) > 1 else None,
        protection=ledger.protection(),
    )


def _numbers(row: Document) -> list[int | None]:
    """Return the ledger numbers of its entries, the issuing one first; None while one waits."""
    chain = ledger.history(row.entry_uid) if row.entry_uid else []
    found: list[int | None] = [getattr(getattr(one, "leaf", None), "n", None) for one in chain]
    return found or [None]


def same(found: Verified, sha256: str) -> str:
    """Return which of its files has this hash: ``pdf``, ``docx``, ``scan``, or nothing."""
    return next((form for form in FORMS if sha256 and getattr(found, form) == sha256), "")
