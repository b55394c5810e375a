"""Kinds of entry the console records."""

from __future__ import annotations

from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Code, Facts, Kind


class BackedUp(Facts):
    """A whole copy was made: ``size`` and ``root`` of the ledger inside, bytes and parts of it.

    ``keys`` tells whether sealed keys went along, ``damaged`` how many stored files were not what
    their name says and were left out.
    """

    size: int
    root: Code
    bytes: int
    parts: int
    keys: bool
    damaged: int


BACKED_UP = Kind("system.backed_up", 1, BackedUp, "bureau", "系统备份")


def register_own() -> None:
    """Register the kinds of this room."""
    kinds.register(BACKED_UP)
