"""The picture of all units on a day, as known at a number of the ledger."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import sequencer
from anze.kernel.ledger.models import Leaf
from anze.kernel.units import selectors, services
from anze.kernel.units.world import UnitRow, build, chain
from anze.lib.ids import uuid7

TODAY = Ctx.system().today


def number():
    """Number what waits; return the size of the tree."""
    sequencer.advance()
    return Leaf.objects.count()


def test_the_world_says_what_rules_read(cast):
    world = selectors.load_world(None, TODAY)
    unit = world.units[cast.vocational.pk]
    assert (unit.level, unit.kind, unit.ownership, unit.status) == (
        "unit",
        "vocational",
        "public",
        "open",
    )
    assert unit.facts["boarding"] == "yes"
    assert unit.ancestors == (cast.district.pk, cast.authority.pk)
    assert world.units[cast.primary_east.pk].parent == cast.primary.pk
    assert world.district_of(cast.primary_east.pk) == cast.district.pk
    assert world.subtree(cast.town.pk) == selectors.subtree(cast.town.pk, TODAY)
    assert world.alive(cast.primary.pk)


@pytest.mark.parametrize("numbered", [False, True])
def test_the_world_takes_at_most_four_queries(cast, numbered, django_assert_max_num_queries):
    at_n = number() if numbered else None
    with django_assert_max_num_queries(4):
        selectors.load_world(at_n, TODAY)


def test_what_is_recorded_later_is_not_known_at_an_earlier_number(cast):
    ctx, unit = Ctx.system(), cast.primary.pk
    services.set_fact(ctx, unit, "pupils", "900", since=date(2025, 9, 1))
    then = number()
    services.set_fact(ctx, unit, "pupils", "950", since=date(2025, 9, 1))
    services.move(ctx, unit, to=cast.district.pk, since=TODAY)
    services.close(ctx, cast.junior_campus.pk, on=TODAY)
    services.register_unit(
        ctx, level="unit", kind="primary", name="后来小学", parent_id=cast.town.pk
    )
    now = number()
    old, new = selectors.load_world(then, TODAY), selectors.load_world(now, TODAY)
    assert (old.units[unit].facts["pupils"], new.units[unit].facts["pupils"]) == ("900", "950")
    assert (old.units[unit].parent, new.units[unit].parent) == (cast.town.pk, cast.district.pk)
    campus = cast.junior_campus.pk
    assert (old.units[campus].status, new.units[campus].status) == ("open", "closed")
    assert len(new.units) == len(old.units) + 1


def test_the_world_at_the_last_number_is_the_world_now(cast):
    services.move(Ctx.system(), cast.primary.pk, to=cast.district.pk, since=TODAY)
    for day in (TODAY, TODAY - timedelta(days=1), date(2001, 1, 1)):
        assert selectors.load_world(number(), day).units == selectors.load_world(None, day).units


def test_an_entry_without_a_number_is_not_known_at_any(cast):
    then = number()
    services.set_fact(Ctx.system(), cast.primary.pk, "pupils", "900", since=TODAY)
    assert "pupils" not in selectors.load_world(then, TODAY).units[cast.primary.pk].facts
    assert "pupils" in selectors.load_world(None, TODAY).units[cast.primary.pk].facts


def test_a_suspended_or_closed_unit_is_not_alive(cast):
    ctx = Ctx.system()
    services.set_fact(ctx, cast.training.pk, "status", "suspended", since=TODAY)
    services.close(ctx, cast.junior_campus.pk, on=TODAY)
    world = selectors.load_world(None, TODAY)
    assert not world.alive(cast.training.pk)
    assert not world.alive(cast.junior_campus.pk)
    assert selectors.load_world(None, TODAY - timedelta(days=1)).alive(cast.junior_campus.pk)


def test_groups_are_known_beside_the_line(cast):
    ctx = Ctx.system()
    group = services.register_unit(ctx, level="group", name="集团", parent_id=cast.district.pk)
    services.join_group(ctx, cast.primary.pk, group_id=group.pk, since=TODAY)
    world = selectors.load_world(None, TODAY)
    assert world.units[cast.primary.pk].groups == (group.pk,)
    assert world.units[cast.primary.pk].ancestors[0] == cast.town.pk


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_the_subtree_of_the_world_is_every_unit_with_that_ancestor(parents):
    ids = [uuid7() for _ in parents]
    line = {ids[i]: ids[p % i] for i, p in enumerate(parents) if i}
    rows = [UnitRow(unit, "unit", TODAY, None) for unit in ids]
    world = build(None, TODAY, rows, line, {}, {})
    for root in ids:
        naive = {unit for unit in ids if root == unit or root in chain(unit, line)}
        assert world.subtree(root) == naive
    assert world.subtree(uuid7()) == frozenset()
