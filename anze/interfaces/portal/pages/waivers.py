"""Waivers of duties as pages show them: proposed, waiting for a second person, given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from anze.engines.duties import kinds
from anze.engines.duties.models import Occurrence
from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.ledger import selectors as ledger
from anze.kernel.ledger.models import Entry

ACTION = "duties.waive"
OPEN_FOR = timedelta(days=90)


@dataclass(frozen=True)
class Waivers:
    """The live proposals and waivers of one occurrence."""

    proposals: list[Entry]
    given: Entry | None

    @property
    def waiting(self) -> Entry | None:
        """The proposal nobody has agreed to yet."""
        return None if self.given or not self.proposals else self.proposals[-1]


def of(occ: Occurrence) -> Waivers:
    """Return the waivers of an occurrence. One query, and one more where somebody has proposed."""
    names = (kinds.PROPOSED.name, kinds.WAIVED.name)
    rows = ledger.live(kind=names, unit_id=occ.unit_id).filter(subject=occ.subject)
    mine = [row for row in rows.order_by("n") if _names(row, occ)]
    given = [row for row in mine if row.kind == kinds.WAIVED.name]
    proposals = [row for row in mine if row.kind == kinds.PROPOSED.name]
    answered = _answered(proposals)
    return Waivers([one for one in proposals if one not in answered], given[-1] if given else None)


def _names(row: Entry, occ: Occurrence) -> bool:
    data = row.data
    return data["requirement"] == str(occ.requirement) and data["period"] == occ.period


def waiting(ctx: Ctx) -> list[tuple[Entry, Occurrence]]:
    """Return the proposals of others the actor may agree to, oldest first. Four queries."""
    allowed = ctx.access.visible(ACTION)
    if not allowed:
        return []
    asked = narrow(ledger.live(kind=kinds.PROPOSED.name), allowed)
    asked = asked.filter(recorded__gte=ctx.now - OPEN_FOR).exclude(actor_id=ctx.actor_id)
    rows = list(asked.order_by("n")[:200])
    answered = _answered(rows)
    return _with_duties([row for row in rows if row not in answered])


def _answered(proposals: Sequence[Entry]) -> list[Entry]:
    """Return the proposals somebody has agreed to, also where that waiver was lifted since."""
    if not proposals:
        return []
    names = {f"waiver/{row.uid.hex}": row for row in proposals}
    given = Entry.objects.filter(kind=kinds.WAIVED.name, client_id__in=names)
    return [names[one] for one in given.values_list("client_id", flat=True)]


def _with_duties(rows: Iterable[Entry]) -> list[tuple[Entry, Occurrence]]:
    asked = {(row.unit_id, row.subject, row.data["requirement"], row.data["period"]): row
             for row in rows}  # fmt: skip
    found = Occurrence.objects.filter(
        unit_id__in={key[0] for key in asked}, period__in={key[3] for key in asked}
    ).select_related("requirement__pack", "unit")
    known = {(occ.unit_id, occ.subject, str(occ.requirement), occ.period): occ
             for occ in found.defer("requirement__pack__content")}  # fmt: skip
    return [(row, known[key]) for key, row in asked.items() if key in known]
