"""Who asks, when and how: the first argument of every service and selector."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.db.models.functions import Coalesce
from django.db.models.lookups import In

from anze.kernel.bus import clock
from anze.kernel.bus.errors import Problem
from anze.lib.ids import uuid7

M = TypeVar("M", bound=Model)
FEW_UNITS = 20


class Everything(frozenset[UUID]):
    """The scope that holds every unit; ``in`` is always true."""

    def __contains__(self, _unit: object) -> bool:
        return True


ALL = Everything()


def narrow(rows: QuerySet[M], units: Collection[UUID], field: str = "unit_id") -> QuerySet[M]:
    """Return the rows whose ``field`` lies in ``units``; ``ALL`` leaves them as they are."""
    return rows if isinstance(units, Everything) else rows.filter(**{f"{field}__in": units})


def narrow_list(rows: QuerySet[M], units: Collection[UUID], field: str = "unit_id") -> QuerySet[M]:
    """Narrow as ``narrow`` does, for a list that is read in order and shown a page at a time.

    With many units an expression hides the column from its index. Else the database would collect
    all rows of all these units and sort them, instead of walking in order until the page is full.
    """
    if isinstance(units, Everything) or len(units) <= FEW_UNITS:
        return narrow(rows, units, field)
    return rows.filter(In(Coalesce(field, field), list(units)))


class Access(Protocol):
    """What the people room answers about an actor."""

    def visible(self, action: str) -> Collection[UUID]:
        """Return the ids of the units on which the actor may do ``action`` (``ALL`` = any)."""

    def check(self, action: str, unit_id: UUID | None) -> None:
        """Return when allowed; raise ``NotFound`` out of scope, ``Denied`` inside it."""


class _SystemAccess:
    def visible(self, action: str) -> Collection[UUID]:
        return ALL

    def check(self, action: str, unit_id: UUID | None) -> None:
        return None


SYSTEM_ACCESS: Access = _SystemAccess()


@dataclass(frozen=True)
class Ctx:
    """One request, job or console call.

    ``via`` is how it came in: web, api, token, device, packet (captured offline, sent later by
    token), import, console, system or demo.
    """

    actor_id: UUID | None
    now: datetime
    via: str
    access: Access
    request_id: UUID = field(default_factory=uuid7)

    @property
    def today(self) -> date:
        """The Chinese calendar day of ``now``."""
        return clock.day_of(self.now)

    def holds(self, action: str) -> bool:
        """Tell whether the actor may do ``action`` anywhere; no tree is walked."""
        try:
            self.access.check(action, None)
        except Problem:
            return False
        return True

    @classmethod
    def system(cls, now: datetime | None = None, via: str = "system") -> Ctx:
        """Return a context without a person: jobs, the console, the sweep."""
        return cls(actor_id=None, now=now or clock.now(), via=via, access=SYSTEM_ACCESS)

    def through(self, via: str) -> Ctx:
        """Return the same context entered by another way."""
        return replace(self, via=via)
