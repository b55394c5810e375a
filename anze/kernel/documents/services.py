"""Drafting, issuing, declaring void, replacing, attaching the sealed original.

What was issued never changes: number, files and title are fixed; only its state moves, each time
with an entry that supersedes the one before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from anze.kernel.bus.ctx import SYSTEM_ACCESS, Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.documents import catalogue, kinds, numbering, selectors, shape
from anze.kernel.documents.models import UNISSUED, Document, State
from anze.kernel.files import services as files
from anze.kernel.files import sniff
from anze.kernel.files.models import StoredFile
from anze.kernel.ledger import selectors as entries
from anze.kernel.ledger import services as ledger
from anze.kernel.units.models import Unit
from anze.kernel.work import jobs

MAKE, FINISH = "documents.make", "documents.finish"
REASONS = {
    "wrong": "内容有误",
    "superseded": "情况已变化",
    "mistaken": "误发",
    "other": "其他",
}
SEALED_AS = (sniff.PDF, *sniff.IMAGES)


def draft(
    ctx: Ctx,
    kind: str,
    issuer_id: UUID,
    params: Mapping[str, str],
    *,
    title: str,
    replaces: UUID | None = None,
) -> Document:
    """Begin a document; a job puts it together from ``params`` (``making.make``).

    Raises NotFound or Denied by ``documents.issue`` on the issuer, Refused for an unknown kind.
    """
    ctx.access.check(selectors.ISSUE, issuer_id)
    try:
        known = catalogue.get(kind)
    except LookupError:
        raise NotFound("没有这种公文") from None
    issuer = Unit.objects.filter(pk=issuer_id).first()
    if issuer is None:
        raise NotFound("没有这个单位")
    row = Document(
        kind=known.code,
        issuer=issuer,
        title=shape.plain(title)[:200] or known.label,
        params=json.dumps(dict(params), ensure_ascii=False, sort_keys=True),
        drafted_by=ctx.actor_id,
        drafted_at=ctx.now,
        replaces=_replaceable(ctx, replaces, issuer_id, known.code) if replaces else None,
    )
    with transaction.atomic():
        row.save(force_insert=True)
        jobs.enqueue(ctx, MAKE, {"document": str(row.pk)}, key=str(row.pk))
    return row


def _replaceable(ctx: Ctx, document_id: UUID, issuer_id: UUID, kind: str) -> Document:
    old = selectors.get(ctx, document_id)
    if (old.issuer_id, old.kind) != (issuer_id, kind):
        raise Refused("更正的公文应与原公文同单位、同类别", where=str(old))
    if old.state != State.ISSUED:
        raise Conflict("只有有效的公文才能更正", where=old.get_state_display())
    return old


def redraft(ctx: Ctx, document_id: UUID) -> Document:
    """Begin a correction: a new draft from the same parameters and of today's data.

    The old document stays valid until the new one is issued.
    """
    old = selectors.get(ctx, document_id)
    return draft(
        ctx, old.kind, old.issuer_id, json.loads(old.params), title=old.title, replaces=old.pk
    )


def remake(ctx: Ctx, document_id: UUID) -> Document:
    """Put a draft together again from today's data. Raises Conflict once it is issued."""
    row = selectors.get_to_issue(ctx, document_id)
    with transaction.atomic():
        changed = Document.objects.filter(pk=row.pk, state__in=(State.DRAFT, State.FAILED))
        if not changed.update(state=State.MAKING, message=""):
            raise _moved(row)
        jobs.enqueue(ctx, MAKE, {"document": str(row.pk)}, key=str(row.pk))
    row.refresh_from_db()
    return row


def drop(ctx: Ctx, document_id: UUID) -> None:
    """Give a draft up. It has no number, so none is lost."""
    row = selectors.get_to_issue(ctx, document_id)
    if not Document.objects.filter(pk=row.pk, state__in=UNISSUED).update(state=State.DROPPED):
        raise _moved(row)


def issue(ctx: Ctx, document_id: UUID, *, word: str = "", site: str = "") -> Document:
    """Give a draft its number and set off the writing of its files (``making.finish``).

    ``site`` is the address people reach this house by.
    Raises NotFound or Denied; Conflict when it is no draft any more; Refused for the word, or when
    there is no address a code on paper could lead to.
    """
    row = selectors.get_to_issue(ctx, document_id)
    address = (site or settings.ANZE_SITE).rstrip("/")
    if not address.startswith(("https://", "http://")):
        raise Refused(
            "还没有设置本平台的网址", remedy="请系统管理员设置 ANZE_SITE，二维码才能核验。"
        )
    _rehearse(row)
    with transaction.atomic():
        if not Document.objects.filter(pk=row.pk, state=State.DRAFT).update(state=State.ISSUING):
            raise _moved(row)
        if row.replaces_id:
            _still_to_replace(row)
        series, number, reference = numbering.draw(row.issuer_id, row.kind, ctx.today.year, word)
        Document.objects.filter(pk=row.pk).update(
            series=series,
            number=number,
            reference=reference,
            code=numbering.new_code(),
            site=address[:200],
            issued_by=ctx.actor_id,
            issued_at=ctx.now,
        )
        jobs.enqueue(ctx, FINISH, {"document": str(row.pk)}, key=str(row.pk))
    row.refresh_from_db()
    return row


def _rehearse(row: Document) -> None:
    """Set the pages once before a number is drawn: what cannot be set must not hold a number."""
    from anze.kernel.documents import pdf

    if row.state != State.DRAFT:
        raise _moved(row)
    pdf.pdf(shape.read(row.content), None)


def _still_to_replace(row: Document) -> None:
    old = Document.objects.get(pk=row.replaces_id) if row.replaces_id else None
    others = Document.objects.filter(replaces_id=row.replaces_id, state=State.ISSUING)
    if old is None or old.state != State.ISSUED or others.exclude(pk=row.pk).exists():
        raise Conflict("原公文已经作废或已被替代", remedy="请弃用这份草稿，重新起草。")


def void(ctx: Ctx, document_id: UUID, reason: str, *, why: str = "") -> Document:
    """Declare an issued document void. Number and files stay; the page to verify says so."""
    row = selectors.get(ctx, document_id)
    ctx.access.check(selectors.VOID, row.issuer_id)
    if reason not in REASONS:
        raise Refused("请选择作废原因", field="reason")
    with transaction.atomic():
        end(ctx, row, State.VOID, reason=reason, why=shape.plain(why)[:400])
    row.refresh_from_db()
    return row


def end(
    ctx: Ctx,
    row: Document,
    state: State,
    *,
    reason: str = "",
    why: str = "",
    by: UUID | None = None,
) -> None:
    """End a valid document in the caller's transaction; raise Conflict when it is none any more."""
    valid = Document.objects.filter(pk=row.pk, state=State.ISSUED)
    if not valid.update(state=state, ended_at=ctx.now):
        raise _moved(row)
    entry = entries.by_uid(row.entry_uid) if row.entry_uid else None
    if entry is None:
        raise RuntimeError(f"document {row.pk} was issued without an entry")
    facts = {**entry.data, "status": state.value}
    more: dict[str, Any] = {"reason": reason or None, "by": by}
    facts |= {name: value for name, value in more.items() if value is not None}
    words = kinds.IssuedWords(reference=row.reference, title=row.title, why=why)
    ended = ledger.supersede(ctx, entry, facts=facts, private=words)
    Document.objects.filter(pk=row.pk).update(entry_uid=ended.uid)


def attach_scan(ctx: Ctx, document_id: UUID, stream: IO[bytes], *, name: str = "") -> Document:
    """Keep the scanned original with its seal as the legal copy of a valid document.

    A later scan supersedes the one before; both stay in the ledger. Raises Refused for what is
    neither PDF nor picture, Conflict when the document is not valid.
    """
    row = selectors.get_to_issue(ctx, document_id)
    if row.state != State.ISSUED:
        raise Conflict("只有有效的公文才能附盖章扫描件", where=row.get_state_display())
    inside = replace(ctx, access=SYSTEM_ACCESS)  # the right to issue was checked just now
    file, _new = files.receive(inside, row.issuer_id, stream, name=name)
    if file.mime not in SEALED_AS:
        raise Refused("盖章扫描件应为 PDF 或照片", field="file", remedy="请扫描或拍照后再传。")
    if file.pk == row.scan_id:
        return row
    with transaction.atomic():
        _keep_scan(inside, row, file)
    row.refresh_from_db()
    return row


def _keep_scan(ctx: Ctx, row: Document, file: StoredFile) -> None:
    entry = ledger.record(
        ctx,
        kinds.SEALED.name,
        unit_id=row.issuer_id,
        facts=kinds.Sealed(document=row.pk, sha256=file.sha256),
        subject=f"document:{row.pk}",
        proofs=[file.sha256],
        supersedes=row.scan_uid,
    )
    changed = Document.objects.filter(pk=row.pk, state=State.ISSUED, scan_uid=row.scan_uid)
    if not changed.update(scan=file, scan_uid=entry.uid):
        raise _moved(row)
    files.use(ctx, row.issuer_id, [file.pk])


def _moved(row: Document) -> Conflict:
    now = Document.objects.get(pk=row.pk).get_state_display()
    return Conflict("这份公文的状态已经变了", where=f"{row}：{now}", remedy="请刷新页面再办。")
