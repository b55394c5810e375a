"""The page of a document."""

from __future__ import annotations

from dataclasses import dataclass

from anze.interfaces.portal import links
from anze.interfaces.portal.listings.documents import kind_of, look
from anze.kernel.bus.ctx import Ctx
from anze.kernel.documents import catalogue, numbering, selectors, services
from anze.kernel.documents.models import UNISSUED, Document, State
from anze.kernel.ledger import selectors as ledger
from anze.kernel.people import sight
from anze.kernel.people.models import User
from anze.kernel.units.models import Unit
from anze.kernel.work.models import Job


@dataclass(frozen=True)
class DocumentPage:
    """All the page needs."""

    row: Document
    kind: str
    look: object
    word: str
    word_fixed: bool
    next_number: str
    code: str
    verify: str
    may_issue: bool
    may_void: bool
    working: bool
    job: Job | None
    entry: str
    entry_n: int | None
    people: list[tuple[str, str]]
    recipients: list[Unit]
    later: Document | None

    @property
    def out(self) -> bool:
        """Whether it was issued once."""
        return self.row.is_out


def page(ctx: Ctx, document_id: object) -> DocumentPage:
    """Return the page of a document in sight. A fixed number of queries."""
    row = selectors.get(ctx, document_id)  # type: ignore[arg-type]
    may_issue = row.issuer_id in ctx.access.visible(selectors.ISSUE)
    known, fixed = numbering.suggested(row.issuer_id, row.kind, ctx.today.year)
    working = row.state in (State.MAKING, State.ISSUING)
    entry = ledger.by_uid(row.entry_uid) if row.entry_uid else None
    readable = entry is not None and sight.entries(ctx).filter(uid=entry.uid).exists()
    return DocumentPage(
        row=row,
        kind=kind_of(row),
        look=look(row),
        word=known or _suggested(row),
        word_fixed=fixed,
        next_number=numbering.coming(row.issuer_id, row.kind, ctx.today.year),
        code=numbering.spaced(row.code) if row.code and row.is_out else "",
        verify=f"/v/{row.code}/" if row.code and row.is_out else "",
        may_issue=may_issue,
        may_void=row.issuer_id in ctx.access.visible(selectors.VOID),
        working=working,
        job=_job(row) if working else None,
        entry=links.entry(entry.uid) if entry and readable else "",
        entry_n=getattr(getattr(entry, "leaf", None), "n", None),
        people=_people(ctx, row),
        recipients=_recipients(row),
        later=row.replaced_by.exclude(state__in=(*UNISSUED, State.DROPPED)).first(),
    )


def _suggested(row: Document) -> str:
    name = row.issuer.short_name or row.issuer.name
    return f"{name[:4]}{catalogue.get(row.kind).word}"


def _job(row: Document) -> Job | None:
    name = services.MAKE if row.state == State.MAKING else services.FINISH
    return Job.objects.filter(name=name, key=str(row.pk)).order_by("-created").first()


def _people(ctx: Ctx, row: Document) -> list[tuple[str, str]]:
    """Return who drafted and issued it, where the actor may know names."""
    if not sight.may_name(ctx, row.issuer_id):
        return []
    names = dict(
        User.objects.filter(pk__in=[row.drafted_by, row.issued_by]).values_list("pk", "name")
    )
    asked = (("起草", row.drafted_by), ("签发", row.issued_by))
    return [(label, names[pk]) for label, pk in asked if pk in names]


def _recipients(row: Document) -> list[Unit]:
    found = row.recipients.select_related("unit").order_by("unit__pinyin")[:500]
    return [one.unit for one in found]
