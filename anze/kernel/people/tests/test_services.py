"""Accounts, posts, deputies and roles; and that nobody raises himself (threat X5)."""

from datetime import timedelta

import pytest

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.ledger import sequencer
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import Entry, Leaf
from anze.kernel.people import reconcile, roles, selectors, services
from anze.kernel.people.models import Deputy, Grant, Holding, PostType, User
from anze.kernel.people.roles import Post

TODAY = clock.today()
DAY = timedelta(days=1)


def last(kind):
    return Entry.objects.filter(kind=kind).order_by("pk").last()


def new_account(ctx, cast, **more):
    said = {"username": "New.Person", "name": "新人", "unit_id": cast.primary.pk, **more}
    return services.create_account(ctx, **said)


def test_an_account_is_an_entry_with_the_name_and_phone_sealed(cast):
    user = new_account(cast.ctx("principal"), cast, phone="１３８ 0000 1111", post="teacher")
    assert (user.username, user.phone) == ("new.person", "13800001111")
    entry = last("people.account_made")
    assert entry.uid == user.entry_uid
    assert entry.data == {"person": str(user.pk)}
    assert ledger.private_part(entry)["name"] == "新人"
    assert user.holdings.get().post_id == "teacher"
    assert not user.has_usable_password()


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"username": "principal"}, Conflict, "username"),
        ({"username": "13800001111"}, Refused, "username"),
        ({"username": "有名"}, Refused, "username"),
        ({"name": "  "}, Refused, "name"),
        ({"phone": "123"}, Refused, "phone"),
        ({"phone": "13900000004"}, Conflict, "phone"),
        ({"initial_password": "short"}, Refused, "password"),
        ({"post": "wizard"}, Refused, "post"),
        ({"post": "town_education_officer"}, Denied, ""),
    ],
)
def test_an_unsound_account_is_refused_whole(cast, change, error, field):
    users, said = User.objects.count(), Entry.objects.count()
    with pytest.raises(error) as refusal:
        new_account(cast.ctx("principal"), cast, **change)
    assert refusal.value.field == field
    assert (User.objects.count(), Entry.objects.count()) == (users, said)


def test_an_account_is_made_only_where_one_manages(cast):
    with pytest.raises(NotFound):
        new_account(cast.ctx("junior_head"), cast)
    with pytest.raises(Denied):
        new_account(cast.ctx("officer"), cast)


def test_an_issued_password_opens_once_and_must_be_changed(cast):
    user = cast.teacher
    password = services.issue_password(cast.ctx("principal"), user.pk)
    user.refresh_from_db()
    assert user.check_password(password)
    assert user.must_change_password
    assert password not in (last("people.password_issued").facts)
    changed = services.change_own_password(cast.ctx(user), old=password, new="Lake-2931-reed")
    assert not changed.must_change_password


def test_a_password_is_not_issued_upwards_or_for_another_unit(cast):
    with pytest.raises((Denied, NotFound)):
        services.issue_password(cast.ctx("principal"), cast.leader.pk)
    with pytest.raises(NotFound):
        services.issue_password(cast.ctx("principal"), cast.junior_head.pk)
    with pytest.raises(Denied):
        services.issue_password(cast.ctx("desk"), cast.leader.pk)
    assert services.issue_password(cast.ctx("sysadmin"), cast.leader.pk)


def test_a_person_of_two_units_is_not_changed_by_the_head_of_one(cast):
    services.give_post(
        Ctx.system(), cast.teacher.pk, unit_id=cast.junior.pk, post="teacher", since=TODAY
    )
    with pytest.raises(NotFound):
        services.close_account(cast.ctx("principal"), cast.teacher.pk)


@pytest.mark.parametrize("admin", roles.ADMIN_ROLES)
@pytest.mark.parametrize("actor", ["sysadmin", "secadmin", "auditor", "desk", "leader"])
def test_the_accounts_of_the_three_administrators_are_changed_from_the_console_only(
    cast, admin, actor
):
    target = cast.people[admin]
    for change in (services.issue_password, services.close_account):
        with pytest.raises(Denied):
            change(cast.ctx(actor), target.pk)
    with pytest.raises(Denied):
        services.change_account(cast.ctx(actor), target.pk, name="别人", phone="")


@pytest.mark.parametrize("actor", ["sysadmin", "secadmin", "auditor", "desk", "principal"])
def test_nobody_gives_himself_anything(cast, actor):
    """Every path to a right × every single administrator: refused."""
    ctx, me = cast.ctx(actor), cast.people[actor]
    counts = [model.objects.count() for model in (Holding, Deputy, Grant)]
    for post in PostType.objects.all():
        for unit in (cast.district, cast.section, cast.town, cast.primary, cast.junior):
            with pytest.raises((Denied, NotFound, Refused)):
                services.give_post(ctx, me.pk, unit_id=unit.pk, post=post.code)
    for role in roles.ROLES:
        for unit in (cast.district, cast.primary):
            with pytest.raises((Denied, NotFound, Refused)):
                services.grant_role(ctx, me.pk, role=role, unit_id=unit.pk)
    for holding in Holding.objects.all():
        with pytest.raises((Denied, NotFound, Refused)):
            services.name_deputy(
                ctx, holding.pk, user_id=me.pk, first_day=TODAY, last_day=TODAY + DAY
            )
    assert [model.objects.count() for model in (Holding, Deputy, Grant)] == counts


@pytest.mark.parametrize("actor", ["sysadmin", "secadmin", "auditor", "desk", "leader"])
def test_nobody_can_both_make_an_account_of_the_bureau_and_enter_it(cast, actor):
    """A straw man needs power and a password: never both from one person."""
    straw = cast.nobody
    ctx, gave, entered = cast.ctx(actor), False, False
    try:
        services.grant_role(ctx, straw.pk, role="desk", unit_id=cast.district.pk)
        gave = True
    except (Denied, NotFound):
        services.grant_role(Ctx.system(), straw.pk, role="desk", unit_id=cast.district.pk)
    try:
        services.issue_password(ctx, straw.pk)
        entered = True
    except (Denied, NotFound):
        pass
    assert not (gave and entered)


def test_nobody_grants_a_role_of_the_bureau_alone(cast):
    for actor in ("sysadmin", "auditor", "desk", "leader", "principal", "secadmin"):
        with pytest.raises((Denied, NotFound)):
            services.grant_role(
                cast.ctx(actor), cast.nobody.pk, role="inspector", unit_id=cast.district.pk
            )
    assert not cast.nobody.grants.exists()


def test_a_role_within_one_unit_is_granted_by_the_security_administrator_and_an_entry(cast):
    ctx = cast.ctx("secadmin")
    until = TODAY + 30 * DAY
    said = {"role": "safety_officer", "unit_id": cast.primary.pk}
    grant = services.grant_role(ctx, cast.nobody.pk, until=until, **said)
    assert services.grant_role(ctx, cast.nobody.pk, **said) == grant
    entry = last("people.role_granted")
    assert (entry.uid, entry.actor_id) == (grant.entry_uid, cast.secadmin.pk)
    assert (entry.data["role"], entry.data["until"]) == ("safety_officer", str(until))
    services.revoke_role(ctx, grant.pk)
    services.revoke_role(ctx, grant.pk)
    assert Entry.objects.filter(kind="people.role_revoked").count() == 1
    assert not cast.ctx("nobody").access.holds("duties.view")


def test_an_administrator_is_nothing_else(cast):
    ctx = Ctx.system()
    for role in ("secadmin", "desk"):
        with pytest.raises(Refused):
            services.grant_role(ctx, cast.sysadmin.pk, role=role, unit_id=cast.district.pk)
    with pytest.raises(Refused):
        services.grant_role(ctx, cast.desk.pk, role="auditor", unit_id=cast.district.pk)
    with pytest.raises(Refused):
        services.give_post(ctx, cast.auditor.pk, unit_id=cast.primary.pk, post="teacher")


def test_a_post_stands_in_the_right_body_and_is_held_once(cast):
    with pytest.raises(Refused) as refusal:
        services.give_post(
            Ctx.system(), cast.nobody.pk, unit_id=cast.primary.pk, post="section_head"
        )
    assert refusal.value.field == "post"
    ctx, said = cast.ctx("principal"), {"unit_id": cast.primary_west.pk, "post": "guard"}
    holding = services.give_post(ctx, cast.nobody.pk, **said)
    assert services.give_post(ctx, cast.nobody.pk, **said) == holding
    services.end_post(ctx, holding.pk, until=TODAY + DAY)
    assert last("people.post_ended").data["holding"] == str(holding.pk)


def test_a_head_gives_no_post_of_the_bureau(cast):
    for unit in (cast.section, cast.district, cast.town):
        for post in ("desk_officer", "bureau_leader", "town_education_officer"):
            with pytest.raises((Denied, NotFound)):
                services.give_post(
                    cast.ctx("principal"), cast.nobody.pk, unit_id=unit.pk, post=post
                )


def test_a_deputy_works_in_the_same_body(cast):
    holding = cast.principal.holdings.get()
    leave = {"first_day": TODAY, "last_day": TODAY + DAY}
    for stranger in (cast.junior_head, cast.nobody):
        with pytest.raises(Refused):
            services.name_deputy(cast.ctx("principal"), holding.pk, user_id=stranger.pk, **leave)
    ctx = cast.ctx("principal")
    deputy = services.name_deputy(ctx, holding.pk, user_id=cast.guard.pk, **leave)
    assert services.name_deputy(ctx, holding.pk, user_id=cast.guard.pk, **leave) == deputy
    with pytest.raises(Denied):
        services.name_deputy(cast.ctx("teacher"), holding.pk, user_id=cast.officer.pk, **leave)
    services.end_deputy(ctx, deputy.pk, until=TODAY)
    assert not cast.ctx("guard").access.holds("duties.remind")


def test_posts_come_from_the_pack_and_never_make_an_administrator(cast):
    ctx = Ctx.system()
    pack = [Post("gatekeeper", "门卫", "gate", "campus"), *roles.BUILT_IN]
    assert services.sync_post_types(ctx, pack) == 1
    assert services.sync_post_types(ctx, pack) == 0
    assert PostType.objects.get(code="gatekeeper").role == "guard"
    for bad in (
        Post("x", "某", "sysadmin", "unit"),
        Post("x", "某", "emperor", "unit"),
        Post("x", "某", "staff", "moon"),
        Post("teacher", "教师", "desk", "unit"),
    ):
        with pytest.raises(Refused):
            services.sync_post_types(ctx, [bad])


def test_people_are_shown_where_one_may_see_them(cast):
    ctx = cast.ctx("principal")
    names = {holding.user for holding in selectors.holders(ctx, cast.primary.pk)}
    assert names == {cast.principal, cast.officer, cast.teacher}
    with pytest.raises(NotFound):
        selectors.holders(ctx, cast.junior.pk)
    assert selectors.get(ctx, cast.guard.pk) == cast.guard
    with pytest.raises(NotFound):
        selectors.get(ctx, cast.junior_head.pk)
    assert selectors.get(cast.ctx("nobody"), cast.nobody.pk) == cast.nobody


def test_who_is_in_charge_is_one_query(cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = selectors.in_charge([cast.primary.pk, cast.junior.pk], TODAY)
    assert found[cast.primary.pk]["principal"] == ["林校"]


def test_posts_are_known_as_of_a_number(cast):
    holding = services.give_post(
        Ctx.system(), cast.nobody.pk, unit_id=cast.junior.pk, post="teacher", until=TODAY + 9 * DAY
    )
    sequencer.advance()
    then = Leaf.objects.count()
    services.end_post(Ctx.system(), holding.pk, until=TODAY + DAY)
    sequencer.advance()
    now, later = Leaf.objects.count(), TODAY + 2 * DAY
    teachers = {"teacher": (cast.nobody.pk,)}
    known = selectors.load_posts(then, later)[cast.junior.pk]
    assert {**known, **teachers} == known
    for at_n in (now, None):
        assert "teacher" not in selectors.load_posts(at_n, later)[cast.junior.pk]
    assert "teacher" not in selectors.load_posts(then, TODAY + 9 * DAY)[cast.junior.pk]


def test_everybody_with_a_post_is_found_deputies_included(cast):
    holding = cast.principal.holdings.get()
    leave = {"first_day": TODAY, "last_day": TODAY}
    services.name_deputy(Ctx.system(), holding.pk, user_id=cast.teacher.pk, **leave)
    found = selectors.with_post([cast.primary.pk], ["principal"], TODAY)
    assert found == {cast.principal.pk, cast.teacher.pk}


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Holding, {"post_id": "teacher"}),
        (Holding, {"valid_to": TODAY + 2 * DAY}),
        (Deputy, {"stated_to": TODAY + 90 * DAY}),
        (Grant, {"role": "leader"}),
        (Grant, {"valid_from": TODAY - DAY}),
    ],
)
def test_rows_changed_behind_the_services_are_drift(cast, model, values):
    holding = cast.principal.holdings.get()
    leave = {"first_day": TODAY, "last_day": TODAY}
    services.name_deputy(Ctx.system(), holding.pk, user_id=cast.teacher.pk, **leave)
    services.end_post(Ctx.system(), holding.pk, until=TODAY + 3 * DAY)
    services.end_post(Ctx.system(), holding.pk, until=TODAY + DAY)
    assert list(reconcile.drift(Ctx.system())) == []
    model.objects.update(**values)
    assert list(reconcile.drift(Ctx.system()))
