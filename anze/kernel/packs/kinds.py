"""Kinds of entry about packs, and the core kinds as packs see them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Code, Facts, Kind
from anze.kernel.packs.known import KnownKind, from_model


class PackLoaded(Facts):
    """A version of a pack became known; ``hash`` is the hex SHA-256 of its canonical content."""

    pack: Code
    hash: Code
    released: bool
    requirements: int
    forms: int


class PackActivated(Facts):
    """From ``from_day`` (its first full period) a version binds a unit and all under it."""

    pack: Code
    hash: Code
    scope: UUID
    from_day: date


class PackEnded(Facts):
    """From ``from_day`` no version of the issuer binds the unit and all under it any more."""

    issuer: Code
    scope: UUID
    from_day: date


LOADED = Kind(
    name="packs.loaded", version=1, facts=PackLoaded, visibility="public", label="制度包装载"
)
ACTIVATED = Kind(
    name="packs.activated", version=1, facts=PackActivated, visibility="public", label="制度包启用"
)
ENDED = Kind(
    name="packs.ended", version=1, facts=PackEnded, visibility="public", label="制度包停用"
)


def register_own() -> None:
    """Register the kinds of this room."""
    for kind in (LOADED, ACTIVATED, ENDED):
        kinds.register(kind)


def core() -> dict[str, KnownKind]:
    """Return the kinds declared in code, in the shape the loader asks for."""
    return {kind.name: from_model(kind.name, kind.facts) for kind in kinds.all_kinds()}
