"""Imports: which there were, how far they are, and how far taking back is. Read only."""

from __future__ import annotations

from uuid import UUID

from ninja import Query, Router

from anze.interfaces.api.shapes.imports import ImportFilter, ImportOut
from anze.kernel.exchange import selectors, services
from anze.kernel.people.access import Request
from anze.kernel.web.wire.declare import operation
from anze.kernel.web.wire.paging import Page, Paging, page

router = Router(tags=["导入"])


@operation(router, "GET", "", action="exchange.import", answer=Page[ImportOut], summary="导入批次")
def list_imports(
    request: Request, asked: Query[ImportFilter], paging: Query[Paging]
) -> Page[ImportOut]:
    """List the batches in sight, newest first."""
    rows = selectors.batches(request.ctx)
    exact = {name: value for name, value in asked.dict().items() if value}
    ordered = rows.filter(**exact).order_by("-created", "-pk")
    return page(
        Page[ImportOut], ordered, paging, lambda found: [ImportOut.of(row) for row in found]
    )


@operation(
    router, "GET", "/{batch_id}", action="exchange.import", answer=ImportOut, summary="一个导入批次"
)
def get_import(request: Request, batch_id: UUID) -> ImportOut:
    """Return one batch: its state, counts, and what became of taking it back."""
    return ImportOut.of(services.get(request.ctx, batch_id))
