"""Writes of registers: one function per intention."""

from anze.engines.registers.services.audits import (
    close_audit,
    drop_audit,
    note_unknown,
    see,
    start_audit,
    unsee,
)
from anze.engines.registers.services.things import (
    Stale,
    add,
    change,
    end,
    take_back,
    turn_up,
)

__all__ = [
    "Stale",
    "add",
    "change",
    "close_audit",
    "drop_audit",
    "end",
    "note_unknown",
    "see",
    "start_audit",
    "take_back",
    "turn_up",
    "unsee",
]
