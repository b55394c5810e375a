"""What hangs on a post: the duties open for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import Count

from anze.engines.duties.models import Occurrence, State
from anze.kernel.bus.ctx import Ctx


def by_post(_ctx: Ctx, units: Collection[UUID]) -> Mapping[tuple[UUID, str], int]:
    """Return (body that owes, post) → open duties, missed ones left aside. One query."""
    rows = Occurrence.objects.filter(unit_id__in=units, state=State.OWED).order_by()
    counted = rows.values_list("unit_id", "requirement__who").annotate(number=Count("pk"))
    return {(unit, who): number for unit, who, number in counted}
