"""The two jobs of this room: putting a draft together, and writing the files of an issued document.

Both may be killed and begun again: a draft is written whole at the end, and a document that holds
its number stays in ``issuing`` until its files and its entry are there.
"""

from __future__ import annotations

import io
import json
from uuid import UUID

from django.db import transaction

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import SYSTEM_ACCESS, Ctx
from anze.kernel.bus.errors import Problem
from anze.kernel.documents import catalogue, kinds, numbering, pdf, services, shape, word
from anze.kernel.documents.models import Document, Recipient, State
from anze.kernel.documents.shape import Paper, Stamp
from anze.kernel.files import services as files
from anze.kernel.files.models import StoredFile
from anze.kernel.ledger import services as ledger
from anze.kernel.people.access import ctx_for
from anze.kernel.people.models import User
from anze.kernel.work import jobs
from anze.kernel.work import services as work
from anze.kernel.work.jobs import Handle
from anze.kernel.work.models import Job, JobState
from anze.kernel.work.topics import Topic

TOPIC = Topic("documents.issued", "公文签发", "calm", (), "签发的人")
NOT_MADE = "系统出了问题，没有编成；错误已记入日志。可以重新汇编，仍不成请联系系统管理员。"
NOT_FINISHED = "已编号，文件还没有生成：系统出了问题，会自动再试；请联系系统管理员看“后台任务”。"


def make(handle: Handle) -> str:
    """Put a draft together with the rights of who asked for it."""
    row = Document.objects.select_related("issuer").get(pk=handle.args["document"])
    if row.state != State.MAKING:
        return f"已处于“{row.get_state_display()}”"
    try:
        ctx = _ctx_of(row.drafted_by)
        ctx.access.check("documents.issue", row.issuer_id)
        made = catalogue.get(row.kind).make(ctx, json.loads(row.params), handle.progress)
        paper = shape.tidy(made.paper)
    except Problem as problem:
        _move(row.pk, State.MAKING, state=State.FAILED, message=problem.said[:300])
        raise
    with transaction.atomic():
        kept = {"content": shape.written(paper), "title": paper.title[:200], "message": ""}
        if _move(row.pk, State.MAKING, state=State.DRAFT, **kept):
            Recipient.objects.filter(document=row).delete()
            Recipient.objects.bulk_create(
                Recipient(document=row, unit_id=unit) for unit in sorted(set(made.recipients))
            )
    return "草稿已编成"


def finish(handle: Handle) -> str:
    """Write PDF and Word of a document that has its number, and record that it was issued."""
    row = Document.objects.select_related("issuer").get(pk=handle.args["document"])
    if row.state != State.ISSUING:
        return f"已处于“{row.get_state_display()}”"
    paper, stamp = shape.read(row.content), stamp_of(row)
    handle.progress(0, 3, "正在排版")
    as_pdf = _kept(row, pdf.pdf(paper, stamp), "pdf")
    handle.progress(1, 3, "正在生成 Word")
    as_docx = _kept(row, word.docx(paper, stamp), "docx")
    handle.progress(2, 3, "正在存证")
    ctx = Ctx(row.issued_by, clock.now(), "system", SYSTEM_ACCESS)
    with transaction.atomic():
        _record(ctx, row, as_pdf, as_docx)
        _replace_old(ctx, row)
    _tell(ctx, row)
    return f"已签发 {row.reference}"


def stamp_of(row: Document) -> Stamp:
    """Return number, day, code and address of a document that has its number."""
    if row.issued_at is None or not row.code:
        raise ValueError(f"document {row.pk} has no number yet")
    return Stamp(
        reference=row.reference,
        day=clock.day_of(row.issued_at),
        code=numbering.spaced(row.code),
        url=f"{row.site}/v/{row.code}/",
    )


def paper_of(row: Document) -> Paper:
    """Return the content of a document."""
    return shape.read(row.content)


def take_up(ctx: Ctx) -> int:
    """Queue again what was left halfway: the periodic hook. Returns how many.

    A draft whose job was given up has failed and says so. What holds its number is tried again
    without end: it may neither stay without files nor give its number back.
    """
    left = Document.objects.filter(state__in=(State.MAKING, State.ISSUING))
    names = {State.MAKING: services.MAKE, State.ISSUING: services.FINISH}
    taken = 0
    for row in left.only("pk", "state"):
        name = names[State(row.state)]
        given_up = _given_up(name, row.pk)
        if given_up and row.state == State.MAKING:
            _move(row.pk, State.MAKING, state=State.FAILED, message=NOT_MADE)
            continue
        if given_up:
            _move(row.pk, State.ISSUING, message=NOT_FINISHED)
        jobs.enqueue(ctx, name, {"document": str(row.pk)}, key=str(row.pk))
        taken += 1
    return taken


def _given_up(name: str, pk: UUID) -> bool:
    last = Job.objects.filter(name=name, key=str(pk)).order_by("-created", "-pk").first()
    return last is not None and last.state in (JobState.FAILED, JobState.CANCELLED)


def _ctx_of(actor_id: UUID | None) -> Ctx:
    if actor_id is None:
        return Ctx.system()
    return ctx_for(User.objects.get(pk=actor_id), "system", clock.now())


def _move(pk: UUID, old: State, **new: object) -> bool:
    return bool(Document.objects.filter(pk=pk, state=old).update(**new))


def _kept(row: Document, data: bytes, ending: str) -> StoredFile:
    ctx = Ctx(row.issued_by, clock.now(), "system", SYSTEM_ACCESS)
    name = f"{row.reference}.{ending}"
    file, _new = files.receive(ctx, row.issuer_id, io.BytesIO(data), name=name)
    return file


def _record(ctx: Ctx, row: Document, as_pdf: StoredFile, as_docx: StoredFile) -> None:
    facts = kinds.Issued(
        document=row.pk,
        kind=row.kind,
        year=row.series.year if row.series else 0,
        number=row.number or 0,
        pdf=as_pdf.sha256,
        docx=as_docx.sha256,
        status="valid",
    )
    entry = ledger.record(
        ctx,
        kinds.ISSUED.name,
        unit_id=row.issuer_id,
        facts=facts,
        private=kinds.IssuedWords(reference=row.reference, title=row.title),
        happened=row.issued_at,
        subject=f"document:{row.pk}",
        proofs=[as_pdf.sha256, as_docx.sha256],
        client_id=f"documents.issued:{row.pk}",
    )
    files.use(ctx, row.issuer_id, [as_pdf.pk, as_docx.pk])
    new = {
        "state": State.ISSUED, "message": "",
        "pdf": as_pdf, "docx": as_docx, "entry_uid": entry.uid,
    }  # fmt: skip
    if not _move(row.pk, State.ISSUING, **new):
        raise RuntimeError(f"document {row.pk} was finished by another runner")


def _replace_old(ctx: Ctx, row: Document) -> None:
    """Let what it replaces end with it, unless somebody declared that void meanwhile."""
    old = Document.objects.filter(pk=row.replaces_id).first() if row.replaces_id else None
    if old is not None and old.state == State.ISSUED:
        services.end(ctx, old, State.REPLACED, by=row.pk)


def _tell(ctx: Ctx, row: Document) -> None:
    if row.issued_by is None:
        return
    work.notify(
        ctx,
        [row.issued_by],
        TOPIC.code,
        title=f"{row.reference} 已签发",
        body=row.title,
        link=f"/documents/{row.pk}/",
        key=f"documents.issued:{row.pk}",
    )
