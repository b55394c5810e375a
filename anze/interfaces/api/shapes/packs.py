"""Packs: policy as versioned data."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from anze.kernel.packs.models import Pack
from anze.kernel.packs.selectors import Active
from anze.kernel.web.wire.base import Moment


class InForce(Schema):
    """From which day it binds a unit and all under it."""

    unit_id: UUID
    from_day: date


class PackOut(Schema):
    """One loaded version."""

    issuer: str = Field(examples=["wujin"])
    version: str = Field(examples=["2020.1"])
    title: str
    released: bool = Field(description="A released version never changes.")
    hash: str = Field(description="SHA-256 of its canonical content (CJ-1), hex.")
    loaded_at: Moment
    in_force: list[InForce]

    @classmethod
    def of(cls, row: Pack, active: list[Active]) -> PackOut:
        """Return the shape of a loaded version."""
        return cls(**_columns(row, active))


class PackDetail(PackOut):
    """A version with its whole content: sources, clauses, requirements, forms, roles, calendar."""

    content: dict[str, Any] = Field(description="Canonical bytes of this hash to `hash`.")


def _columns(row: Pack, active: list[Active]) -> dict[str, Any]:
    names = ("issuer", "version", "title", "released", "hash", "loaded_at")
    spans = [InForce(unit_id=one.scope, from_day=one.from_day) for one in active]
    return {**{name: getattr(row, name) for name in names}, "in_force": spans}


def detail(row: Pack, active: list[Active], content: dict[str, Any]) -> PackDetail:
    """Return the shape of one version shown whole."""
    return PackDetail(**_columns(row, active), content=content)
