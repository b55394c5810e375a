"""Who sends by a token, and what he may do by it: nothing but bring in his own packet's work."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound
from anze.kernel.bus.limits import Limit
from anze.kernel.outbox import services
from anze.kernel.outbox.models import Packet, PacketState
from anze.kernel.people.access import PersonAccess
from anze.kernel.people.models import User

PACE = Limit(per_second=20, burst=400)


class Locked(Denied):
    """The token is not, or no longer, good (401): signing in as the owner mends it."""

    status = 401


@dataclass(frozen=True)
class Sending:
    """A packet whose token was shown, with the context in which its owner's work is recorded."""

    packet: Packet
    ctx: Ctx


def open_by(ctx: Ctx, packet_id: UUID, token: str) -> Sending:
    """Return the packet if ``token`` is its own and still good.

    A wrong token and a packet that is not there look the same (404). Raises Locked when it was
    right once: the password was changed, the account closed, or its time is over.

    The owner is allowed what he was when the packet was issued: taking it along was the
    permission, and losing a post meanwhile does not undo what was done under it.
    """
    packet = Packet.objects.filter(pk=packet_id).first()
    shown = services.hashed(token)
    if packet is None or not hmac.compare_digest(packet.token_hash, shown):
        raise NotFound(
            "凭据不对，或没有这个随身包", remedy="请用带走它的账号登录一次，会自动换新凭据。"
        )
    PACE.take(packet.pk, "发得太快了", "稍后会自动再试。")
    user = User.objects.filter(pk=packet.actor_id, is_active=True).first()
    if user is None or packet.stamp != services.stamp_of(user):
        raise Locked("密码改过或账号已停用，凭据失效", remedy="请用原账号重新登录，会自动续发。")
    if ctx.now > packet.closes_at:
        raise Locked("凭据已过期", remedy="请用原账号重新登录，会自动续发。")
    access = PersonAccess(user, packet.issued_at)
    own = Ctx(user.pk, ctx.now, "packet", access, ctx.request_id)
    return Sending(packet, own)


def require_open(packet: Packet) -> None:
    """Return if the packet was not taken back."""
    if packet.state != PacketState.OPEN:
        raise Denied("随身包已收回", remedy="里面的内容请联网后直接登记。")
