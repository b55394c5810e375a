"""Units and their campuses on a day: small reads several pages share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from anze.kernel.units.known import in_force
from anze.kernel.units.models import Edge


def homes_of(bodies: Collection[UUID], day: date) -> dict[UUID, UUID]:
    """Return campus → the unit over it, for those of the bodies that are campuses. One query."""
    edges = _campus_edges(day).filter(child_id__in=bodies)
    return dict(edges.values_list("child_id", "parent_id"))


def campuses_of(units: Collection[UUID], day: date) -> dict[UUID, list[UUID]]:
    """Return unit → its campuses on a day. One query."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    edges = _campus_edges(day).filter(parent_id__in=units).order_by("child__pinyin", "child_id")
    for parent, child in edges.values_list("parent_id", "child_id"):
        found[parent].append(child)
    return dict(found)


def _campus_edges(day: date):  # type: ignore[no-untyped-def]
    return Edge.objects.filter(in_force(day), relation=Edge.LINE, child__level="campus")
