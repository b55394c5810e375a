"""What the organisation room records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field, model_validator

from anze.kernel.forms import computed
from anze.kernel.forms.parts import Proposed, Told
from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Code

People = Annotated[int, Field(ge=0, le=1_000_000)]
Number = Annotated[int, Field(ge=0, le=10_000)]


class MeetingHeld(kinds.Facts):
    """A safety meeting; ``chaired_by_post`` is the post of who led it."""

    topic: Code
    attendees: People
    chaired_by_post: Code | None = None
    minutes_filed: bool | None = None


class LeadingGroupSet(kinds.Facts):
    """A leading group 领导小组 was set up or changed."""

    members: Number
    head_post: Code


class PlanAdopted(kinds.Facts):
    """An implementation plan was adopted, in ``stages``, good until a day."""

    plan: Code
    stages: Number | None = None
    valid_until: date | None = None


class PledgeSigned(kinds.Facts):
    """Pledges 责任书 of the holders of a post: ``signed`` of ``expected``."""

    post: Code
    signed: People
    expected: People


class RulesCompiled(kinds.Facts):
    """The compilation of safety rules 制度汇编 was made or reviewed."""

    documents: Number
    reviewed_on: date | None = None


class SelfcheckDone(kinds.Facts):
    """A check list gone through. What is neither in ``no_items`` nor ``na_items`` was a yes."""

    checklist: Code
    answered: Number
    yes: Number
    no: Number
    na: Number
    no_items: tuple[Code, ...] = ()
    na_items: tuple[Code, ...] = ()
    proposed: tuple[Proposed, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> SelfcheckDone:
        if self.answered != self.yes + self.no + self.na:
            raise ValueError("是、否、不适用之和应等于已答项数")
        if self.no != len(self.no_items):
            raise ValueError("不合格项的个数与清单不一致")
        return self


def selfcheck_facts(facts: Mapping[str, Any]) -> dict[str, int]:
    """Return the total of answered items."""
    return {"answered": facts["yes"] + facts["no"] + facts["na"]}


def register() -> None:
    """Register the kinds; called once at start."""
    for name, facts, label in (
        ("meeting.held", MeetingHeld, "安全会议"),
        ("leading_group.set", LeadingGroupSet, "领导小组"),
        ("plan.adopted", PlanAdopted, "实施方案"),
        ("pledge.signed", PledgeSigned, "责任书签订"),
        ("rules.compiled", RulesCompiled, "制度汇编"),
        ("selfcheck.done", SelfcheckDone, "安全自查"),
    ):
        kinds.register(
            kinds.Kind(
                name=name, version=1, facts=facts, private=Told, visibility="unit", label=label
            )
        )
    computed.add("selfcheck.done", selfcheck_facts)
