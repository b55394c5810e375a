"""Rows that no longer say what their entries say are found and named."""

from datetime import timedelta

import pytest

from anze.kernel.bus.ctx import Ctx
from anze.kernel.units import reconcile, services
from anze.kernel.units.models import CalendarOverride, Edge, Place, Term, Unit, UnitFact

TODAY = Ctx.system().today


def drift():
    return [found.what for found in reconcile.drift(Ctx.system())]


@pytest.fixture
def lived(cast):
    """The cast after every kind of change."""
    ctx = Ctx.system()
    group = services.register_unit(ctx, level="group", name="集团", parent_id=cast.district.pk)
    services.join_group(ctx, cast.primary.pk, group_id=group.pk, since=TODAY - timedelta(9))
    services.leave_group(ctx, cast.primary.pk, group_id=group.pk, since=TODAY)
    services.move(ctx, cast.primary.pk, to=cast.district.pk, since=TODAY)
    services.set_codes(ctx, cast.junior.pk, code="3132001002", uscc="")
    services.set_codes(ctx, cast.junior.pk, code="3132001003", uscc="")
    services.set_fact(ctx, cast.junior.pk, "kind", "nine_year", since=TODAY)
    services.rename(ctx, cast.bus.pk, name="平安校车公司")
    place = services.add_place(ctx, cast.primary_east.pk, name="北门", category="gate")
    services.remove_place(ctx, place.pk)
    services.close(ctx, cast.training_campus.pk, on=TODAY)
    end = TODAY + timedelta(days=100)
    services.set_term(ctx, cast.district.pk, code="t", name="学期", start=TODAY, end=end)
    services.override_day(ctx, cast.district.pk, day=TODAY, kind="holiday", name="停课")
    return cast


def test_a_lived_district_agrees_with_its_ledger(lived):
    assert drift() == []


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Unit, {"opened_on": TODAY}),
        (Unit, {"name": "改过的名"}),
        (Unit, {"kind": "senior"}),
        (Unit, {"status": "suspended"}),
        (Unit, {"uscc": "X"}),
        (Edge, {"valid_from": TODAY - timedelta(days=2)}),
        (UnitFact, {"value": "senior"}),
        (Place, {"category": "canteen"}),
        (Place, {"valid_to": TODAY + timedelta(days=1)}),
        (Term, {"end": TODAY + timedelta(days=101)}),
        (CalendarOverride, {"kind": "workday"}),
    ],
)
def test_a_row_changed_behind_the_services_is_drift(lived, model, values):
    model.objects.update(**values)
    assert drift()


def test_a_deleted_row_is_drift(lived):
    CalendarOverride.objects.all().delete()
    assert drift() == ["no row"]
