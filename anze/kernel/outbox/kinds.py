"""Entries of this room: a packet went out, its token was taken back, two contents were settled."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Code, Facts, Kind


class Issued(Facts):
    """A packet was issued. Captures between ``recorded`` and ``expires`` may count as captured."""

    packet: UUID
    work: Code
    ref: Code
    times: int
    expires: Code


class Revoked(Facts):
    """Nothing more is taken by the packet."""

    packet: UUID
    reason: Code


class Settled(Facts):
    """Somebody decided between two contents that came under one id."""

    packet: UUID
    client: UUID
    outcome: Literal["kept_first", "replaced"]


ISSUED = Kind("outbox.issued", 1, Issued, "unit", "发出随身包")
REVOKED = Kind("outbox.revoked", 1, Revoked, "unit", "收回随身包")
SETTLED = Kind("outbox.settled", 1, Settled, "unit", "离线上报核对")


def instant(moment: datetime) -> str:
    """Return an instant as facts hold it: a code in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def register() -> None:
    """Make the kinds known to the ledger."""
    for kind in (ISSUED, REVOKED, SETTLED):
        kinds.register(kind)
