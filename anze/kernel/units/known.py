"""Dated rows as they stood on a day, and as known at a number of the ledger.

Rows are only added and ended, never rewritten: what was known at ``n`` are the rows whose entry has
a number ≤ n, and an end counts only if the entry that ended the row has one too. Writers hold the
unit's row lock, so the order of row ids within a unit is the order of their entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import TypeVar, cast
from uuid import UUID

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery

from anze.kernel.ledger.models import Leaf
from anze.kernel.units.models import Edge, Unit, UnitFact
from anze.kernel.units.world import UnitRow

M = TypeVar("M", bound=Model)


def in_force(day: date) -> Q:
    """Return the condition that a dated row holds on a day, as known now."""
    return Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gt=day))


def number_of(field: str) -> Subquery:
    """Return the expression for the ledger number of the entry whose uid is in ``field``."""
    return Subquery(Leaf.objects.filter(entry__uid=OuterRef(field)).values("n")[:1])


def at(rows: QuerySet[M], at_n: int | None) -> QuerySet[M]:
    """Return the rows whose entry has a number ≤ ``at_n``; None leaves them as they are."""
    if at_n is None:
        return rows
    known = rows.annotate(known_n=number_of("entry_uid")).filter(known_n__lte=at_n)
    return cast("QuerySet[M]", known)


def dated(rows: QuerySet[M], at_n: int | None, day: date) -> QuerySet[M]:
    """Return the rows of a dated table that hold on ``day``, as known at ``at_n``."""
    if at_n is None:
        return rows.filter(in_force(day))
    still = Q(valid_to=None) | Q(valid_to__gt=day)
    # An end counts only once the entry that made it has a number.
    unknown_end = Q(ended_n=None) | Q(ended_n__gt=at_n)
    numbered = at(rows, at_n).annotate(ended_n=number_of("ended_uid"))
    return cast("QuerySet[M]", numbered.filter(Q(valid_from__lte=day) & (still | unknown_end)))


def unit_rows(at_n: int | None) -> Iterator[UnitRow]:
    """Yield the units known at ``at_n``, with their end only if that was known. One query."""
    rows = at(Unit.objects.order_by("id"), at_n)
    closed_n = number_of("closed_uid")
    if at_n is not None:
        rows = rows.annotate(closed_n=closed_n)
    for unit in rows:
        known = at_n is None or _known(getattr(unit, "closed_n", None), at_n)
        yield UnitRow(unit.pk, unit.level, unit.opened_on, unit.closed_on if known else None)


def _known(number: int | None, at_n: int) -> bool:
    return number is not None and number <= at_n


def edges(at_n: int | None, day: date) -> tuple[dict[UUID, UUID], dict[UUID, tuple[UUID, ...]]]:
    """Return (child → parent, unit → its groups) on a day as known at ``at_n``. One query."""
    line: dict[UUID, UUID] = {}
    groups: dict[UUID, list[UUID]] = defaultdict(list)
    rows = dated(Edge.objects.order_by("pk"), at_n, day)
    for child, parent, relation in rows.values_list("child_id", "parent_id", "relation"):
        if relation == Edge.LINE:
            line[child] = parent
        else:
            groups[child].append(parent)
    return line, {unit: tuple(sorted(found)) for unit, found in groups.items()}


def facts_in_force(rows: QuerySet[UnitFact], day: date) -> dict[UUID, dict[str, str]]:
    """Return unit → key → value in force on a day: the latest start wins, then the latest row."""
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    ordered = rows.filter(valid_from__lte=day).order_by("valid_from", "pk")
    for unit, key, value in ordered.values_list("unit_id", "key", "value"):
        found[unit][key] = value
    return found
