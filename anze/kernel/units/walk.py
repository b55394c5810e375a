"""Walking the dated tree inside the database: one recursive query, the same on both databases."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db import connection

from anze.kernel.units.models import Edge, Unit

_DOWN = """
WITH RECURSIVE walk(start, id) AS (
    SELECT id, id FROM units_unit WHERE id IN ({roots})
    UNION
    SELECT walk.start, edge.child_id FROM units_edge edge JOIN walk ON edge.parent_id = walk.id
    WHERE edge.relation = 'line' AND edge.valid_from <= %s
      AND (edge.valid_to IS NULL OR edge.valid_to > %s)
)
SELECT start, id FROM walk
"""

# The depth is kept so that the nearest ancestor comes first; levels are few, so it ends.
_UP = """
WITH RECURSIVE walk(start, id, depth) AS (
    SELECT id, id, 0 FROM units_unit WHERE id IN ({roots})
    UNION
    SELECT walk.start, edge.parent_id, walk.depth + 1
    FROM units_edge edge JOIN walk ON edge.child_id = walk.id
    WHERE edge.relation = 'line' AND edge.valid_from <= %s
      AND (edge.valid_to IS NULL OR edge.valid_to > %s) AND walk.depth < 20
)
SELECT walk.start, walk.id, unit.level FROM walk JOIN units_unit unit ON unit.id = walk.id
WHERE walk.depth > 0 ORDER BY walk.start, walk.depth
"""


def down(roots: Collection[UUID], day: date) -> dict[UUID, set[UUID]]:
    """Return, for each root, itself and every unit under it by the line on a day. One query.

    A root that is not there has an empty set.
    """
    found: dict[UUID, set[UUID]] = {root: set() for root in roots}
    if roots:
        for start, unit in _run(_DOWN, roots, day):
            found[_uuid(start)].add(_uuid(unit))
    return found


def up(starts: Collection[UUID], day: date) -> dict[UUID, list[tuple[UUID, str]]]:
    """Return, for each start, its ancestors on a day as (id, level), nearest first. One query."""
    found: dict[UUID, list[tuple[UUID, str]]] = {start: [] for start in starts}
    if starts:
        for start, ancestor, level in _run(_UP, starts, day):
            found[_uuid(start)].append((_uuid(ancestor), str(level)))
    return found


def _run(sql: str, roots: Collection[UUID], day: date) -> list[tuple[object, ...]]:
    key = Unit._meta.pk
    when = Edge._meta.get_field("valid_from").get_db_prep_value(day, connection)
    ids = [key.get_db_prep_value(root, connection) for root in roots]
    with connection.cursor() as cursor:
        cursor.execute(sql.format(roots=", ".join(["%s"] * len(ids))), [*ids, when, when])
        return list(cursor.fetchall())


def _uuid(value: object) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))
