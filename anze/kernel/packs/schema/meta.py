"""The parts of a pack that say who speaks, on what authority, about what, to whom and when."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from anze.kernel.packs.schema.base import (
    KIND_GROUPS,
    Access,
    Bool,
    ClauseRef,
    Code,
    Confidence,
    Day,
    HeadRef,
    Issuer,
    KindName,
    Line,
    Name,
    PackName,
    Part,
    Positive,
    SourceRef,
    Text,
    UnitKind,
    Version,
)


def _expand_kinds(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        return value
    out: list[Any] = []
    for kind in value:
        group = KIND_GROUPS.get(kind, (kind,)) if isinstance(kind, str) else (kind,)
        out.extend(one for one in group if one not in out)
    return tuple(out)


Kinds = Annotated[tuple[UnitKind, ...], BeforeValidator(_expand_kinds)]


class Meta(Part):
    """``pack.yaml``."""

    issuer: Issuer
    version: Version
    title: Line
    kind: Literal["plan", "law", "checklist", "report"]
    status: Literal["draft", "released"]
    depends: tuple[PackName, ...] = ()
    provenance: Text
    confidence: Text

    @property
    def name(self) -> str:
        """``wujin/2020.1``."""
        return f"{self.issuer}/{self.version}"


class Source(Part):
    """Where a rule is written and how sure we are of it (``sources.yaml``: id → source)."""

    title: Line
    number: Line | None = None  # 文号
    article: Line | None = None
    date: Line | None = None  # as printed: "2021-06-10", "2014", "2020 年"
    confidence: Confidence
    note: Text | None = None


class Clause(Part):
    """One thing the plan asks or promises, in our own words."""

    ref: ClauseRef
    head: HeadRef
    text: Text
    source_section: Line
    binds: Literal["units", "bureau", "both"]
    # A purely declaratory sentence: nothing is owed under it, and nobody need serve it.
    declared: Bool = False


class Head(Part):
    """A section of the plan; the plan numbers two sections 四, here 4a and 4b."""

    ref: HeadRef
    title: Line


class Clauses(Part):
    """``clauses.yaml``."""

    heads: tuple[Head, ...]
    clauses: tuple[Clause, ...]


class Post(Part):
    """A 岗位: what it is called, where it stands, and the access role its holder gets."""

    code: Name
    title: Line
    level: Literal["district", "town", "section", "unit", "campus"]
    role: Access
    duties: tuple[Text, ...] = ()

    @property
    def at_bureau(self) -> bool:
        """Whether the post stands in the bureau, not in a unit."""
        return self.level in ("district", "town", "section")


class Section(Part):
    """A section (科室) of the bureau that owes something."""

    code: Name
    title: Line


class Roles(Part):
    """``roles.yaml``."""

    posts: tuple[Post, ...] = ()
    sections: tuple[Section, ...] = ()


class TermSpec(Part):
    """A school term, first and last day inclusive."""

    code: Name
    name: Line
    start: Day
    end: Day

    @model_validator(mode="after")
    def _runs_forward(self) -> TermSpec:
        if self.end <= self.start:
            raise ValueError("学期的结束日应晚于开始日")
        return self


class Override(Part):
    """A day that is not what its weekday says (调休)."""

    day: Day
    kind: Literal["workday", "holiday"]
    name: Line
    source: SourceRef
    confidence: Confidence


def _month_day(value: str) -> str:
    month, day = int(value[:2]), int(value[3:])
    if not (
        1 <= month <= 12 and 1 <= day <= (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    ):
        raise ValueError("月日应写成 05-01")
    return value


MonthDay = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[0-9]{2}-[0-9]{2}$"), AfterValidator(_month_day)
]


class CriticalPeriod(Part):
    """A 重点时段: part of each school day, a season, or weather; start and end recur yearly."""

    code: Name
    name: Line
    scope: Literal["daily", "season", "weather"]
    start: MonthDay | None = None
    end: MonthDay | None = None
    clauses: tuple[ClauseRef, ...] = ()
    basis: tuple[SourceRef, ...] = ()
    confidence: Confidence = "F"


class Calendar(Part):
    """``calendar.yaml``."""

    terms: tuple[TermSpec, ...] = ()
    overrides: tuple[Override, ...] = ()
    critical_periods: tuple[CriticalPeriod, ...] = ()


class CatalogueItem(Part):
    """One must-do item of a 清单, with the record kinds that prove it."""

    no: Positive
    title: Line
    basis: tuple[SourceRef, ...]
    applies_to: Kinds
    evidence: tuple[KindName, ...]
    cycle: Literal["once", "day", "week", "month", "quarter", "term", "year", "event"]
    clauses: tuple[ClauseRef, ...] = ()
    note: Text | None = None


class Catalogue(Part):
    """``checklists/*.yaml``: a versioned 清单; its ``label`` is shown wherever it is."""

    ref: Name
    title: Line
    version: Code
    doc_no: Line | None = None
    source: SourceRef
    confidence: Confidence
    label: Line
    valid_from: Day
    items: tuple[CatalogueItem, ...] = Field(min_length=1)
