"""Compares the rows of this room with the entries they came from. Any difference is a bug."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from anze.domains.burden import kinds, reconcile_tasks
from anze.domains.burden.models import Suggestion
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.reconcile import Drift


def drift(_ctx: Ctx) -> Iterator[Drift]:
    """Yield every suggestion, task and answer that stands otherwise than its entries say."""
    said = _by_suggestion(kinds.SAID.name)
    answered = _by_suggestion(kinds.ANSWERED.name)
    for row in Suggestion.objects.all().iterator(chunk_size=500):
        entry, answer = said.pop(row.pk, None), answered.pop(row.pk, None)
        if entry is None:
            yield Drift(f"suggestion {row.pk}", "a row without its entry", str(row.entry_uid))
            continue
        yield from _said(row, entry)
        yield from _answered(row, answer)
    for suggestion, entry in {**said, **answered}.items():
        yield Drift(f"suggestion {suggestion}", "an entry without its row", str(entry.uid))
    yield from reconcile_tasks.drift()


def _by_suggestion(kind: str) -> dict[UUID, Entry]:
    rows = Entry.objects.filter(kind=kind).iterator(chunk_size=500)
    return {UUID(one.data["suggestion"]): one for one in rows}


def _said(row: Suggestion, entry: Entry) -> Iterator[Drift]:
    where, uid = f"suggestion {row.pk}", str(entry.uid)
    private = ledger.private_part(entry)
    if private is not None and private["words"] != row.words:
        yield Drift(where, "the row has other words than its entry", uid)
    if (row.about, row.sender_id, row.unit_id) != (
        entry.data["about"], entry.actor_id, entry.unit_id,
    ):  # fmt: skip
        yield Drift(where, "the row names another kind, sender or unit than its entry", uid)
    if entry.data["named"] != bool(entry.actor_id):
        yield Drift(where, "an entry without a name has an account", uid)


def _answered(row: Suggestion, answer: Entry | None) -> Iterator[Drift]:
    where = f"suggestion {row.pk}"
    if (row.state == "answered") != (answer is not None):
        yield Drift(where, "answered in one place only", str(row.answer_uid or ""))
    elif answer is not None:
        told = (answer.uid, answer.data["outcome"], answer.data["published"])
        if told != (row.answer_uid, row.outcome, row.published):
            yield Drift(where, "the row has another answer than its entry", str(answer.uid))
