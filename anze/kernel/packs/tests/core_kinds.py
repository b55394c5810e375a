"""The core kinds packs rely on, as tests know them: names and fact fields, without the rooms."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel

from anze.kernel.packs.known import KnownKind, from_model


class DrillHeld(BaseModel):
    drill_type: Literal["evacuation", "fire", "bus", "earthquake", "anti_terror", "other"]
    participants: int
    expected: int
    participants_permille: int
    duration_seconds: int
    evaluated: bool


class LectureHeld(BaseModel):
    topic: str
    lecturer_post: str
    attendees: int
    expected: int


class TrainingHeld(BaseModel):
    topic: str
    hours_tenths: int
    attendees: int
    expected: int
    tested: bool


class MeetingHeld(BaseModel):
    topic: str
    attendees: int
    chaired_by_post: str
    minutes_filed: bool


class SelfcheckDone(BaseModel):
    checklist: str
    answered: int
    yes: int
    no: int
    na: int
    no_items: list[str]
    na_items: list[str]


class PublicityDone(BaseModel):
    channel: str
    topic: str
    reach: int


class LeadingGroupSet(BaseModel):
    members: int
    head_post: str


class PlanAdopted(BaseModel):
    plan: str
    stages: int
    valid_until: date


class PledgeSigned(BaseModel):
    post: str
    signed: int
    expected: int


class RulesCompiled(BaseModel):
    documents: int
    reviewed_on: date


class PostGiven(BaseModel):
    holding: str
    post: str
    valid_from: date


CORE: dict[str, KnownKind] = {
    name: from_model(name, model)
    for name, model in {
        "drill.held": DrillHeld,
        "lecture.held": LectureHeld,
        "training.held": TrainingHeld,
        "meeting.held": MeetingHeld,
        "selfcheck.done": SelfcheckDone,
        "publicity.done": PublicityDone,
        "leading_group.set": LeadingGroupSet,
        "plan.adopted": PlanAdopted,
        "pledge.signed": PledgeSigned,
        "rules.compiled": RulesCompiled,
        "people.post_given": PostGiven,
    }.items()
}
