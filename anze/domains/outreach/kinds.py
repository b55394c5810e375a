"""What the outreach room records."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from anze.kernel.forms.parts import Told
from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Code

People = Annotated[int, Field(ge=0, le=1_000_000)]


class LectureHeld(kinds.Facts):
    """A lecture 宣讲 by the holder of a post; the plan asks heads and deputies to give them."""

    topic: Code
    lecturer_post: Code
    attendees: People
    expected: People | None = None


class TrainingHeld(kinds.Facts):
    """A training; ``hours_tenths`` are tenths of an hour, ``tested`` whether it ended in a test."""

    topic: Code
    hours_tenths: Annotated[int, Field(ge=0, le=10_000)] | None = None
    attendees: People
    expected: People | None = None
    tested: bool | None = None


class PublicityDone(kinds.Facts):
    """Something made known; ``reach`` is how many people it was meant to reach, as told."""

    channel: Code
    topic: Code
    reach: People | None = None


def register() -> None:
    """Register the kinds; called once at start."""
    for name, facts, label in (
        ("lecture.held", LectureHeld, "宣讲"),
        ("training.held", TrainingHeld, "安全培训"),
        ("publicity.done", PublicityDone, "宣传"),
    ):
        kinds.register(
            kinds.Kind(
                name=name, version=1, facts=facts, private=Told, visibility="unit", label=label
            )
        )
