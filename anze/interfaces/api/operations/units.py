"""Units and who holds which post in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Q
from ninja import Query, Router

from anze.interfaces.api.shapes.units import (
    PostOut,
    SuccessionOut,
    UnitDetail,
    UnitFilter,
    UnitOut,
    detail,
)
from anze.kernel.people import selectors as people
from anze.kernel.people.access import Request
from anze.kernel.units import selectors as units
from anze.kernel.units.known import in_force
from anze.kernel.units.models import Edge, Succession, Unit
from anze.kernel.web.wire.declare import operation
from anze.kernel.web.wire.paging import Page, Paging, page

router = Router(tags=["单位"])


@operation(router, "GET", "", action="units.view", answer=Page[UnitOut], summary="单位列表")
def list_units(request: Request, asked: Query[UnitFilter], paging: Query[Paging]) -> Page[UnitOut]:
    """List the units in sight, by pinyin."""
    ctx = request.ctx
    rows = units.search(ctx, asked.q) if asked.q.strip() else units.visible_to(ctx)
    exact = {"level": asked.level, "kind": asked.kind, "status": asked.status}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if asked.under:
        units.get(ctx, asked.under)
        rows = rows.filter(pk__in=units.subtree(asked.under, ctx.today))

    def present(found: Sequence[Unit]) -> list[UnitOut]:
        above = _parents([unit.pk for unit in found], ctx.today)
        return [UnitOut.of(unit, above.get(unit.pk)) for unit in found]

    return page(Page[UnitOut], rows.order_by("pinyin", "pk"), paging, present)


def _parents(ids: Collection[UUID], day: date) -> dict[UUID, UUID]:
    edges = Edge.objects.filter(in_force(day), relation=Edge.LINE, child_id__in=ids)
    return dict(edges.values_list("child_id", "parent_id"))


@operation(router, "GET", "/{unit_id}", action="units.view", answer=UnitDetail, summary="一个单位")
def get_unit(request: Request, unit_id: UUID) -> UnitDetail:
    """Return one unit with its facts of today and its ancestors."""
    ctx = request.ctx
    unit = units.get(ctx, unit_id)
    path = units.path(unit.pk, ctx.today)
    above = path[-1].pk if path else None
    return detail(unit, above, units.facts(unit.pk, ctx.today), path)


@operation(
    router,
    "GET",
    "/{unit_id}/people",
    action="people.view",
    answer=Page[PostOut],
    summary="单位的岗位和任职人员",
)
def list_people(request: Request, unit_id: UUID, paging: Query[Paging]) -> Page[PostOut]:
    """List who holds which post in one unit today."""
    rows = people.holders(request.ctx, unit_id)
    return page(Page[PostOut], rows, paging, lambda found: [PostOut.of(one) for one in found])


@operation(
    router,
    "GET",
    "/{unit_id}/successions",
    action="units.view",
    answer=list[SuccessionOut],
    summary="单位的承接关系",
)
def list_successions(request: Request, unit_id: UUID) -> list[SuccessionOut]:
    """List what one unit took over from others, and what others took over from it, by day."""
    units.get(request.ctx, unit_id)
    rows = Succession.objects.filter(Q(predecessor_id=unit_id) | Q(successor_id=unit_id))
    seen = rows.select_related("predecessor", "successor").order_by("since", "pk")
    return [SuccessionOut.of(row) for row in seen]
