"""A stand-in for the people room: allowed on these units, denied on those, nothing else exists."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound
from anze.lib.ids import uuid7


class Only:
    """Access to ``units``; on ``seen`` the actor may look but not act."""

    def __init__(self, units: Collection[UUID], seen: Collection[UUID] = ()) -> None:
        self.units, self.seen = frozenset(units), frozenset(seen)

    def visible(self, action: str) -> frozenset[UUID]:
        return self.units

    def check(self, action: str, unit_id: UUID | None) -> None:
        if unit_id is None or unit_id in self.units:
            return
        if unit_id in self.seen:
            raise Denied("不能")
        raise NotFound("没有")


def person(*units: UUID, seen: Collection[UUID] = (), actor: UUID | None = None) -> Ctx:
    """Return the context of somebody who acts on these units."""
    ctx = Ctx.system(via="web")
    return replace(ctx, actor_id=actor or uuid7(), access=Only(units, seen))
