"""Who is reminded of what a body owes: the holders of the post, else those who head the unit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

from anze.kernel.people import selectors as people
from anze.kernel.units import walk

HEADS: Final = ("principal", "deputy_in_charge", "section_head", "bureau_leader")


def holders(day: date, bodies: Collection[UUID], post: str) -> dict[UUID, frozenset[UUID]]:
    """Return body → people with an active account who are asked; empty where nobody is there.

    A post held at the unit answers for its campuses too.
    """
    above = walk.up(bodies, day)
    return {body: _of(day, {body, *_units(above[body])}, post) for body in set(bodies)}


def _units(line: Collection[tuple[UUID, str]]) -> list[UUID]:
    return [pk for pk, level in line if level == "unit"]


def _of(day: date, places: set[UUID], post: str) -> frozenset[UUID]:
    told = people.with_post(places, [post], day) or people.with_post(places, HEADS, day)
    return frozenset(told)
