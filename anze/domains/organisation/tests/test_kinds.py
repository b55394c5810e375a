"""A self-check adds up, or it is not recorded."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from anze.domains.organisation import kinds
from anze.kernel.forms import computed
from anze.kernel.ledger import kinds as ledger

CHECK = {"checklist": "weekly", "answered": 3, "yes": 1, "no": 1, "na": 1, "no_items": ["exits"]}
NAMES = [
    "meeting.held",
    "leading_group.set",
    "plan.adopted",
    "pledge.signed",
    "rules.compiled",
    "selfcheck.done",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_kind_is_known_to_the_ledger_after_start(name):
    assert ledger.get(name).label


def test_a_self_check_that_adds_up_is_taken():
    assert kinds.SelfcheckDone.model_validate(CHECK).no_items == ("exits",)


@pytest.mark.parametrize("fault", [{"answered": 4}, {"no": 2, "yes": 0}, {"no_items": []}])
def test_a_self_check_that_does_not_add_up_is_refused(fault):
    with pytest.raises(ValidationError):
        kinds.SelfcheckDone.model_validate({**CHECK, **fault})


def test_the_number_answered_is_computed():
    facts = {key: value for key, value in CHECK.items() if key != "answered"}
    assert computed.complete("selfcheck.done", facts)["answered"] == 3
