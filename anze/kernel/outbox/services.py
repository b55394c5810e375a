"""Take work along, give a token anew, take it back. All of this is done while signed in."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.outbox import kinds, selectors, works
from anze.kernel.outbox.models import Packet, PacketState
from anze.kernel.people.models import User

CAPTURE = timedelta(days=7)
SENDING = timedelta(days=14)  # after that a token must be given anew, by signing in
MOST_TIMES = 20
MOST_OPEN = 60
REASONS = frozenset({"not_needed", "phone_lost"})


def issue(
    ctx: Ctx, work: str, ref: str, unit_id: UUID, *, subject: str = "", times: int = 1
) -> tuple[Packet, str]:
    """Issue a packet for ``times`` pieces of work; return it and its token, told only now.

    Raises what the work's own permission raises, and Refused for too many.
    """
    if not 1 <= times <= MOST_TIMES:
        raise Refused(f"一次可带走 1 至 {MOST_TIMES} 份", field="times")
    user = _owner(ctx)
    offer = works.get(work).offer(ctx, unit_id, ref, subject)
    if selectors.may_capture(ctx).count() >= MOST_OPEN:
        raise Refused(
            f"手上已有 {MOST_OPEN} 个没用完的随身包", remedy="请先在发件箱里删去不再需要的。"
        )
    token = secrets.token_urlsafe(32)
    packet = Packet(
        actor_id=user.pk,
        unit_id=unit_id,
        work=work,
        ref=ref,
        subject=subject,
        title=offer.title,
        pack_id=offer.pack_id,
        times=times,
        issued_at=ctx.now,
        expires_at=ctx.now + CAPTURE,
        closes_at=ctx.now + CAPTURE + SENDING,
        token_hash=hashed(token),
        stamp=stamp_of(user),
    )
    with transaction.atomic():
        packet.save(force_insert=True)
        ledger.record(
            ctx,
            kinds.ISSUED.name,
            unit_id=unit_id,
            facts={
                "packet": packet.pk,
                "work": work,
                "ref": ref,
                "times": times,
                "expires": kinds.instant(packet.expires_at),
            },
        )
    return packet, token


def renew(ctx: Ctx, packet: Packet) -> str:
    """Give one's own packet a new token and end the old one; the time for capturing stays."""
    user = _owner(ctx)
    if packet.actor_id != user.pk:
        raise Denied("这不是您的随身包")
    token = secrets.token_urlsafe(32)
    changed = Packet.objects.filter(pk=packet.pk, state=PacketState.OPEN).update(
        token_hash=hashed(token), stamp=stamp_of(user), closes_at=ctx.now + SENDING
    )
    if not changed:
        raise Conflict("随身包已收回", remedy="里面还没送出的内容请联网后直接登记。")
    return token


def revoke(ctx: Ctx, packet: Packet, reason: str) -> None:
    """Let nothing more come by a packet: its owner's deed, or of whoever settles for the unit."""
    if reason not in REASONS:
        raise Refused("请选择收回的原因", field="reason")
    if packet.actor_id != ctx.actor_id:
        ctx.access.check(selectors.SETTLE, packet.unit_id)
    with transaction.atomic():
        changed = Packet.objects.filter(pk=packet.pk, state=PacketState.OPEN).update(
            state=PacketState.REVOKED
        )
        if changed:
            facts = {"packet": packet.pk, "reason": reason}
            ledger.record(ctx, kinds.REVOKED.name, unit_id=packet.unit_id, facts=facts)


def hashed(token: str) -> str:
    """Return what is kept of a token: it has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def stamp_of(user: User) -> str:
    """Return the mark of the password in force; another password makes another mark."""
    return salted_hmac("outbox.packet", user.password, algorithm="sha256").hexdigest()


def _owner(ctx: Ctx) -> User:
    user = User.objects.filter(pk=ctx.actor_id, is_active=True).first() if ctx.actor_id else None
    if user is None:
        raise Denied("要有账号才能带走工作")
    return user
