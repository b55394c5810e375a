"""A drill says how many of those expected took part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from anze.domains.emergency import kinds
from anze.kernel.forms import computed
from anze.kernel.ledger import kinds as ledger

PEOPLE = st.integers(0, 1_000_000)


@given(PEOPLE, PEOPLE)
def test_the_share_is_never_rounded_up(participants, expected):
    share = kinds.drill_facts({"participants": participants, "expected": expected})
    permille = share["participants_permille"]
    if expected:
        assert permille * expected <= participants * 1000 < (permille + 1) * expected
    else:
        assert permille == 0


def test_a_form_gets_the_share_without_asking_for_it():
    facts = {"drill_type": "fire", "participants": 9, "expected": 10, "evaluated": True}
    whole = computed.complete("drill.held", facts)
    assert kinds.DrillHeld.model_validate(whole).participants_permille == 900


def test_a_drill_of_an_unknown_type_is_refused():
    facts = {"drill_type": "x", "participants": 1, "expected": 1, "participants_permille": 1000}
    with pytest.raises(ValidationError):
        kinds.DrillHeld.model_validate({**facts, "evaluated": True})


def test_the_kind_is_known_to_the_ledger_after_start():
    assert ledger.get("drill.held").facts is kinds.DrillHeld
