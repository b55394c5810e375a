"""Units and their campuses on a day: small reads that several rooms share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from anze.kernel.units.known import in_force
from anze.kernel.units.models import Edge


def homes_of(bodies: Collection[UUID], day: date) -> dict[UUID, UUID]:
    """Return campus → the unit over it, for those of the bodies that are campuses. One query."""
    edges = _campus_edges(day).filter(child_id__in=bodies)
    return dict(edges.values_list("child_id", "parent_id"))


def all_homes(day: date) -> dict[UUID, UUID]:
    """Return campus → the unit over it, for every campus. One query."""
    return dict(_campus_edges(day).values_list("child_id", "parent_id"))


def towns_of(units: Collection[UUID], day: date) -> dict[UUID, str]:
    """Return unit → the name of the town over it, for those under one. One query."""
    edges = Edge.objects.filter(
        in_force(day), relation=Edge.LINE, child_id__in=units, parent__level="town"
    )
    return dict(edges.values_list("child_id", "parent__name"))


def campuses_of(units: Collection[UUID], day: date) -> dict[UUID, list[UUID]]:
    """Return unit → its campuses on a day. One query."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    edges = _campus_edges(day).filter(parent_id__in=units).order_by("child__pinyin", "child_id")
    for parent, child in edges.values_list("parent_id", "child_id"):
        found[parent].append(child)
    return dict(found)


def _campus_edges(day: date) -> QuerySet[Edge]:
    return Edge.objects.filter(in_force(day), relation=Edge.LINE, child__level="campus")
