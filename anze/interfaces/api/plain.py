"""Answers as JSON: days and instants as text, check lists as objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from anze.kernel.bus import clock


def plain(value: Any) -> Any:
    """Return a value of plain JSON types that the forms room reads back as the same answer."""
    if is_dataclass(value) and not isinstance(value, type):
        kept = {name: one for name, one in asdict(value).items() if one not in (None, "")}
        return plain(kept)
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(clock.LOCAL).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
