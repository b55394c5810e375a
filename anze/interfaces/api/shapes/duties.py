"""Duties, why they stand as they do, waivers, and the plan board."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from anze.engines.duties.models import Occurrence
from anze.engines.duties.selectors.board import Asked, Board, ClauseRow
from anze.engines.duties.selectors.board import Counts as Counted
from anze.interfaces.api.shared import WAIVER_REASONS
from anze.kernel.packs import selectors as packs
from anze.kernel.web.wire.base import Day, Moment, RowId, Search, Slug, UnitRef

State = Literal["owed", "met", "met_late", "missed", "waived"]
AnyState = Literal["owed", "met", "met_late", "missed", "waived", "withdrawn", "lapsed"]
Reason = Literal[tuple(code for code, _ in WAIVER_REASONS)]  # type: ignore[valid-type]
Reasons = Annotated[str, StringConstraints(min_length=2, max_length=400)]


class DutyFilter(Schema):
    """Which occurrences, among those in sight that still stand."""

    unit: UUID | None = None
    under: UUID | None = Field(None, description="This unit and everything under it today.")
    state: State | None = None
    issuer: Slug | None = Field(None, description="Of which pack.", examples=["wujin"])
    requirement: Slug | None = Field(None, examples=["DRILL-MONTHLY"])
    clause: Slug | None = Field(None, description="Counted under this clause; with `issuer`.")
    due_from: Day | None = None
    due_to: Day | None = Field(None, description="Inclusive.")
    q: Search = Field("", description="Part of the requirement's title or the unit's name.")


class RequirementRef(Schema):
    """A requirement of a pack version."""

    pack: str = Field(examples=["wujin/2020.1"])
    ref: str = Field(examples=["DRILL-MONTHLY"])
    title: str
    who: str = Field(description="The post that holds it.", examples=["safety_officer"])
    every: str = Field(examples=["month"])
    form: str = Field(description="The form that records it, `issuer/ref`; empty: another way.")


class DutyOut(Schema):
    """One thing owed once: requirement × unit × subject × period."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 17,
                "requirement": {
                    "pack": "national/2026.1",
                    "ref": "DRILL-MONTHLY",
                    "title": "每月至少一次应急疏散演练",
                    "who": "safety_officer",
                    "every": "month",
                    "form": "national/drill",
                },
                "unit": {"id": "0190a6b2-7e00-7000-8000-000000000001", "name": "临湖小学东校区"},
                "subject": "",
                "period": "2026-11",
                "start": "2026-11-01",
                "end": "2026-11-30",
                "due": "2026-11-30",
                "deadline": "2026-12-04T00:00:00+08:00",
                "state": "owed",
                "count": 0,
                "needed": 1,
            }
        }
    )

    id: int
    requirement: RequirementRef
    unit: UnitRef
    subject: str = Field(description="For duties owed for each post, vehicle, …; else empty.")
    period: str = Field(examples=["2026-11"])
    start: date
    end: date = Field(description="Inclusive.")
    due: date
    deadline: Moment = Field(description="From this instant on it is late, grace included.")
    state: AnyState
    count: int = Field(description="How many entries count so far.")
    needed: int

    @classmethod
    def of(cls, occ: Occurrence) -> DutyOut:
        """Return the shape of an occurrence."""
        return cls(**_columns(occ))


class WaiverOut(Schema):
    """A waiver, or the proposal of one that a second person has not agreed to yet."""

    uid: UUID = Field(description="The entry: `POST /waivers/{uid}/confirm` agrees to a proposal.")
    kind: Literal["proposal", "waiver"]
    reason: str
    recorded: Moment
    proposed_by_me: bool


class DutyDetail(DutyOut):
    """An occurrence with what can be done about it."""

    sentence: str = Field(description="The rule in one Chinese sentence.")
    waivable: bool
    waivers: list[WaiverOut]
    may_record: bool
    may_waive: bool
    may_remind: bool


def _columns(occ: Occurrence) -> dict[str, Any]:
    names = ("subject", "period", "start", "end", "due", "deadline", "state", "count", "needed")
    asked = occ.requirement
    form = (
        asked.form if not asked.form or "/" in asked.form else f"{asked.pack.issuer}/{asked.form}"
    )
    return {
        **{name: getattr(occ, name) for name in names},
        "id": occ.pk,
        "unit": UnitRef.of(occ.unit),
        "requirement": RequirementRef(
            pack=asked.pack.name,
            ref=asked.ref,
            title=asked.title,
            who=asked.who,
            every=asked.every,
            form=form,
        ),
    }


def detail(occ: Occurrence, **more: Any) -> DutyDetail:
    """Return the shape of one occurrence shown whole."""
    return DutyDetail(**_columns(occ), **more)


class ClauseRef(Schema):
    """A clause of a plan, in our own words."""

    ref: str
    text: str
    source_section: str


class BasisOut(Schema):
    """What a rule rests on, and how sure one is of it."""

    ref: str
    title: str
    number: str | None
    article: str | None
    confidence: str


class VerdictOut(Schema):
    """The judgement, computed again for this answer from the live entries ≤ n."""

    state: AnyState
    count: int
    needed: int
    complete_since: Moment | None
    missing: list[str] = Field(description="What is still missing, in words.")


class CountedEntry(Schema):
    """An entry that counted."""

    uid: UUID
    n: int | None
    kind: str
    label: str
    happened: Moment
    recorded: Moment
    facts: dict[str, Any] | None = Field(description="Null where this person may not read them.")


class ChangeOut(Schema):
    """A state it had from ledger number `n` on."""

    n: int
    at: Moment
    state: AnyState
    count: int
    cause: UUID = Field(description="The entry that made it so.")


class WhyOut(Schema):
    """Everything one needs to follow a decision, or to dispute it.

    It is a function of the live entries ≤ `n`, the pack named by its hash, the algorithm named
    here, and the moment of asking.
    """

    duty: DutyOut
    rule: dict[str, Any] = Field(description="The requirement as the pack writes it.")
    sentence: str
    clauses: list[ClauseRef]
    basis: list[BasisOut]
    verdict: VerdictOut
    agrees: bool = Field(description="Whether the verdict is the state on record.")
    entries: list[CountedEntry]
    changes: list[ChangeOut]
    n: int
    asked_at: Moment
    pack: str = Field(examples=["wujin/2020.1"])
    pack_hash: str = Field(description="SHA-256 of the pack's canonical content.")
    algorithm: str = Field(examples=["duties-1"])


class WaiverIn(Schema):
    """Why a duty need not be met."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"reason": "suspended", "words": "校舍加固，停课一个月"}},
    )

    reason: Reason
    words: Reasons


class WordsIn(Schema):
    """Why one agrees."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"words": "情况属实"}})

    words: Reasons


class WaiverReceipt(Schema):
    """What was recorded."""

    uid: UUID
    waived: bool = Field(description="False: a proposal that a second person must agree to.")
    recorded: Moment


class LiftReceipt(Schema):
    """The waiver that no longer counts, and the entry that took it back."""

    waiver: UUID
    uid: UUID


class RemindIn(Schema):
    """Of which duties the holders are to be reminded."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"duties": [17, 23]}})

    duties: list[RowId] = Field(min_length=1, max_length=500)


class RemindReceipt(Schema):
    """How many were reminded; what is done meanwhile or out of reach is passed over."""

    reminded: int


class CountsOut(Schema):
    """How many stand where. Waived is a number of its own; `total` does not hold it."""

    met: int
    met_late: int
    missed: int
    owed: int
    waived: int
    total: int
    permille: int | None = Field(description="Done per thousand asked; null when none was asked.")

    @classmethod
    def of(cls, counts: Counted) -> CountsOut:
        """Return the shape of counts."""
        names = ("met", "met_late", "missed", "owed", "waived", "total", "permille")
        return cls(**{name: getattr(counts, name) for name in names})


class BoardClause(Schema):
    """A clause and the sum over the requirements that serve it."""

    ref: str
    text: str
    binds: Literal["units", "bureau", "both"]
    declared: bool = Field(description="A declaratory sentence: nothing is owed under it.")
    requirements: list[str] = Field(description="Refs of the requirements that serve it.")
    now: CountsOut
    before: CountsOut

    @classmethod
    def of(cls, row: ClauseRow) -> BoardClause:
        """Return the shape of a clause on the board."""
        return cls(
            ref=row.clause.ref,
            text=row.clause.text,
            binds=row.clause.binds,
            declared=row.clause.declared,
            requirements=[one.spec.ref for one in row.asked],
            now=CountsOut.of(row.now),
            before=CountsOut.of(row.before),
        )


class BoardHead(Schema):
    """A head of the plan."""

    ref: str
    title: str
    clauses: list[BoardClause]


class BoardRequirement(Schema):
    """A requirement: its running period and the one before."""

    ref: str
    title: str
    who: str
    level: str
    every: str
    period: str
    period_start: date | None
    period_before: str
    now: CountsOut
    before: CountsOut

    @classmethod
    def of(cls, asked: Asked) -> BoardRequirement:
        """Return the shape of a requirement on the board."""
        return cls(
            ref=asked.spec.ref,
            title=asked.spec.title,
            who=asked.spec.who,
            level=asked.spec.level,
            every=asked.spec.every,
            period=asked.now_label,
            period_start=asked.now_start,
            period_before=asked.before_label,
            now=CountsOut.of(asked.now),
            before=CountsOut.of(asked.before),
        )


class BoardOut(Schema):
    """A pack's board on a day, over the units in sight, as known at ledger number `n`."""

    pack: str = Field(examples=["wujin/2020.1"])
    pack_hash: str
    title: str
    day: date
    n: int
    heads: list[BoardHead]
    requirements: list[BoardRequirement] = Field(description="Each once, also those of no clause.")

    @classmethod
    def of(cls, board: Board) -> BoardOut:
        """Return the shape of a board."""
        parsed = packs.parsed(board.pack)
        rows = [row for head in board.heads for row in head.clauses]
        asked = {one.spec.ref: one for row in rows for one in row.asked}
        asked |= {one.spec.ref: one for one in board.others}
        return cls(
            pack=board.pack.name,
            pack_hash=board.pack.hash,
            title=parsed.meta.title,
            day=board.day,
            n=board.n,
            heads=[
                BoardHead(
                    ref=head.head.ref,
                    title=head.head.title,
                    clauses=[BoardClause.of(row) for row in head.clauses],
                )
                for head in board.heads
            ],
            requirements=[BoardRequirement.of(asked[ref]) for ref in sorted(asked)],
        )


class BoardFilter(Schema):
    """As known when."""

    on: Day | None = Field(None, description="As known at the end of this day; default: now.")


class WhyFilter(Schema):
    """From which entries."""

    n: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = Field(
        None, description="Only entries numbered up to this; default: all judged so far."
    )
