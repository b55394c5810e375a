"""Kinds of entry about units. Names go to the private part; facts are codes, ids and dates."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Code, Facts, Kind, Private

Text = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class Registered(Facts):
    """A node enters the tree."""

    level: Literal["authority", "district", "town", "section", "unit", "campus", "group"]
    kind: Code | None = None
    ownership: Literal["public", "private"] | None = None
    parent: UUID | None = None
    since: date | None = None
    opened: date


class Names(Private):
    """What a body is called."""

    name: Text
    short_name: Text


class Renamed(Facts):
    """A body is called otherwise (the names are private)."""

    since: date


class CodesSet(Facts):
    """The official codes of a body, all of them each time."""

    code: Code | None = None
    uscc: Code | None = None


class FactSet(Facts):
    """A dated fact about a unit."""

    key: Code
    value: Code
    since: date


class Moved(Facts):
    """A node hangs under another parent from a day on."""

    parent: UUID
    since: date


class GroupChanged(Facts):
    """A unit joins or leaves an education group from a day on."""

    group: UUID
    since: date


class Closed(Facts):
    """A unit ends on a day; ``successor`` takes over what is open."""

    on: date
    successor: UUID | None = None


class Succeeded(Facts):
    """A unit takes over what another answered for, whole (merged) or in part (split)."""

    predecessor: UUID
    since: date
    how: Literal["merged", "split"]


class PlaceChanged(Facts):
    """A place with a QR code is added to, or taken from, a campus."""

    place: UUID
    category: Code
    since: date


class PlaceName(Private):
    """What a place is called."""

    name: Text


class TermSet(Facts):
    """A term of the district's schools, both days inclusive."""

    code: Code
    start: date
    end: date


class DayOverridden(Facts):
    """A day is made a workday or a holiday, or a former override is cleared."""

    day: date
    effect: Literal["workday", "holiday", "clear"]


class Name(Private):
    """The name of a term or of the reason of an override."""

    name: Text


REGISTERED = Kind("units.registered", 1, Registered, "unit", "单位登记", Names)
RENAMED = Kind("units.renamed", 1, Renamed, "unit", "单位更名", Names)
CODES_SET = Kind("units.codes_set", 1, CodesSet, "unit", "单位代码变更")
FACT_SET = Kind("units.fact_set", 1, FactSet, "unit", "单位情况变更")
MOVED = Kind("units.moved", 1, Moved, "unit", "隶属关系调整")
GROUP_JOINED = Kind("units.group_joined", 1, GroupChanged, "unit", "加入教育集团")
GROUP_LEFT = Kind("units.group_left", 1, GroupChanged, "unit", "退出教育集团")
CLOSED = Kind("units.closed", 1, Closed, "unit", "单位撤并")
SUCCEEDED = Kind("units.succeeded", 1, Succeeded, "unit", "单位承接")
PLACE_ADDED = Kind("units.place_added", 1, PlaceChanged, "unit", "地点登记", PlaceName)
PLACE_REMOVED = Kind("units.place_removed", 1, PlaceChanged, "unit", "地点停用")
TERM_SET = Kind("units.term_set", 1, TermSet, "unit", "学期设置", Name)
DAY_OVERRIDDEN = Kind("units.day_overridden", 1, DayOverridden, "unit", "日历调整", Name)

ALL = (
    REGISTERED,
    RENAMED,
    CODES_SET,
    FACT_SET,
    MOVED,
    GROUP_JOINED,
    GROUP_LEFT,
    CLOSED,
    SUCCEEDED,
    PLACE_ADDED,
    PLACE_REMOVED,
    TERM_SET,
    DAY_OVERRIDDEN,
)


def register() -> None:
    """Make the kinds known to the ledger."""
    for kind in ALL:
        kinds.register(kind)
