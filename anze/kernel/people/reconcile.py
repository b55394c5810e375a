"""Compares posts, deputies and grants with their entries. Any difference is a bug."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.reconcile import Drift
from anze.kernel.people import kinds
from anze.kernel.people.models import Deputy, Grant, Holding, User
from anze.kernel.units.reconcile import Facts, Said, compare, plain

# Who proposed and who confirmed is told by the entry alone.
BOTH = frozenset({"proposed_by", "confirmed_by"})


def drift(_ctx: Ctx) -> Iterator[Drift]:
    """Yield every row without its entry, entry without its row, and difference."""
    holdings = list(Holding.objects.all())
    deputies = list(Deputy.objects.select_related("holding"))
    grants = list(Grant.objects.all())
    yield from compare(kinds.ACCOUNT_MADE.name, _accounts(), unit_matters=False)
    yield from compare(kinds.POST_GIVEN.name, _begun(holdings, _holding), aside=BOTH)
    yield from compare(
        kinds.POST_ENDED.name, _ended(holdings, _holding), newest_per=_of("holding"), aside=BOTH
    )
    yield from compare(kinds.DEPUTY_NAMED.name, _begun(deputies, _deputy))
    yield from compare(kinds.DEPUTY_ENDED.name, _ended(deputies, _deputy), newest_per=_of("deputy"))
    yield from compare(kinds.ROLE_GRANTED.name, _begun(grants, _grant), aside=BOTH)
    yield from compare(
        kinds.ROLE_REVOKED.name, _ended(grants, _grant), newest_per=_of("grant"), aside=BOTH
    )


def _of(key: str) -> Callable[[Entry], object]:
    """A row keeps only its last end: of several entries that ended it the newest counts."""
    return lambda entry: entry.data[key]


Told = Callable[[object], tuple[UUID, Facts]]


def _accounts() -> Said:
    return {user.entry_uid: (user.pk, plain(person=user.pk)) for user in User.objects.all()}


def _holding(row: object) -> tuple[UUID, Facts]:
    assert isinstance(row, Holding)
    return row.unit_id, {"holding": row.pk, "person": row.user_id, "post": row.post_id}


def _deputy(row: object) -> tuple[UUID, Facts]:
    assert isinstance(row, Deputy)
    facts = {"deputy": row.pk, "holding": row.holding_id, "person": row.user_id}
    return row.holding.unit_id, facts


def _grant(row: object) -> tuple[UUID, Facts]:
    assert isinstance(row, Grant)
    return row.unit_id, {"grant": row.pk, "person": row.user_id, "role": row.role}


def _begun(rows: list[Holding] | list[Deputy] | list[Grant], tell: Told) -> Said:
    said: Said = {}
    for row in rows:
        unit, facts = tell(row)
        whole = plain(**facts, since=row.valid_from, until=row.stated_to)
        said[row.entry_uid] = (unit, whole)
    return said


def _ended(rows: list[Holding] | list[Deputy] | list[Grant], tell: Told) -> Said:
    said: Said = {}
    for row in rows:
        if row.ended_uid:
            unit, facts = tell(row)
            said[row.ended_uid] = (unit, plain(**facts, until=row.valid_to))
    return said
