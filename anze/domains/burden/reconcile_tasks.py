"""Compares collection tasks and answers with the entries they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from uuid import UUID

from anze.domains.burden import kinds
from anze.domains.burden.models import AnswerState, CollectionAnswer, CollectionTask, TaskState
from anze.domains.burden.services import tasks
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.reconcile import Drift

LET_OUT = (TaskState.OPEN, TaskState.ENDED)


def drift() -> Iterator[Drift]:
    """Yield every task and answer that stands otherwise than its entries say."""
    yield from _tasks()
    yield from _answers()


def _tasks() -> Iterator[Drift]:
    approved = {
        one.uid: one
        for one in Entry.objects.filter(kind=kinds.DECIDED.name)
        if one.data["approved"]
    }
    closed = {
        UUID(one.data["task"]): one.data["reason"]
        for one in Entry.objects.filter(kind=kinds.CLOSED.name)
    }
    for row in CollectionTask.objects.all():
        where, uid = f"collection {row.pk}", str(row.entry_uid or "")
        entry = approved.pop(row.entry_uid, None) if row.entry_uid else None
        if row.state in LET_OUT and entry is None:
            yield Drift(where, "let out without an approval", uid)
        elif entry is not None:
            digest = hashlib.sha256(tasks.content_of(row)).hexdigest()
            if entry.data["digest"] != digest:
                yield Drift(where, "it asks something else than was approved", uid)
            if str(entry.actor_id) == entry.data["author"] or entry.actor_id != row.approver_id:
                yield Drift(where, "its approver is its author, or not who the row says", uid)
        ended = row.state if row.state in ("ended", "withdrawn") else None
        if closed.pop(row.pk, None) != ended:
            yield Drift(where, "closed in one place only", uid)
    for uid, entry in approved.items():
        yield Drift(f"collection {entry.data['task']}", "approved, but no row says so", str(uid))


def _answers() -> Iterator[Drift]:
    for row in CollectionAnswer.objects.exclude(entry_uid=None).iterator(chunk_size=500):
        where, uid = f"answer {row.task_id} {row.unit_id}", str(row.entry_uid)
        entry = Entry.objects.filter(uid=row.entry_uid).first()
        if entry is None or entry.unit_id != row.unit_id or row.state != AnswerState.ANSWERED:
            yield Drift(where, "an answer without its entry", uid)
            continue
        private = ledger.private_part(entry)
        if private is not None and private["text"] != row.content:
            yield Drift(where, "the row has other values than its entry", uid)
    bare = CollectionAnswer.objects.filter(state=AnswerState.ANSWERED, entry_uid=None)
    for row in bare:
        yield Drift(f"answer {row.task_id} {row.unit_id}", "answered without an entry")
