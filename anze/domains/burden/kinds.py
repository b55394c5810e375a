"""What the burden room records."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Code, Facts, Kind, Private

Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Short = Annotated[str, StringConstraints(max_length=200)]


class Said(Facts):
    """Somebody said what is too much. ``named`` is false where no account was kept."""

    suggestion: UUID
    about: Literal["repeated", "needless", "impossible", "other"]
    named: bool
    route: Code | None = None
    form: Code | None = None
    requirement: Code | None = None


class SaidWords(Private):
    """In what words."""

    words: Words


class Taken(Facts):
    """The actor took a suggestion up."""

    suggestion: UUID


class Answered(Facts):
    """The actor closed a suggestion, with an answer."""

    suggestion: UUID
    outcome: Literal["changed", "planned", "kept", "elsewhere"]
    published: bool


class AnswerWords(Private):
    """The answer, and the public summary if there is one."""

    answer: Words
    said: Short = ""
    changed: Short = ""


# Nobody's head reads in the ledger what he said: these are on no list, the worklist shows them.
SAID = Kind("burden.said", 1, Said, "reporter", "投诉建议", SaidWords)
TAKEN = Kind("burden.taken", 1, Taken, "bureau", "受理投诉建议")
ANSWERED = Kind("burden.answered", 1, Answered, "bureau", "答复投诉建议", AnswerWords)


class Proposed(Facts):
    """The actor wants to collect data that no requirement asks for. Its text stays private."""

    task: UUID
    digest: Code
    fields: int
    asked_again: int
    scope: UUID
    ends: date


class TaskText(Private):
    """What it asks and why, as JSON text."""

    text: Annotated[str, StringConstraints(min_length=2, max_length=30_000)]


class Decided(Facts):
    """The actor, not its author, let a task go out or gave it back."""

    task: UUID
    digest: Code
    author: UUID
    approved: bool


class Closed(Facts):
    """A task asks nobody any more: it was withdrawn, or its day came."""

    task: UUID
    reason: Literal["withdrawn", "ended"]


class Collected(Facts):
    """A unit answered a task: how many fields were filled in, how many as they were last time."""

    task: UUID
    filled: int
    prefilled: int


class Values(Private):
    """The answers as JSON text."""

    text: Annotated[str, StringConstraints(min_length=2, max_length=30_000)]


class Reminded(Facts):
    """A unit was reminded of a task."""

    task: UUID


PROPOSED = Kind("burden.proposed", 1, Proposed, "bureau", "提请临时报表", TaskText)
DECIDED = Kind("burden.decided", 1, Decided, "bureau", "审批临时报表")
CLOSED = Kind("burden.closed", 1, Closed, "bureau", "临时报表结束")
COLLECTED = Kind("burden.collected", 1, Collected, "unit", "填报临时报表", Values)
REMINDED = Kind("burden.reminded", 1, Reminded, "unit", "催办临时报表")


def register() -> None:
    """Make the kinds known to the ledger."""
    for kind in (SAID, TAKEN, ANSWERED, PROPOSED, DECIDED, CLOSED, COLLECTED, REMINDED):
        kinds.register(kind)
