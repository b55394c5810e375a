"""What hangs on a post: engines above say how much is open for it; here it is added up.

Work is owed by posts, not by people: it passes to whoever holds the post next. An engine that
keeps such work registers a function in ``ready()``, so that this room imports none of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.people.models import Holding, active_on
from anze.kernel.units import bodies

Key = tuple[UUID, str]
Count = Callable[[Ctx, Collection[UUID]], Mapping[Key, int]]


@dataclass(frozen=True)
class Burden:
    """One kind of open work: its label, and a count by (body that owes, post code)."""

    label: str
    count: Count


_burdens: dict[str, Burden] = {}


def register(key: str, label: str, count: Count) -> None:
    """Let ``count(ctx, bodies)`` tell how much is open for each (body, post). Idempotent."""
    _burdens[key] = Burden(label, count)


def of(ctx: Ctx, units: Collection[UUID]) -> dict[Key, dict[str, int]]:
    """Return (body that answers, post) → label → open work, for units and their campuses.

    A campus without a holder of its own leaves its work to the unit over it.
    """
    below = bodies.campuses_of(units, ctx.today)
    ids = {*units, *(campus for found in below.values() for campus in found)}
    homes = bodies.homes_of(ids, ctx.today)
    held = holders({*ids, *homes.values()}, ctx)
    found: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for burden in _burdens.values():
        for (body, post), number in burden.count(ctx, ids).items():
            answering = body if (body, post) in held else homes.get(body, body)
            found[answering, post][burden.label] += number
    return {key: dict(counts) for key, counts in found.items()}


def holders(units: Iterable[UUID], ctx: Ctx) -> set[Key]:
    """Return which posts somebody active holds in which of these bodies today. One query."""
    rows = Holding.objects.filter(active_on(ctx.today), unit_id__in=units, user__is_active=True)
    return set(rows.values_list("unit_id", "post__code"))


def open_for(ctx: Ctx, unit_id: UUID, post: str) -> int:
    """Return how much is open for one post of one body."""
    return sum(of(ctx, [unit_id]).get((unit_id, post), {}).values())


def vacancies(ctx: Ctx, units: Collection[UUID]) -> dict[Key, dict[str, int]]:
    """Return the posts nobody holds although work is open for them, with that work."""
    asked = of(ctx, units)
    held = holders({body for body, _ in asked}, ctx)
    return {key: counts for key, counts in asked.items() if key not in held}
