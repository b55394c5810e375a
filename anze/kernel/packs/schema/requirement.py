"""What is owed: by whom, how often, until when, and what meets it (``requirements/*.yaml``)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, PlainValidator, Tag, model_validator

from anze.kernel.packs.schema.base import (
    Bool,
    ClauseRef,
    Code,
    Confidence,
    Count,
    KindName,
    Line,
    Name,
    OwnerLevel,
    Part,
    Positive,
    QualifiedRef,
    RequirementRef,
    SourceRef,
    Text,
)
from anze.kernel.packs.schema.match import NO_WHERE, Where
from anze.kernel.packs.schema.meta import Kinds

Every = Literal["once", "day", "week", "month", "quarter", "term", "year", "event"]
Subject = Literal["post", "class", "device", "vehicle", "driver", "risk_point"]
DAYS_IN = {"day": 1, "week": 7, "month": 31, "quarter": 92, "term": 200, "year": 366}


class Applies(Part):
    """To whom it applies. No key = to every body of the level.

    ``facts`` matches the unit's dated facts by key: ``{boarding: true, pupils: {at_least: 1000}}``.
    ``sections`` names bureau sections (only for level ``section``).
    """

    kinds: Kinds = ()
    ownership: tuple[Code, ...] = ()
    sections: tuple[Name, ...] = ()
    facts: Where = NO_WHERE


def _due_day(value: Any) -> Any:
    if value in ("last", "last-workday", "first-workday"):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 366:
        return value
    raise ValueError("应是 last、last-workday、first-workday 或一个周期内的第几天")


DueDay = Annotated[Literal["last", "last-workday", "first-workday"] | int, PlainValidator(_due_day)]


class Due(Part):
    """When within the period it must be there.

    ``day``: ``last``, ``last-workday``, ``first-workday`` or the n-th day of the period (1 = its
    first day). ``grace_days``: calendar days more before it counts as late. For ``every: event``
    and ``every: once`` one of ``within_hours``, ``within_days`` (calendar) or ``within_workdays``,
    counted from the event, or from the day the requirement began to bind the body.
    """

    day: DueDay | None = None
    grace_days: Count = 0
    within_hours: Positive | None = None
    within_days: Count | None = None
    within_workdays: Positive | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Due:
        ways = [
            name
            for name in ("day", "within_hours", "within_days", "within_workdays")
            if getattr(self, name) is not None
        ]
        if len(ways) != 1:
            raise ValueError("due 只能写 day、within_hours、within_days、within_workdays 中的一个")
        return self

    @property
    def counted(self) -> bool:
        """Whether it counts from a moment instead of naming a day of the period."""
        return self.day is None


class ByEntry(Part):
    """Met when enough live entries of a kind *happened* in the period.

    ``distinct``: count different values of that fact field instead of entries.
    """

    entry: KindName
    at_least: Positive = 1
    where: Where = NO_WHERE
    distinct: Name | None = None


class ByFact(Part):
    """Met while a registered provider says that something *holds*, no older than ``fresh_days``."""

    fact: KindName
    params: dict[Name, Any] = Field(default_factory=dict, alias="with")
    where: Where = NO_WHERE
    fresh_days: Positive | None = None


class AnyOf(Part):
    """Met when one of these is."""

    any_of: tuple[MetBy, ...] = Field(min_length=2)


class AllOf(Part):
    """Met when all of these are."""

    all_of: tuple[MetBy, ...] = Field(min_length=2)


_WAYS: dict[str, type[Part]] = {"entry": ByEntry, "fact": ByFact, "any_of": AnyOf, "all_of": AllOf}


def _way(value: Any) -> str | None:
    """Choose the model by its leading key, so that an error speaks of that model alone."""
    for key, model in _WAYS.items():
        if isinstance(value, model) or (isinstance(value, dict) and key in value):
            return f"~{key}"
    return None


MetBy = Annotated[
    Annotated[ByEntry, Tag("~entry")]
    | Annotated[ByFact, Tag("~fact")]
    | Annotated[AnyOf, Tag("~any_of")]
    | Annotated[AllOf, Tag("~all_of")],
    Discriminator(
        _way,
        custom_error_type="met_by",
        custom_error_message="应写 entry、fact、any_of、all_of 中的一个",
    ),
]


class Requirement(Part):
    """One line of what is owed."""

    ref: RequirementRef
    title: Line
    clauses: tuple[ClauseRef, ...] = ()
    basis: tuple[SourceRef, ...] = Field(min_length=1)
    why: Line  # one line to the person who is asked
    reader: Line  # who reads the answer
    level: OwnerLevel
    applies: Applies = Applies()
    who: Name  # the post that holds it
    for_each: Subject | None = None
    every: Every
    on: KindName | None = None  # the kind of entry that starts it, only for every: event
    on_where: Where = NO_WHERE  # which entries of that kind
    in_: Literal["session", "always"] = Field(default="always", alias="in")
    due: Due
    met_by: MetBy
    same_as: tuple[QualifiedRef, ...] = ()
    form: Code | None = None  # "drill" of this pack or "national/drill"
    waivable: Bool = True
    capture_hours: Positive | None = None
    confidence: Confidence | None = None  # of the rhythm itself, where it is weaker than its basis
    note: Text | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Requirement:
        if (self.every == "event") != (self.on is not None):
            raise ValueError("every: event 必须写 on（哪一类存证触发），其他周期不写 on")
        if self.on_where and self.on is None:
            raise ValueError("on_where 只能与 on 一起写")
        if self.due.counted != (self.every in ("event", "once")):
            raise ValueError(
                "due：event 和 once 写 within_days 等，有周期的写 day（last、last-workday 等）"
            )
        if isinstance(self.due.day, int) and self.due.day > DAYS_IN.get(self.every, 0):
            raise ValueError(f"due.day 超出了一个周期（{self.every}）的天数")
        if self.applies.sections and self.level != "section":
            raise ValueError("applies.sections 只用于 level: section")
        if self.level in ("section", "district") and (self.applies.kinds or self.applies.ownership):
            raise ValueError("科室和局的事项不写 applies.kinds / ownership")
        return self


AnyOf.model_rebuild()
AllOf.model_rebuild()


def leaves(met_by: MetBy) -> tuple[ByEntry | ByFact, ...]:
    """Return the plain conditions inside a ``met_by``, left to right."""
    match met_by:
        case AnyOf():
            return tuple(leaf for one in met_by.any_of for leaf in leaves(one))
        case AllOf():
            return tuple(leaf for one in met_by.all_of for leaf in leaves(one))
        case _:
            return (met_by,)
