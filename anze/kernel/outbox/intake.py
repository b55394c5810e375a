"""A piece of work comes in: once, whole, with its receipt; other bytes under its id are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from anze.kernel.bus.errors import Conflict, Refused
from anze.kernel.files.models import StoredFile
from anze.kernel.ledger import sealing
from anze.kernel.outbox import selectors, trust, uploads, works
from anze.kernel.outbox.models import Delivery, DeliveryState, Packet
from anze.kernel.outbox.sending import Sending, require_open
from anze.kernel.outbox.works import Handed, Work
from anze.lib import strict

MAX_BODY = 256 * 1024
SEALED = "outbox.delivery"
MOST_OTHERS = 40  # contents of one packet that wait for a decision; each is sealed in full


@dataclass(frozen=True)
class Told:
    """What a body says: the work's content, the ids of its files, when the phone captured it."""

    content: Mapping[str, Any]
    files: tuple[UUID, ...]
    captured: datetime | None


class _Quicker(Exception):  # noqa: N818
    """Another request took this id in a moment ago."""


class OtherBytes(Conflict):
    """Known id, other content: both are kept, a person decides (409)."""

    def __init__(self, row: Delivery) -> None:
        super().__init__(
            "同一编号先前已收到不同的内容",
            where=str(row.pk),
            remedy="两份都已保留，请联网后打开“发件箱”核对，选定以哪一份为准。",
        )
        self.row = row

    def as_dict(self) -> dict[str, str]:
        """Return where to decide, too."""
        return {**super().as_dict(), "conflict": str(self.row.pk)}


def deliver(
    sending: Sending, client_id: UUID, body: bytes, sent: datetime | None
) -> tuple[Delivery, bool]:
    """Take in a piece of work; return its row, and whether it is new.

    Same packet, same id, same bytes: the same row, however often and at once. Other bytes under a
    taken id are kept sealed and OtherBytes is raised. Entry, submission, use of the files and this
    row commit together. Raises Missing while files are missing, Refused with the faults of
    the content (nothing is kept then: the phone still has it).
    """
    digest = hashlib.sha256(body).hexdigest()
    if known := _known(sending.packet, client_id, digest):
        return known, False
    require_open(sending.packet)
    told = read(body)
    if _taken(sending.packet, client_id):
        return _not_first(sending, client_id, digest, body, told)
    found = uploads.kept(sending, told.files)
    try:
        with transaction.atomic():
            return _take(sending, client_id, digest, told, found, sent), True
    except (IntegrityError, _Quicker):  # the same id came twice at once; the other one is in
        if not _taken(sending.packet, client_id):
            raise
        return _not_first(sending, client_id, digest, body, told)


def read(body: bytes) -> Told:
    """Return what a body says; Refused if it is not what the phone makes."""
    try:
        whole = strict.load(body)
        content, ids = whole["content"], whole.get("files", [])
        if not isinstance(content, dict) or len(ids) > uploads.FILES_EACH:
            raise ValueError
        return Told(content, tuple(UUID(one) for one in ids), instant(whole.get("captured")))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused("内容读不懂", remedy="请更新页面后重新填写。") from None


def instant(text: object) -> datetime | None:
    """Return an instant in UTC, None for what is none, has no offset or fits in no time zone."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    if moment.tzinfo is None or not MINYEAR < moment.year < MAXYEAR:
        return None
    return moment.astimezone(UTC)


def _take(
    sending: Sending,
    client_id: UUID,
    digest: str,
    told: Told,
    found: Mapping[UUID, StoredFile],
    sent: datetime | None,
) -> Delivery:
    packet, ctx = sending.packet, sending.ctx
    room = Packet.objects.filter(pk=packet.pk, taken__lt=F("times")).update(taken=F("taken") + 1)
    # From here on nobody else takes anything by this packet until we are done.
    if _taken(packet, client_id):
        raise _Quicker
    if not room:
        raise Refused("这个随身包已经用完", remedy="请联网后直接登记，或重新带走一份。")
    doubt = trust.doubt(
        told.captured, sent, issued=packet.issued_at, expires=packet.expires_at, now=ctx.now
    )
    captured = None if doubt else told.captured
    taken = _work(packet).take(ctx, packet, Handed(client_id, told.content, found, captured))
    return Delivery.objects.create(
        packet=packet,
        unit_id=packet.unit_id,
        client_id=client_id,
        digest=digest,
        state=DeliveryState.TAKEN,
        captured=told.captured,
        doubt=doubt,
        received_at=ctx.now,
        entry_uid=taken.entry_uid,
        url=taken.url,
    )


def receipt(row: Delivery) -> dict[str, object]:
    """Return what the phone is told: it may clear its copy once ``n`` is there."""
    return {
        "id": str(row.client_id),
        "state": row.state,
        "entry": str(row.entry_uid) if row.entry_uid else None,
        "n": selectors.number_of(row.entry_uid),
        "url": row.url,
        "sha256": row.digest,
        "received": row.received_at.isoformat(),
        "captured": row.captured.isoformat() if row.captured and not row.doubt else None,
        "doubt": trust.DOUBTS.get(row.doubt, ""),
    }


def opened(row: Delivery) -> str:
    """Return the sealed content of other bytes that wait for a decision."""
    if row.ciphertext is None or row.wrapped_key is None:
        raise Conflict("这份内容已经处理过", remedy="请刷新页面。")
    sealed = sealing.Sealed(row.commitment, bytes(row.ciphertext), bytes(row.wrapped_key))
    return str(sealing.unseal(sealed, _place(row))["body"])


def _not_first(
    sending: Sending, client_id: UUID, digest: str, body: bytes, told: Told
) -> tuple[Delivery, bool]:
    """Something was taken under this id: the same bytes, or others that a person must see."""
    if known := _known(sending.packet, client_id, digest):
        return known, False
    raise OtherBytes(_keep_other(sending, client_id, digest, body, told))


def _keep_other(
    sending: Sending, client_id: UUID, digest: str, body: bytes, told: Told
) -> Delivery:
    """Keep other bytes, sealed; the same other bytes again are one row."""
    if sending.packet.deliveries.filter(state=DeliveryState.OTHER).count() >= MOST_OTHERS:
        raise Refused(
            "这个随身包里内容不一致的太多了", remedy="请先在“发件箱”里核对已收到的，再发这一份。"
        )
    row = Delivery(
        packet=sending.packet,
        unit_id=sending.packet.unit_id,
        client_id=client_id,
        digest=digest,
        state=DeliveryState.OTHER,
        captured=told.captured,
        received_at=sending.ctx.now,
    )
    sealed = sealing.seal({"body": body.decode()}, _place(row))
    row.commitment, row.ciphertext = sealed.commitment, sealed.ciphertext
    row.wrapped_key = sealed.wrapped_key
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return Delivery.objects.get(packet=sending.packet, client_id=client_id, digest=digest)
    return row


def _known(packet: Packet, client_id: UUID, digest: str) -> Delivery | None:
    row = Delivery.objects.filter(packet=packet, client_id=client_id, digest=digest).first()
    if row is not None and row.state == DeliveryState.OTHER:
        raise OtherBytes(row)
    return row


def _taken(packet: Packet, client_id: UUID) -> bool:
    return Delivery.objects.filter(
        packet=packet, client_id=client_id, state=DeliveryState.TAKEN
    ).exists()


def _work(packet: Packet) -> Work:
    return works.get(packet.work)


def _place(row: Delivery) -> sealing.Place:
    return sealing.Place(row.pk, SEALED, 1)
