"""Units enter, move in and leave the tree."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.ledger.models import Entry
from anze.kernel.units import selectors, services
from anze.kernel.units.models import Edge, Place, Unit

TODAY = Ctx.system().today


def entries(kind):
    return list(Entry.objects.filter(kind=kind).order_by("pk"))


def test_registering_a_unit_is_one_entry_with_codes_and_dates_and_no_names(cast):
    before = Entry.objects.count()
    unit = services.register_unit(
        Ctx.system(), level="unit", kind="primary", name="新建小学", parent_id=cast.town.pk
    )
    assert Entry.objects.count() == before + 1
    entry = entries("units.registered")[-1]
    assert entry.uid == unit.entry_uid
    assert entry.unit_id == unit.pk
    assert entry.data == {
        "level": "unit",
        "kind": "primary",
        "parent": str(cast.town.pk),
        "since": str(TODAY),
        "opened": str(TODAY),
    }
    assert "新建" not in entry.facts


def test_a_refused_registration_leaves_neither_row_nor_entry(cast):
    units, said = Unit.objects.count(), Entry.objects.count()
    with pytest.raises(Refused):
        services.register_unit(
            Ctx.system(),
            level="unit",
            kind="primary",
            name="某校",
            parent_id=cast.town.pk,
            facts={"pupils": "many"},
        )
    assert (Unit.objects.count(), Entry.objects.count()) == (units, said)


@pytest.mark.parametrize(
    ("level", "parent"),
    [("town", "primary"), ("campus", "district"), ("unit", "section"), ("unit", "junior_campus")],
)
def test_a_node_hangs_only_where_its_level_belongs(cast, level, parent):
    kind = "primary" if level in ("unit", "campus") else ""
    with pytest.raises(Refused) as refusal:
        services.register_unit(
            Ctx.system(), level=level, kind=kind, name="某", parent_id=getattr(cast, parent).pk
        )
    assert refusal.value.field == "level"


def test_only_the_top_of_a_tree_has_no_parent(db):
    assert services.register_unit(Ctx.system(), level="district", name="某区").level == "district"
    with pytest.raises(Refused):
        services.register_unit(Ctx.system(), level="town", name="某镇")


def test_a_school_code_is_kept_in_plain_form_and_taken_once(cast):
    assert cast.primary.code == "2132001001"
    with pytest.raises(Conflict) as conflict:
        services.set_codes(Ctx.system(), cast.junior.pk, code="２１３２００１００１", uscc="")
    assert "临湖小学" in conflict.value.where
    with pytest.raises(Refused) as refusal:
        services.set_codes(Ctx.system(), cast.junior.pk, code="99", uscc="")
    assert refusal.value.field == "code"


def test_a_name_is_found_by_pinyin_initials_and_part(cast):
    ctx = cast.ctx("desk")
    for text in ("linhu", "lhxx", "湖小", "LHXX", "2132001"):
        assert cast.primary in selectors.search(ctx, text), text
    assert cast.junior not in selectors.search(ctx, "lhxx")


def test_renaming_changes_what_is_shown_and_keeps_the_name_out_of_the_facts(cast):
    services.rename(cast.ctx("desk"), cast.primary.pk, name="临湖实验小学")
    cast.primary.refresh_from_db()
    assert (cast.primary.name, cast.primary.initials) == ("临湖实验小学", "lhsyxx")
    assert "临湖" not in entries("units.renamed")[-1].facts
    services.rename(cast.ctx("desk"), cast.primary.pk, name="临湖实验小学")
    assert len(entries("units.renamed")) == 1


def test_a_move_holds_from_its_day_and_the_past_stays(cast):
    ctx, day = cast.ctx("desk"), TODAY - timedelta(days=10)
    services.move(ctx, cast.primary.pk, to=cast.district.pk, since=day)
    before = day - timedelta(days=1)
    assert selectors.ancestors(cast.primary.pk, before)[0] == cast.town.pk
    assert selectors.ancestors(cast.primary.pk, day)[0] == cast.district.pk
    assert cast.primary_east.pk in selectors.subtree(cast.town.pk, before)
    assert cast.primary_east.pk not in selectors.subtree(cast.town.pk, day)
    assert cast.primary_east.pk in selectors.subtree(cast.district.pk, day)


def test_a_move_before_the_present_edge_is_refused_and_the_same_move_again_is_nothing(cast):
    ctx = cast.ctx("desk")
    services.move(ctx, cast.primary.pk, to=cast.district.pk, since=TODAY)
    services.move(ctx, cast.primary.pk, to=cast.district.pk, since=TODAY)
    assert len(entries("units.moved")) == 1
    with pytest.raises(Refused):
        services.move(ctx, cast.primary.pk, to=cast.town.pk, since=TODAY - timedelta(days=1))


def test_a_move_on_the_day_of_the_last_one_corrects_it(cast):
    ctx = cast.ctx("desk")
    services.move(ctx, cast.primary.pk, to=cast.district.pk, since=TODAY)
    services.move(ctx, cast.primary.pk, to=cast.town.pk, since=TODAY)
    assert selectors.ancestors(cast.primary.pk, TODAY)[0] == cast.town.pk


def test_the_database_holds_one_open_line_edge_per_unit(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Edge.objects.create(
            child=cast.primary,
            parent=cast.district,
            relation="line",
            valid_from=TODAY,
            entry_uid=cast.primary.entry_uid,
        )


def test_a_group_has_members_from_a_day_to_a_day(cast):
    ctx = cast.ctx("desk")
    group = services.register_unit(
        ctx, level="group", name="星湖教育集团", parent_id=cast.district.pk
    )
    joined, left = TODAY - timedelta(days=5), TODAY
    services.join_group(ctx, cast.primary.pk, group_id=group.pk, since=joined)
    services.join_group(ctx, cast.primary.pk, group_id=group.pk, since=joined)
    assert list(selectors.members(ctx, group.pk, joined)) == [cast.primary]
    services.leave_group(ctx, cast.primary.pk, group_id=group.pk, since=left)
    assert list(selectors.members(ctx, group.pk, left)) == []
    assert len(entries("units.group_joined")) == len(entries("units.group_left")) == 1
    assert cast.primary.pk not in selectors.subtree(group.pk, joined)


def test_a_unit_closes_after_its_campuses_and_names_its_successor(cast):
    ctx = cast.ctx("desk")
    with pytest.raises(Refused) as refusal:
        services.close(ctx, cast.junior.pk, on=TODAY)
    assert "校区" in refusal.value.remedy
    services.close(ctx, cast.junior_campus.pk, on=TODAY)
    services.close(ctx, cast.junior.pk, on=TODAY, successor_id=cast.vocational.pk)
    cast.junior.refresh_from_db()
    assert (cast.junior.status, cast.junior.successor) == ("closed", cast.vocational)
    assert selectors.get(cast.ctx("junior_head"), cast.junior.pk) == cast.junior
    with pytest.raises(Conflict):
        services.close(ctx, cast.junior.pk, on=TODAY - timedelta(days=1))


def test_a_unit_does_not_succeed_itself(cast):
    services.close(Ctx.system(), cast.junior_campus.pk, on=TODAY)
    with pytest.raises(Refused):
        services.close(Ctx.system(), cast.junior.pk, on=TODAY, successor_id=cast.junior.pk)


def test_a_closing_to_come_shows_in_the_row_only_when_its_day_is_settled(cast):
    campus = cast.junior_campus
    services.close(Ctx.system(), campus.pk, on=TODAY + timedelta(days=3))
    campus.refresh_from_db()
    assert campus.status == "open"
    later = Ctx.system(now=Ctx.system().now + timedelta(days=3))
    assert services.settle(later) == 1
    campus.refresh_from_db()
    assert campus.status == "closed"
    assert services.settle(later) == 0


def test_a_unit_head_describes_the_unit_but_does_not_manage_the_tree(cast):
    ctx = cast.ctx("principal")
    services.set_fact(ctx, cast.primary.pk, "pupils", "1200", since=TODAY)
    with pytest.raises(Denied):
        services.set_fact(ctx, cast.primary.pk, "kind", "nine_year", since=TODAY)
    with pytest.raises(Denied):
        services.rename(ctx, cast.primary.pk, name="自己改名")
    with pytest.raises(NotFound):
        services.set_fact(ctx, cast.junior.pk, "pupils", "1", since=TODAY)


def test_a_fact_holds_from_its_day_and_the_same_again_is_nothing(cast):
    ctx, unit = Ctx.system(), cast.primary.pk
    services.set_fact(ctx, unit, "pupils", "900", since=date(2025, 9, 1))
    services.set_fact(ctx, unit, "pupils", "950", since=date(2026, 9, 1))
    services.set_fact(ctx, unit, "pupils", "950", since=date(2026, 9, 5))
    assert len(entries("units.fact_set")) == 3  # two here, one of the boarding school
    assert "pupils" not in selectors.facts(unit, date(2025, 8, 31))
    assert selectors.facts(unit, date(2026, 8, 31))["pupils"] == "900"
    assert selectors.facts(unit, date(2026, 9, 1))["pupils"] == "950"


def test_a_changed_kind_shows_in_the_column_and_one_to_come_does_not(cast):
    services.set_fact(Ctx.system(), cast.junior.pk, "kind", "nine_year", since=TODAY)
    ahead = TODAY + timedelta(days=1)
    services.set_fact(Ctx.system(), cast.primary.pk, "kind", "nine_year", since=ahead)
    cast.junior.refresh_from_db()
    cast.primary.refresh_from_db()
    assert (cast.junior.kind, cast.primary.kind) == ("nine_year", "primary")


def test_a_place_answers_to_its_token_until_it_is_removed(cast):
    ctx = cast.ctx("officer")
    place = services.add_place(ctx, cast.primary_east.pk, name="北门", category="gate")
    assert services.add_place(ctx, cast.primary_east.pk, name="北门", category="gate") == place
    assert selectors.place_by_token(ctx, f" {place.token.lower()} ") == place
    with pytest.raises(NotFound):
        selectors.place_by_token(cast.ctx("junior_head"), place.token)
    services.remove_place(ctx, place.pk)
    with pytest.raises(NotFound):
        selectors.place_by_token(ctx, place.token)


def test_the_code_of_a_closed_campus_says_who_has_taken_over(cast):
    ctx = Ctx.system()
    east, west = cast.primary_east, cast.primary_west
    gate = services.add_place(ctx, east.pk, name="北门", category="gate")
    services.close(ctx, east.pk, on=TODAY, successor_id=west.pk)
    with pytest.raises(Refused, match="撤销") as refused:
        selectors.place_by_token(cast.ctx("desk"), gate.token)
    assert west.name in refused.value.remedy


def test_a_place_belongs_on_a_campus(cast):
    with pytest.raises(Refused):
        services.add_place(cast.ctx("officer"), cast.primary.pk, name="北门", category="gate")


def test_the_tree_shows_each_visible_unit_once_under_its_parent(cast):
    nodes = selectors.tree(cast.ctx("desk"))
    seen = {node.unit.pk: node for node in nodes}
    assert len(seen) == len(nodes)
    assert seen[cast.primary_east.pk].parent_id == cast.primary.pk
    assert seen[cast.primary_east.pk].depth == seen[cast.district.pk].depth + 3
    assert cast.other_school.pk not in seen
    mine = selectors.tree(cast.ctx("guard"))
    assert [node.unit for node in mine] == [cast.primary_east]


def test_children_and_breadcrumbs_follow_the_line(cast):
    ctx = cast.ctx("desk")
    assert set(selectors.children(ctx, cast.town.pk)) == {cast.primary, cast.kindergarten}
    above = selectors.path(cast.primary_east.pk, TODAY)
    assert above == [cast.authority, cast.district, cast.town, cast.primary]
    assert selectors.district_of(cast.primary_east.pk, TODAY) == cast.district.pk
    assert selectors.district_of(cast.authority.pk, TODAY) is None


def test_many_places_at_once_are_what_one_after_the_other_would_be(
    cast, django_assert_max_num_queries
):
    ctx, campus = Ctx.system(), cast.primary_east.pk
    gate = services.add_place(ctx, campus, name="北门", category="gate")
    before = Entry.objects.count()
    wanted = [("南门", "gate"), (" 北门 ", "gate"), ("南门", "gate")]
    wanted += [(f"{number} 号教室", "classroom") for number in range(37)]
    with django_assert_max_num_queries(9), transaction.atomic():
        made = services.add_places(ctx, campus, wanted)
    assert made[1] == gate
    assert made[0] == made[2]
    assert [place.name for place in made[3:]] == [name for name, _ in wanted[3:]]
    assert Entry.objects.count() == before + 38
    recorded = {entry.uid: entry.data["place"] for entry in entries("units.place_added")}
    stored = Place.objects.filter(campus_id=campus)
    assert {place.entry_uid: str(place.pk) for place in stored} == recorded


def test_one_wrong_place_keeps_all_out(cast):
    with pytest.raises(Refused):
        services.add_places(Ctx.system(), cast.primary_east.pk, [("南门", "gate"), (" ", "gate")])
    assert not Place.objects.filter(campus=cast.primary_east).exists()
