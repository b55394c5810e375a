"""What is live as of a number: the database against a model a child could check."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict
from anze.kernel.ledger import selectors, sequencer, services
from anze.kernel.ledger.tests.support import DRILL, UNIT, fresh_unit

pytestmark = pytest.mark.django_db

STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "supersede", "retract", "number"]), st.integers(0, 30)),
    max_size=14,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_the_live_set_at_any_number_equals_the_naive_model(steps):
    ctx, unit, entries = Ctx.system(via="web"), fresh_unit(), []
    start = selectors.size()
    for deed, which in steps:
        if deed == "number":
            sequencer.advance()
        elif deed == "add" or not entries:
            facts = {"participants": which}
            entries.append(services.record(ctx, DRILL.name, unit_id=unit, facts=facts))
        else:
            _try(ctx, deed, entries[which % len(entries)], entries)
    sequencer.advance()
    for at_n in range(start, start + len(entries) + 1):
        got = {row.uid for row in selectors.live(unit_id=unit, at_n=at_n)}
        assert got == _naive(entries[: at_n - start])
    assert {row.uid for row in selectors.live(unit_id=unit)} == _naive(entries)


def _try(ctx, deed, target, entries):
    live = target.uid in _naive(entries)
    try:
        if deed == "retract":
            made = services.retract(ctx, target, "mistake")
        else:
            made = services.supersede(ctx, target, facts={"participants": 0})
    except Conflict:
        assert not live
    else:
        assert live
        entries.append(made)


def _naive(entries):
    """Replay: an entry is live from its turn until another names it; retractions never are."""
    live = set()
    for entry in entries:
        if entry.target:
            live.discard(entry.target)
        if entry.op != "retract":
            live.add(entry.uid)
    return live


def test_an_entry_without_a_number_does_not_count_yet(drill):
    drill(1, numbered=False)
    assert selectors.live(unit_id=UNIT).count() == 0


def test_live_filters_by_kind_and_several_units(ctx, drill):
    a, b = fresh_unit(), fresh_unit()
    drill(1, unit_id=a)
    drill(2, unit_id=b)
    drill(3)
    assert selectors.live(kind=DRILL.name, unit_id=[a, b]).count() == 2
    assert selectors.live(kind=["ledgertest.notice"], unit_id=a).count() == 0
    assert {entry.n for entry in selectors.live()} == {1, 2, 3}
