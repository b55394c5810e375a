"""Writes of the ledger: record, supersede, retract, erase. Each joins the caller's transaction.

When ``record`` raises, the caller's decision must not stand: let it propagate out of the
transaction. Only alarms use ``record_later``, which spools instead of failing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, connection, transaction
from pydantic import BaseModel

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.ledger import body, gathering, kinds, sealing, sequencer, spool
from anze.kernel.ledger.gathering import gather as gather
from anze.kernel.ledger.models import RETRACT, Entry, EntryPrivate, Erasure
from anze.kernel.ledger.requests import Request, checked
from anze.lib.ids import uuid7

PATIENCE = 2000  # milliseconds an alarm waits for the database before it is spooled


def record(
    ctx: Ctx,
    kind: str,
    *,
    unit_id: UUID | None,
    facts: Mapping[str, Any] | BaseModel,
    private: Mapping[str, Any] | BaseModel | None = None,
    happened: datetime | None = None,
    captured: datetime | None = None,
    subject: str = "",
    proofs: Sequence[str] = (),
    client_id: str = "",
    supersedes: UUID | None = None,
    retracts: UUID | None = None,
    late: bool = False,
) -> Entry:
    """Add one entry in the caller's transaction and return it, still without a number.

    ``happened`` is when it took place (default: captured, else now), ``captured`` when a device
    noted it, recorded is ``ctx.now``. ``proofs`` are SHA-256 in lower-case hex of files as
    received. ``client_id`` makes a retry safe: same content returns the first entry, other content
    raises Conflict. ``supersedes`` or ``retracts`` name a live entry of the same kind and unit.

    Raises UnknownKindError; Refused when the content breaks the kind's schema or ``happened`` lies
    more than five minutes after now; NotFound or Conflict when the target is missing or not live.
    """
    request = checked(
        ctx, kind, unit_id, facts, private, happened, captured, subject, proofs, client_id,
        supersedes, retracts,
    )  # fmt: skip
    if request.target:
        if pot := gathering.current():
            pot.write()
        if first := _earlier(request):
            return _same_or_conflict(first, request)
        _guard_target(request)
    entry = _entry(ctx, request, late)
    sealed = _seal(entry, request)
    # A savepoint only where the unique constraints may speak; otherwise the caller's is enough.
    may_collide = bool(request.client_id or request.target)
    if pot := gathering.current():
        if not may_collide:
            pot.add(entry, sealed)
            _sequence_after_commit()
            return entry
        pot.write()
    try:
        with transaction.atomic(savepoint=may_collide):
            _insert(entry, sealed)
    except IntegrityError:
        if first := _earlier(request):
            return _same_or_conflict(first, request)
        if request.target and Entry.objects.filter(target=request.target).exists():
            raise _no_longer_live() from None
        raise
    _sequence_after_commit()
    return entry


def supersede(
    ctx: Ctx,
    entry: Entry,
    *,
    facts: Mapping[str, Any] | BaseModel,
    private: Mapping[str, Any] | BaseModel | None = None,
    happened: datetime | None = None,
    captured: datetime | None = None,
    subject: str | None = None,
    proofs: Sequence[str] | None = None,
    client_id: str = "",
) -> Entry:
    """Correct a live entry by a new one of the same kind and unit.

    What is not given stays as it was: time, subject, proofs, and the private part unless erased.
    """
    if private is None:
        private = private_part(entry)
    return record(
        ctx,
        entry.kind,
        unit_id=entry.unit_id,
        facts=facts,
        private=private,
        happened=happened or entry.happened,
        captured=captured or entry.captured,
        subject=entry.subject if subject is None else subject,
        proofs=entry.proof_list if proofs is None else proofs,
        client_id=client_id,
        supersedes=entry.uid,
    )


def retract(ctx: Ctx, entry: Entry, reason_code: str, *, client_id: str = "") -> Entry:
    """Withdraw a live entry, which then counts no more; the reason is a code, not prose."""
    return record(
        ctx,
        entry.kind,
        unit_id=entry.unit_id,
        facts={"reason": reason_code},
        subject=entry.subject,
        client_id=client_id,
        retracts=entry.uid,
    )


def erase(ctx: Ctx, uid: UUID, reason_code: str) -> Entry:
    """Destroy the private part of an entry and return the ``ledger.erased`` entry that says so.

    The facts, the leaf and every proof stay valid. Erasing twice returns the first erasure.
    Backups made before keep the sealed part until they expire.
    """
    entry = Entry.objects.filter(uid=uid).first()
    if entry is None or not entry.commitment:
        raise NotFound("这条存证不存在，或没有私密内容", where=str(uid))
    with transaction.atomic():
        row = EntryPrivate.objects.select_for_update().get(entry=entry)
        if done := Erasure.objects.select_related("by").filter(uid=uid).first():
            return done.by
        _destroy(row)
        by = record(
            ctx, kinds.ERASED.name, unit_id=entry.unit_id, facts={"uid": uid, "reason": reason_code}
        )
        Erasure(uid=uid, by=by, at=ctx.now).save()
    return by


def erase_history(ctx: Ctx, uid: UUID, reason_code: str) -> list[Entry]:
    """Erase an entry together with everything it corrected and was corrected by."""
    from anze.kernel.ledger import selectors

    chain = selectors.history(uid)
    with transaction.atomic():
        return [erase(ctx, entry.uid, reason_code) for entry in chain if entry.commitment]


def private_part(entry: Entry) -> dict[str, Any] | None:
    """Return the private part; None if there is none or it was erased.

    Who may read it is for the caller to decide and, for restricted kinds, to record. Raises
    DamagedError when it was changed behind the ledger's back.
    """
    if not entry.commitment:
        return None
    row = EntryPrivate.objects.get(entry_id=entry.pk)
    if row.ciphertext is None or row.wrapped_key is None:
        return None
    sealed = sealing.Sealed(entry.commitment, bytes(row.ciphertext), bytes(row.wrapped_key))
    return sealing.unseal(sealed, _place(entry))


def record_later(ctx: Ctx, kind: str, **content: Any) -> Entry | None:
    """Record for an alarm, which must never wait for the ledger: None means it was spooled.

    Takes what ``record`` takes and must be called outside any transaction, or the entry shares its
    fate. When the database cannot be written the content goes to a file under ``$ANZE_HOME`` and
    is entered by the next sweep, flagged late. A breach of the schema is still raised: it is a
    fault in the program, and waiting would not cure it.
    """
    content.setdefault("client_id", f"alarm/{uuid7()}")
    content["happened"] = content.get("happened") or content.get("captured") or ctx.now
    try:
        with _impatient(), transaction.atomic():
            _limit_statements()
            return record(ctx, kind, **content)
    except (DatabaseError, OSError) as error:
        spool.keep(ctx, kind, content, error)
        return None


@contextmanager
def _impatient() -> Iterator[None]:
    """Wait at most PATIENCE for SQLite's write lock, also while numbering after the commit."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
    try:
        yield
    finally:
        seconds = connection.settings_dict["OPTIONS"].get("timeout", 5)
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _limit_statements() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE}")


def sweep() -> int:
    """Enter what was spooled and number what waits; the periodic job. Returns entries numbered."""
    spool.drain(_enter_late)
    return sequencer.advance()


def _enter_late(item: spool.Item) -> None:
    ctx = Ctx.system(via=item.via)
    ctx = Ctx(actor_id=item.actor_id, now=ctx.now, via=item.via, access=ctx.access)
    record(ctx, item.kind, late=True, **item.content)


def _guard_target(request: Request) -> None:
    target = Entry.objects.filter(uid=request.target).first() if request.target else None
    if target is None:
        raise NotFound("要更正或撤回的存证不存在", where=str(request.target))
    if (target.kind, target.unit_id) != (request.kind.name, request.unit_id):
        raise Refused(
            "更正或撤回须与原存证同类、同单位",
            where=str(target.uid),
            remedy="请撤回原存证后另行登记",
        )
    if target.op == RETRACT or Entry.objects.filter(target=target.uid).exists():
        raise _no_longer_live()


def _no_longer_live() -> Conflict:
    return Conflict("这条存证已被更正或撤回", remedy="请刷新后在最新一条上操作")


def _entry(ctx: Ctx, request: Request, late: bool) -> Entry:
    return Entry(
        uid=uuid7(),
        kind=request.kind.name,
        schema_version=request.kind.version,
        visibility=request.kind.visibility,
        unit_id=request.unit_id,
        subject=request.subject,
        happened=request.happened or request.captured or ctx.now,
        captured=request.captured,
        recorded=ctx.now,
        actor_id=request.actor_id,
        via=ctx.via,
        late=late,
        facts=request.facts,
        proofs=request.proofs,
        op=request.op,
        target=request.target,
        client_id=request.client_id or None,
        salt=secrets.token_bytes(32),
    )


def _seal(entry: Entry, request: Request) -> sealing.Sealed | None:
    """Set what is hashed of an entry; return its private part under seal."""
    sealed = None
    if request.private is not None:
        sealed = sealing.seal(request.private, _place(entry))
        entry.commitment = sealed.commitment
    body.stamp_hashes(entry)
    return sealed


def _insert(entry: Entry, sealed: sealing.Sealed | None) -> None:
    entry.save()
    if sealed:
        EntryPrivate(
            entry=entry, ciphertext=sealed.ciphertext, wrapped_key=sealed.wrapped_key
        ).save()


def _place(entry: Entry) -> sealing.Place:
    return sealing.Place(entry.uid, entry.kind, entry.schema_version)


def _earlier(request: Request) -> Entry | None:
    if not request.client_id:
        return None
    return Entry.objects.filter(kind=request.kind.name, client_id=request.client_id).first()


def _same_or_conflict(first: Entry, request: Request) -> Entry:
    """Return the first entry if the request repeats it; erased private parts match anything."""
    happened = request.happened or first.captured or first.recorded
    captured = request.captured
    same = (
        first.unit_id == request.unit_id
        and first.actor_id == request.actor_id
        and first.facts == request.facts
        and first.proofs == request.proofs
        and first.subject == request.subject
        and (first.op, first.target) == (request.op, request.target)
        and first.happened == happened
        and first.captured == captured
        and bool(first.commitment) == (request.private is not None)
    )
    if same and request.private is not None:
        known = private_part(first)
        same = known is None or known == request.private
    if not same:
        raise Conflict(
            "同一提交编号已登记过不同的内容",
            where=str(first.uid),
            remedy="两份内容都已保留，请核对后以新的编号提交",
        )
    return first


def _destroy(row: EntryPrivate) -> None:
    """Overwrite the sealed part with nothing, also in the free pages of an SQLite file."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute(
            "UPDATE ledger_entryprivate SET ciphertext = NULL, wrapped_key = NULL "
            "WHERE entry_id = %s",
            [row.pk],
        )


def _sequence_after_commit() -> None:
    """Number the entry right after the commit; once per transaction however many it records."""
    if not connection.in_atomic_block:
        sequencer.advance_quietly()
    elif all(hear is not sequencer.advance_quietly for _, hear, *_ in connection.run_on_commit):
        transaction.on_commit(sequencer.advance_quietly)
