"""Outreach is told in codes and numbers; names and words have no place among the facts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from anze.domains.outreach import kinds
from anze.kernel.ledger import kinds as ledger


@pytest.mark.parametrize("name", ["lecture.held", "training.held", "publicity.done"])
def test_the_kind_is_known_to_the_ledger_after_start(name):
    assert ledger.get(name).label


def test_a_lecturer_is_named_by_post_not_by_name():
    facts = {"topic": "spring", "attendees": 40}
    kinds.LectureHeld.model_validate({**facts, "lecturer_post": "principal"})
    with pytest.raises(ValidationError):
        kinds.LectureHeld.model_validate({**facts, "lecturer_post": "王校长"})


def test_hours_are_whole_tenths():
    facts = {"topic": "officer", "attendees": 2, "hours_tenths": 120}
    assert kinds.TrainingHeld.model_validate(facts).hours_tenths == 120
    with pytest.raises(ValidationError):
        kinds.TrainingHeld.model_validate({**facts, "hours_tenths": 2.5})
