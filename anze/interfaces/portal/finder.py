"""What the quick way finds in the portal: units by name, pinyin or initials."""

from __future__ import annotations

from django.db.models import Q

from anze.interfaces.portal import links
from anze.kernel.bus.ctx import Ctx
from anze.kernel.units import selectors
from anze.kernel.web.palette import Place

SHOWN = 8


def units(ctx: Ctx, letters: str) -> list[Place]:
    """Return the first units in sight that some letters may mean. One query."""
    like = Q(name__icontains=letters) | Q(pinyin__icontains=letters)
    like |= Q(initials__startswith=letters)
    found = selectors.visible_to(ctx).filter(like).order_by("pinyin", "pk")[:SHOWN]
    return [
        Place(
            unit.name,
            links.unit(unit.pk),
            "单位",
            f"{unit.name.lower()} {unit.pinyin} {unit.initials}",
        )
        for unit in found
    ]
