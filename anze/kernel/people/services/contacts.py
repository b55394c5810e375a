"""The address book: a masked number shown, and the list carried away. Both are entries."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.ledger import services as ledger
from anze.kernel.people import kinds
from anze.kernel.people.models import Holding


@transaction.atomic
def reveal_phone(ctx: Ctx, holding_id: UUID) -> str:
    """Return the whole phone number of a holder; who asked for whose is recorded."""
    holding = Holding.objects.select_related("user").filter(pk=holding_id).first()
    if holding is None:
        raise NotFound("没有这条任职", where=str(holding_id))
    ctx.access.check("contacts.reveal", holding.unit_id)
    ledger.record(
        ctx,
        kinds.PHONE_SHOWN.name,
        unit_id=holding.unit_id,
        facts={"person": holding.user_id},
    )
    return holding.user.phone or ""


def note_export(ctx: Ctx, *, lines: int, phones: int) -> None:
    """Record that a list of people was exported."""
    ledger.record(ctx, kinds.EXPORTED.name, unit_id=None, facts={"lines": lines, "phones": phones})
