"""Units merge and split as a whole or not at all."""

from datetime import timedelta

import pytest

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound, Refused
from anze.kernel.ledger.models import Entry
from anze.kernel.units import reconcile, selectors, services
from anze.kernel.units.models import Edge, Succession, Unit
from anze.kernel.units.services import Part

TODAY = Ctx.system().today
SOON = TODAY + timedelta(days=10)


def names_under(cast, unit, day):
    return {one.name for one in selectors.children(cast.ctx("desk"), unit.pk, day)}


def test_a_merge_hands_the_campuses_over_and_closes_the_source_from_its_day(cast):
    was = names_under(cast, cast.junior, TODAY) | names_under(cast, cast.primary, TODAY)
    services.merge(cast.ctx("desk"), [cast.junior.pk], into=cast.primary.pk, on=SOON)
    assert names_under(cast, cast.primary, SOON) == was
    assert names_under(cast, cast.primary, TODAY) < was
    cast.junior.refresh_from_db()
    assert (cast.junior.closed_on, cast.junior.successor) == (SOON, cast.primary)
    entry = Entry.objects.get(kind="units.succeeded")
    assert entry.unit_id == cast.primary.pk
    assert entry.data["predecessor"] == str(cast.junior.pk)
    assert list(reconcile.drift(Ctx.system())) == []


def test_the_same_merge_again_changes_nothing(cast):
    for _ in range(2):
        services.merge(cast.ctx("desk"), [cast.junior.pk], into=cast.primary.pk, on=TODAY)
    assert Succession.objects.count() == 1
    assert Entry.objects.filter(kind="units.closed").count() == 1


def test_a_merge_that_cannot_be_leaves_everything_as_it_was(cast):
    before = (Edge.objects.count(), Entry.objects.count())
    ctx = cast.ctx("desk")
    for sources, into, on in (
        ([cast.primary.pk], cast.primary.pk, TODAY),
        ([cast.junior.pk, cast.primary.pk], cast.primary.pk, TODAY),
        ([cast.junior_campus.pk], cast.primary.pk, TODAY),
        ([cast.junior.pk], cast.primary.pk, cast.primary.opened_on - timedelta(days=1)),
    ):
        with pytest.raises(Refused):
            services.merge(ctx, sources, into=into, on=on)
    with pytest.raises(NotFound):
        services.merge(ctx, [cast.other_school.pk], into=cast.primary.pk, on=TODAY)
    with pytest.raises(Denied):
        services.merge(cast.ctx("principal"), [cast.primary.pk], into=cast.primary.pk, on=TODAY)
    assert (Edge.objects.count(), Entry.objects.count()) == before


def test_a_split_makes_a_unit_of_a_campus_and_keeps_the_rest(cast):
    ctx, west = cast.ctx("desk"), cast.primary_west
    (made,) = services.split(
        ctx, cast.primary.pk, [Part("西城小学", (west.pk,))], on=SOON, keep=True
    )
    assert (made.kind, made.opened_on) == (cast.primary.kind, SOON)
    assert names_under(cast, made, SOON) == {west.name}
    assert west.name not in names_under(cast, cast.primary, SOON)
    assert Unit.objects.get(pk=cast.primary.pk).closed_on is None
    row = Succession.objects.get()
    assert (row.predecessor, row.successor, row.how) == (cast.primary, made, "split")
    assert list(reconcile.drift(Ctx.system())) == []


def test_a_split_whole_closes_the_old_unit(cast):
    parts = [
        Part("东城小学", (cast.primary_east.pk,)),
        Part("西城小学", (cast.primary_west.pk,)),
    ]
    services.split(cast.ctx("desk"), cast.primary.pk, parts, on=TODAY, keep=False)
    assert Unit.objects.get(pk=cast.primary.pk).closed_on == TODAY
    assert Succession.objects.count() == 2


def test_a_split_says_which_campus_is_left_over_or_named_twice(cast):
    east, west = cast.primary_east.pk, cast.primary_west.pk
    for parts, keep, said in (
        ([], True, "至少"),
        ([Part("甲", ())], True, "至少"),
        ([Part("甲", (east,)), Part("乙", (east,))], True, "只能划给一个"),
        ([Part("甲", (cast.junior_campus.pk,))], True, "不属于"),
        ([Part("甲", (east,))], False, "没有去向"),
        ([Part("甲", (east, west))], True, "也没有留下"),
    ):
        with pytest.raises(Refused, match=said):
            services.split(cast.ctx("desk"), cast.primary.pk, parts, on=TODAY, keep=keep)
    assert Unit.objects.filter(name__in=["甲", "乙"]).count() == 0
