"""The forms one may fill in."""

from __future__ import annotations

from ninja import Path, Query, Router

from anze.interfaces.api.plain import plain
from anze.interfaces.api.shapes import forms as shapes
from anze.kernel.forms import definitions, selectors, services, showing
from anze.kernel.people.access import Request, unit_or_404
from anze.kernel.units.models import Unit
from anze.kernel.web.wire.base import Slug
from anze.kernel.web.wire.declare import operation

router = Router(tags=["表单"])


@operation(
    router,
    "GET",
    "/units",
    action="duties.record",
    answer=shapes.RecordingUnits,
    summary="我能替哪些单位登记",
)
def list_recording_units(request: Request) -> shapes.RecordingUnits:
    """List the open units this person records for, campuses before units before offices."""
    found = selectors.recorded_for(request.ctx)
    return shapes.RecordingUnits(
        items=[shapes.RecordingUnit(id=one.pk, name=one.name, level=one.level) for one in found]
    )


@operation(
    router, "GET", "", action="duties.record", answer=shapes.FormList, summary="我能填的表单"
)
def list_forms(request: Request, asked: Query[shapes.FormFilter]) -> shapes.FormList:
    """List the forms in force for a unit this person records for."""
    unit = unit_or_404(request.ctx, services.RECORD, asked.unit)
    groups = selectors.body(request.ctx, unit, asked.q).groups
    items = [shapes.FormOut.of(one, title) for title, found in groups.items() for one in found]
    return shapes.FormList(items=items)


@operation(
    router,
    "GET",
    "/{issuer}/{ref}",
    action="duties.record",
    answer=shapes.FormDetail,
    summary="一张表单和它的答案格式",
)
def get_form(
    request: Request, issuer: Path[Slug], ref: Path[Slug], asked: Query[shapes.FormChoice]
) -> shapes.FormDetail:
    """Return a form in force for a unit, with the JSON Schema of its answers."""
    ctx = request.ctx
    unit: Unit = unit_or_404(ctx, services.RECORD, asked.unit)
    definition = definitions.find(f"{issuer}/{ref}", unit.pk, ctx.today)
    start = selectors.defaults(definition) | selectors.last_answers(ctx, definition, unit.pk)
    return shapes.detail(
        definition,
        [one.ref for one in selectors.asked_by(ctx, definition, unit)],
        readers=showing.READERS[definition.form.visibility],
        answers=selectors.form_schema(definition),
        start=plain(start),
    )
