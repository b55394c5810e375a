"""Who may do what, on which unit, and why."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import ALL, Ctx
from anze.kernel.bus.errors import Denied, NotFound
from anze.kernel.people import roles, services, table
from anze.kernel.people.access import Nobody, PersonAccess, ctx_for, explain, unit_or_404
from anze.kernel.people.models import Grant, User
from anze.kernel.units import services as units
from anze.kernel.units.models import Edge, Unit
from anze.lib.ids import uuid7

TODAY = clock.today()
DAY = timedelta(days=1)


def test_a_head_sees_his_unit_and_its_campuses_and_what_stands_above_them(cast):
    access = cast.ctx("principal").access
    own = {cast.primary.pk, cast.primary_east.pk, cast.primary_west.pk}
    assert set(access.visible("duties.view")) == own
    assert set(access.visible("units.view")) == own | {cast.town.pk, cast.district.pk}


def test_a_section_reaches_the_schools_of_its_district_as_siblings(cast):
    ctx = cast.ctx("desk")
    assert cast.junior.pk in ctx.access.visible("duties.view")
    assert cast.other_school.pk not in ctx.access.visible("duties.view")
    assert cast.authority.pk not in ctx.access.visible("units.view")
    [way] = explain(ctx, "duties.view", cast.junior.pk).via
    assert (way.role, way.body_id, way.relation, way.source) == (
        "desk",
        cast.section.pk,
        "sibling",
        "post",
    )


def test_out_of_scope_is_not_found_and_inside_it_is_denied(cast):
    access = cast.ctx("principal").access
    access.check("duties.view", cast.primary.pk)
    with pytest.raises(Denied):
        access.check("duties.view", cast.district.pk)
    with pytest.raises(Denied):
        access.check("duties.waive", cast.primary.pk)
    for unit in (cast.junior, cast.other_school):
        with pytest.raises(NotFound):
            access.check("duties.view", unit.pk)
    with pytest.raises(NotFound):
        access.check("duties.view", uuid7())


def test_without_a_unit_it_is_enough_to_hold_the_action_somewhere(cast):
    cast.ctx("guard").access.check("duties.record", None)
    with pytest.raises(Denied):
        cast.ctx("guard").access.check("duties.remind", None)
    with pytest.raises(Denied):
        cast.ctx("nobody").access.check("duties.view", None)
    cast.ctx("nobody").access.check("account", None)


def test_somebody_without_any_post_sees_no_unit(cast):
    access = cast.ctx("nobody").access
    assert all(not access.visible(action) for action in table.TABLE)
    assert access.visible("portal.home") is ALL


def test_who_has_not_signed_in_reaches_public_pages_only(cast):
    access = Nobody()
    access.check("public", None)
    assert access.visible("public") is ALL
    for action in ("account", "units.view"):
        assert not access.visible(action)
        with pytest.raises(NotFound):
            access.check(action, cast.primary.pk)


def test_a_post_counts_from_its_first_day_to_the_day_before_its_end(cast):
    person = cast.nobody
    holding = services.give_post(
        Ctx.system(), person.pk, unit_id=cast.junior.pk, post="teacher", since=TODAY
    )
    services.end_post(Ctx.system(), holding.pk, until=TODAY + 3 * DAY)
    for offset, sees in [(-1, False), (0, True), (2, True), (3, False)]:
        ctx = ctx_for(person, now=clock.now() + offset * DAY)
        assert (cast.junior.pk in ctx.access.visible("duties.view")) is sees, offset


def test_a_deputy_has_the_role_during_the_leave_and_only_then(cast):
    holding = cast.principal.holdings.get()
    services.name_deputy(
        cast.ctx("principal"),
        holding.pk,
        user_id=cast.teacher.pk,
        first_day=TODAY,
        last_day=TODAY + DAY,
    )
    for offset, may in [(-1, False), (0, True), (1, True), (2, False)]:
        ctx = ctx_for(cast.teacher, now=clock.now() + offset * DAY)
        assert explain(ctx, "duties.remind", cast.primary.pk).allowed is may, offset
    assert "代理" in explain(cast.ctx("teacher"), "duties.remind", cast.primary.pk).reason


def test_the_deputy_of_a_post_that_has_ended_has_nothing(cast):
    holding = cast.principal.holdings.get()
    leave = {"first_day": TODAY, "last_day": TODAY + 9 * DAY}
    services.name_deputy(Ctx.system(), holding.pk, user_id=cast.teacher.pk, **leave)
    services.end_post(Ctx.system(), holding.pk, until=TODAY)
    assert not explain(cast.ctx("teacher"), "duties.remind", cast.primary.pk).allowed


def test_a_closed_account_may_do_nothing(cast):
    services.close_account(Ctx.system(), cast.principal.pk)
    cast.principal.refresh_from_db()
    access = PersonAccess(cast.principal, clock.now())
    assert not access.visible("units.view")
    assert not access.holds("account")


def test_a_move_changes_who_sees_the_unit_from_its_day(cast):
    units.move(Ctx.system(), cast.primary.pk, to=cast.district.pk, since=TODAY)
    assert cast.primary_east.pk not in cast.ctx("town_officer").access.visible("duties.view")
    past = ctx_for(cast.town_officer, now=clock.now() - DAY)
    assert cast.primary_east.pk in past.access.visible("duties.view")


def test_a_unit_registered_in_a_request_is_seen_within_it(cast):
    ctx = cast.ctx("desk")
    assert ctx.access.visible("units.view")
    new = {"level": "unit", "kind": "primary", "name": "新校"}
    unit = units.register_unit(ctx, parent_id=cast.town.pk, main_campus=True, **new)
    assert unit.pk in ctx.access.visible("duties.view")
    fresh = cast.ctx("desk").access
    assert set(ctx.access.visible("duties.view")) == set(fresh.visible("duties.view"))
    units.move(ctx, unit.pk, to=cast.district.pk, since=TODAY)
    assert unit.pk in ctx.access.visible("units.manage")


def test_the_scope_is_resolved_once_in_four_queries(cast, django_assert_num_queries):
    access = cast.ctx("desk").access
    with django_assert_num_queries(4):  # roots, down, up, the district's subtree
        access.visible("duties.view")
    with django_assert_num_queries(0):
        access.visible("duties.view")
        access.visible("board.view")
        access.check("people.view", cast.junior.pk)
    head = cast.ctx("principal").access
    with django_assert_num_queries(2):  # roots and down
        head.check("duties.view", cast.primary_east.pk)


def test_an_explanation_names_role_body_and_what_to_do(cast):
    yes = explain(cast.ctx("desk"), "units.manage", cast.junior.pk)
    assert (yes.allowed, yes.status) == (True, 200)
    assert "安全综治科" in yes.reason
    assert "管理单位" in yes.reason
    no = explain(cast.ctx("principal"), "units.manage", cast.primary.pk)
    assert (no.allowed, no.status, no.via) == (False, 403, ())
    assert "系统管理员" in no.reason
    far = explain(cast.ctx("principal"), "units.manage", cast.other_school.pk)
    assert far.status == 404
    assert "青山" not in far.reason
    assert explain(Ctx.system(), "units.manage", cast.primary.pk).allowed
    anonymous = replace(Ctx.system(), access=Nobody())
    assert explain(anonymous, "units.view", cast.primary.pk).status == 404
    assert explain(anonymous, "public", cast.primary.pk).status == 200


def test_explain_check_and_visible_never_disagree(cast):
    everywhere = list(Unit.objects.values_list("pk", flat=True))
    for person in cast.people:
        ctx = cast.ctx(person)
        for action in table.TABLE:
            for unit in everywhere:
                decision = explain(ctx, action, unit)
                assert decision.allowed == (unit in ctx.access.visible(action))
                assert decision.status == _checked(ctx, action, unit)


def _checked(ctx, action, unit):
    try:
        ctx.access.check(action, unit)
    except (Denied, NotFound) as refusal:
        return refusal.status
    return 200


def test_unit_or_404_gives_the_unit(cast):
    assert unit_or_404(cast.ctx("desk"), "duties.view", cast.junior.pk) == cast.junior
    with pytest.raises(NotFound):
        unit_or_404(cast.ctx("junior_head"), "duties.view", cast.primary.pk)
    with pytest.raises(NotFound):
        unit_or_404(Ctx.system(), "duties.view", uuid7())


LEVELS = ["authority", "district", "town", "unit", "campus"]


@st.composite
def forests(draw):
    """Nodes as (level, index of the parent one level or more up), dated edges, and grants."""
    nodes = [(0, None)]
    for _ in range(draw(st.integers(0, 14))):
        parent = draw(st.integers(0, len(nodes) - 1))
        if nodes[parent][0] < 4:
            nodes.append((draw(st.integers(nodes[parent][0] + 1, 4)), parent))
    held = draw(st.lists(st.booleans(), min_size=len(nodes), max_size=len(nodes)))
    grants = draw(
        st.lists(
            st.tuples(st.sampled_from(sorted(roles.ROLES)), st.integers(0, len(nodes) - 1)),
            max_size=3,
        )
    )
    return nodes, held, grants


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(forest=forests())
def test_visible_is_what_a_naive_walk_of_the_tree_says(db, forest):
    nodes, held, grants = forest
    made = _plant(nodes, held)
    user = User.objects.create(
        username=uuid7().hex, name="某", created_at=clock.now(), entry_uid=uuid7()
    )
    for role, place in grants:
        Grant.objects.create(
            user=user, role=role, unit=made[place], valid_from=TODAY, entry_uid=uuid7()
        )
    access = ctx_for(user).access
    parent = {i: p for i, (_, p) in enumerate(nodes) if p is not None and held[i]}
    for action, row in table.TABLE.items():
        wanted = {
            made[i].pk
            for i in range(len(nodes))
            for role, root in grants
            if _naive(i, root, parent, nodes) in row.get(role, ())
        }
        mine = {unit.pk for unit in made}
        assert set(access.visible(action)) & mine == wanted
        for unit in made:
            assert access.may(action, unit.pk) == (unit.pk in wanted)


def _plant(nodes, held):
    """Edges that are not held ended yesterday: they are there and do not count."""
    made = []
    for level, parent in nodes:
        unit = Unit.objects.create(
            level=LEVELS[level],
            name="某",
            short_name="某",
            opened_on=date(2000, 1, 1),
            entry_uid=uuid7(),
            named_uid=uuid7(),
        )
        if parent is not None:
            Edge.objects.create(
                child=unit,
                parent=made[parent],
                relation="line",
                valid_from=date(2000, 1, 1),
                valid_to=None if held[len(made)] else TODAY,
                entry_uid=uuid7(),
            )
        made.append(unit)
    return made


def _naive(unit, root, parent, nodes):
    def chain(node):
        return [node, *chain(parent[node])] if node in parent else [node]

    if root in chain(unit):
        return "own"
    up = chain(root)[1:]
    district = next((node for node in up if nodes[node][0] == 1), None)
    if district is None:
        return "other"
    if unit in up[: up.index(district) + 1]:
        return "above"
    return "sibling" if district in chain(unit) else "other"
