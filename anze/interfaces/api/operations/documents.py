"""Official documents: which there are, and where their files are."""

from __future__ import annotations

from uuid import UUID

from ninja import Query, Router

from anze.interfaces.api.shapes.documents import DocumentDetail, DocumentFilter, DocumentOut
from anze.kernel.bus import clock
from anze.kernel.documents import selectors
from anze.kernel.people.access import Request
from anze.kernel.web.wire.declare import operation
from anze.kernel.web.wire.paging import Page, Paging, page

router = Router(tags=["公文"])


@operation(router, "GET", "", action="documents.view", answer=Page[DocumentOut], summary="公文列表")
def list_documents(
    request: Request, asked: Query[DocumentFilter], paging: Query[Paging]
) -> Page[DocumentOut]:
    """List the documents in sight, latest draft first."""
    exact = {"kind": asked.kind, "state": asked.state, "issuer_id": asked.unit}
    rows = selectors.visible(request.ctx)
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if asked.since:
        rows = rows.filter(issued_at__gte=clock.start_of(asked.since))
    ordered = rows.order_by("-drafted_at", "-pk")
    return page(
        Page[DocumentOut], ordered, paging, lambda found: [DocumentOut.of(row) for row in found]
    )


@operation(
    router,
    "GET",
    "/{document_id}",
    action="documents.view",
    answer=DocumentDetail,
    summary="一份公文",
)
def get_document(request: Request, document_id: UUID) -> DocumentDetail:
    """Return one document with the addresses of its files."""
    return DocumentDetail.of(selectors.get(request.ctx, document_id))
