"""What the services share: permission, the row lock, and a check of codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.units import kinds
from anze.kernel.units.models import Unit
from anze.lib import codes


@runtime_checkable
class SeesTree(Protocol):
    """An access that keeps what it has walked: it is told when its own actor changes the tree."""

    def grew(self, parent_id: UUID, unit_id: UUID) -> None:
        """A unit was registered under a parent."""

    def moved(self) -> None:
        """An edge of the tree changed."""


MANAGE, DESCRIBE = "units.manage", "units.describe"


def locked(ctx: Ctx, unit_id: UUID, action: str = MANAGE) -> Unit:
    """Return a unit on which the actor may do ``action``, its row locked until the commit."""
    ctx.access.check(action, unit_id)
    unit = Unit.objects.select_for_update().filter(pk=unit_id).first()
    if unit is None:
        raise NotFound("没有这个单位", where=str(unit_id))
    return unit


def refuse(message: str, field: str, remedy: str = "") -> None:
    """Raise Refused if there is a message."""
    if message:
        raise Refused(message, field=field, remedy=remedy)


def free_code(code: str, except_for: UUID | None = None) -> str | None:
    """Return a 学校标识码 in plain form, None for an empty one; raise Refused or Conflict."""
    plain = _checked(codes.school_code, code, "code") or None
    taken = Unit.objects.filter(code=plain).first() if plain else None
    if taken and taken.pk != except_for:
        raise Conflict(
            "学校标识码已登记", field="code", where=taken.name, remedy="请核对是否重复登记"
        )
    return plain


def checked_uscc(uscc: str) -> str:
    """Return a 统一社会信用代码 in plain form, empty if none is given; raise Refused."""
    return _checked(codes.uscc, uscc, "uscc")


def _checked(check: Callable[[str], str], typed: str, field: str) -> str:
    if not typed.strip():
        return ""
    try:
        return check(typed)
    except codes.CodeError as error:
        raise Refused(str(error), field=field) from None


def record_codes(ctx: Ctx, unit: Unit) -> UUID:
    """Record the codes a unit now has; return the uid of the entry."""
    facts = {"code": unit.code, "uscc": unit.uscc or None}
    return ledger.record(ctx, kinds.CODES_SET.name, unit_id=unit.pk, facts=facts).uid
