"""Kinds of entry of notices: only what asked to be confirmed, and that somebody did."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Facts, Kind, Private


class Issued(Facts):
    """A circular went out that asks each of its recipients to confirm."""

    circular: UUID
    recipients: int


class Words(Private):
    """What it said."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    body: Annotated[str, StringConstraints(max_length=2000)] = ""


class Confirmed(Facts):
    """The actor confirmed a circular for the unit of the entry."""

    circular: UUID


ISSUED = Kind("notices.issued", 1, Issued, "unit", "发出要求确认的通知单", Words)
CONFIRMED = Kind("notices.confirmed", 1, Confirmed, "unit", "确认通知单")


def register() -> None:
    """Make the kinds known to the ledger."""
    for kind in (ISSUED, CONFIRMED):
        kinds.register(kind)
