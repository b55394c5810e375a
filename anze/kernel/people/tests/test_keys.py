"""Keys of partner platforms and shared tablets: never more than their scope, gone when revoked."""

from datetime import timedelta

import pytest
from django.test import Client

from anze.kernel.bus import clock, limits
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound, Refused
from anze.kernel.ledger import sequencer
from anze.kernel.ledger.models import Entry
from anze.kernel.people import bearer, passwords, services, sight, table
from anze.kernel.people.access import TokenAccess
from anze.kernel.people.models import Device, Token
from anze.kernel.people.services import devices
from tests.cast import BACKEND

TODAY, DAY = clock.today(), timedelta(days=1)
PIN = "480217"
PASSWORD = "Lake-2931-reed"


def signed_in(cast, name):
    person = cast.people[name]
    passwords.store(person, PASSWORD, clock.now(), must_change=False)
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def asked(cast, **more):
    said = {"name": "警务平台", "unit_id": cast.primary.pk, "role": "desk",
            "actions": ["units.view", "duties.view"], "until": TODAY + 30 * DAY}  # fmt: skip
    return services.propose_token(cast.ctx("sysadmin"), services.Wanted(**{**said, **more}))


def working(cast, **more):
    proposal, secret = asked(cast, **more)
    services.confirm(cast.ctx("secadmin"), proposal.pk)
    return secret


def call(secret, address="/api/v1/units", **more):
    return Client(**more).get(address, headers={"Authorization": f"Bearer {secret}"})


def test_a_key_opens_its_subtree_and_nothing_beside_it(cast):
    answer = call(working(cast))
    names = {unit["name"] for unit in answer.json()["items"]}
    assert names == {cast.primary.name, cast.primary_east.name, cast.primary_west.name}


def test_a_key_does_nothing_before_the_second_person_and_none_after_it_is_revoked(cast):
    proposal, secret = asked(cast)
    early = call(secret)
    assert early.status_code == 401
    assert "等安全保密管理员确认" in early.json()["remedy"]
    with pytest.raises(Denied):
        services.confirm(cast.ctx("leader"), proposal.pk)
    with pytest.raises(Denied):
        services.confirm(cast.ctx("sysadmin"), proposal.pk)
    services.confirm(cast.ctx("secadmin"), proposal.pk)
    assert call(secret).status_code == 200
    services.revoke_token(cast.ctx("secadmin"), Token.objects.get().pk)
    late = call(secret)
    assert (late.status_code, late.json()["message"]) == (401, "令牌已吊销")


def test_an_expired_wrong_or_foreign_key_is_told_what_to_do(cast):
    secret = working(cast, addresses=["10.0.0.0/8"])
    for answer in (call("anze_wrong"), call("x"), call(secret, REMOTE_ADDR="192.0.2.1")):
        assert answer.status_code == 401
        assert answer.json()["remedy"]
    assert call(secret, REMOTE_ADDR="10.1.2.3").status_code == 200
    with clock.travel(clock.start_of(TODAY + 30 * DAY)):
        assert call(secret, REMOTE_ADDR="10.1.2.3").json()["message"] == "令牌已到期"


def test_a_key_cannot_do_what_it_does_not_list(cast):
    secret = working(cast, actions=["units.view"])
    assert call(secret, "/api/v1/duties").status_code == 403
    assert call(secret, "/api/v1/me").status_code == 403
    assert call(secret, f"/api/v1/units/{cast.primary.pk}/people").status_code == 403
    assert call(secret, f"/api/v1/units/{cast.junior.pk}").status_code == 404
    assert call(secret, "/units/").status_code == 302  # pages take no keys


def test_a_key_of_one_school_reads_no_entries_of_the_bureau(cast):
    working(cast, actions=["ledger.view"])
    sequencer.advance()
    desk = sight.entries(cast.ctx("desk"))
    access = TokenAccess(Token.objects.select_related("account").get(), clock.now())
    ctx = Ctx(actor_id=access.user.pk, now=clock.now(), via="token", access=access)
    seen = set(sight.entries(ctx).values_list("unit_id", "visibility"))
    inside = {cast.primary.pk, cast.primary_east.pk, cast.primary_west.pk}
    assert seen
    assert {unit for unit, visibility in seen if visibility != "public"} <= inside
    assert "bureau" not in {visibility for _, visibility in seen}
    assert desk.filter(visibility="bureau").exists()


@pytest.mark.parametrize("role", ["desk", "inspector", "unit_head"])
def test_a_key_is_never_wider_than_its_role_in_its_subtree(cast, role):
    """Every action × inside and outside, for a key that lists all it may have."""
    from anze.kernel.people.services.tokens import NEVER, offered

    working(cast, role=role, actions=offered(role))
    access = TokenAccess(Token.objects.select_related("account").get(), clock.now())
    for action in table.TABLE:
        inside = "own" in table.relations(action, role) and action not in NEVER
        assert access.may(action, cast.primary_east.pk) == (inside or action == "units.view")
        for outside in (cast.junior, cast.district, cast.town, cast.section, cast.other_school):
            assert not access.may(action, outside.pk)
            assert outside.pk not in access.visible(action)


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "secadmin", "actions": ["people.view"]},
        {"actions": ["people.grant"]},
        {"actions": ["people.manage"]},
        {"actions": []},
        {"role": "guard", "actions": ["board.view"]},
        {"until": TODAY + 400 * DAY},
        {"until": TODAY},
        {"addresses": ["nowhere"]},
        {"name": " "},
    ],
)
def test_an_unsound_key_is_refused_whole(cast, wrong):
    with pytest.raises(Refused):
        asked(cast, **wrong)
    assert not Token.objects.exists()


def test_only_the_system_administrator_asks_for_keys(cast):
    for who in ("secadmin", "auditor", "desk", "leader", "principal"):
        with pytest.raises((Denied, NotFound)):
            services.propose_token(
                cast.ctx(who),
                services.Wanted("x", cast.primary.pk, "desk", ["units.view"], TODAY + DAY),
            )


def test_the_secret_is_kept_as_a_hash_and_its_use_noted_once_a_minute(cast):
    secret = working(cast)
    token = Token.objects.get()
    assert secret not in str(vars(token))
    call(secret)
    first = Token.objects.get().last_used
    call(secret)
    assert Token.objects.get().last_used == first
    with clock.travel(first + timedelta(minutes=2)):
        call(secret)
    assert Token.objects.get().last_used > first


def tablet(cast):
    """A tablet bound to the east campus, with the PIN of its guard set."""
    ctx = cast.ctx("principal")
    _device, code = services.make_device(ctx, cast.primary_east.pk, "东门平板")
    services.set_pin(ctx, cast.guard.pk, PIN, campus_id=cast.primary_east.pk)
    client = Client()
    assert client.post("/gate/enroll/", {"code": code.lower()}).status_code == 302
    return client, code


def test_a_tablet_is_bound_once_by_the_code_of_the_head(cast):
    client, code = tablet(cast)
    assert "石磊" in client.get("/gate/").content.decode()
    again = Client().post("/gate/enroll/", {"code": code})
    assert again.status_code == 422
    assert "石磊" not in Client().get("/gate/").content.decode()
    for who in ("officer", "guard", "desk"):
        with pytest.raises(Denied):
            services.make_device(cast.ctx(who), cast.primary_east.pk, "x")
    with pytest.raises(NotFound):
        services.make_device(cast.ctx("junior_head"), cast.primary_east.pk, "x")


def test_a_tablet_belongs_to_one_campus_not_to_a_school_of_several(cast):
    with pytest.raises(Refused) as refusal:
        services.make_device(cast.ctx("principal"), cast.primary.pk, "x")
    assert refusal.value.field == "campus"


def test_the_code_dies_after_ten_minutes(cast):
    _device, code = services.make_device(cast.ctx("principal"), cast.primary_east.pk, "x")
    with clock.travel(clock.now() + timedelta(minutes=11)):
        assert Client().post("/gate/enroll/", {"code": code}).status_code == 422


def test_a_guard_enters_by_pin_and_has_what_guards_have_on_this_campus(cast):
    client, _ = tablet(cast)
    address = f"/gate/{cast.guard.pk}/"
    assert client.post(address, {"pin": "111119"}).status_code == 422
    assert client.post(address, {"pin": PIN}).url == "/"
    assert client.get("/units/").status_code == 200
    assert client.get(f"/units/{cast.primary_east.pk}/").status_code == 200
    assert client.get(f"/units/{cast.primary_west.pk}/").status_code == 404
    assert client.get("/account/").status_code == 403
    assert client.get("/people/").status_code == 403


def test_who_is_more_elsewhere_is_only_a_guard_on_the_tablet(cast):
    client, _ = tablet(cast)
    services.give_post(Ctx.system(), cast.guard.pk, unit_id=cast.junior.pk, post="principal")
    client.post(f"/gate/{cast.guard.pk}/", {"pin": PIN})
    assert client.get(f"/units/{cast.junior.pk}/").status_code == 404
    assert client.get("/people/").status_code == 403


def test_after_two_idle_minutes_the_names_come_back(cast):
    client, _ = tablet(cast)
    client.post(f"/gate/{cast.guard.pk}/", {"pin": PIN})
    with clock.travel(clock.now() + timedelta(seconds=121)):
        answer = client.get("/units/")
        assert (answer.status_code, answer.url) == (302, "/gate/")


def test_leaving_keeps_the_tablet_bound(cast):
    client, _ = tablet(cast)
    client.post(f"/gate/{cast.guard.pk}/", {"pin": PIN})
    assert client.post("/sign-out/").url == "/gate/"
    assert "石磊" in client.get("/gate/").content.decode()
    assert client.get("/units/").status_code == 302


def test_a_revoked_tablet_throws_out_who_is_on_it(cast):
    client, _ = tablet(cast)
    client.post(f"/gate/{cast.guard.pk}/", {"pin": PIN})
    services.revoke_device(cast.ctx("principal"), Device.objects.get().pk)
    assert client.get("/units/").status_code == 302
    assert "石磊" not in client.get("/gate/").content.decode()


def test_five_wrong_pins_lock_the_person_on_this_device_and_not_elsewhere(cast):
    client, _ = tablet(cast)
    address = f"/gate/{cast.guard.pk}/"
    answers = [client.post(address, {"pin": "111119"}).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert client.post(address, {"pin": PIN}).status_code == 429
    other, _code = tablet_again(cast)
    assert other.post(address, {"pin": PIN}).status_code == 302
    with clock.travel(clock.now() + timedelta(minutes=16)):
        assert client.post(address, {"pin": PIN}).status_code == 302


def tablet_again(cast):
    _device, code = services.make_device(cast.ctx("principal"), cast.primary_east.pk, "西门平板")
    client = Client()
    client.post("/gate/enroll/", {"code": code})
    return client, code


@pytest.mark.parametrize("pin", ["12345", "123456", "000000", "12345a", "１２３４５６"])
def test_an_easy_or_odd_pin_is_refused(cast, pin):
    with pytest.raises(Refused):
        services.set_pin(cast.ctx("principal"), cast.guard.pk, pin, campus_id=cast.primary_east.pk)


def test_only_guards_of_the_campus_get_a_pin(cast):
    with pytest.raises(Refused):
        services.set_pin(
            cast.ctx("principal"), cast.teacher.pk, PIN, campus_id=cast.primary_east.pk
        )
    with pytest.raises(Denied):
        services.set_pin(cast.ctx("officer"), cast.guard.pk, PIN, campus_id=cast.primary_east.pk)


def test_a_forged_cookie_is_no_tablet(cast):
    tablet(cast)
    device = Device.objects.get()
    for cookie in ("", "x", f"{device.pk.hex}.", f"{device.pk.hex}.guess", "zz.guess"):
        assert devices.by_cookie(cookie, clock.now()) is None


def test_the_entries_of_tablets_and_keys_say_by_which_way(cast):
    tablet(cast)
    assert Entry.objects.get(kind="people.device_enrolled").via == "device"


def test_a_guard_changes_his_own_pin_with_his_password(cast):
    tablet(cast)
    guard = signed_in(cast, "guard")
    assert "/account/pin/" in guard.get("/account/").content.decode()
    said = {"old": PASSWORD, "pin": "739104", "again": "739104"}
    for wrong, what in (
        ({"old": "x"}, "登录密码不正确"),
        ({"again": "739105"}, "不一致"),
        ({"pin": "123456", "again": "123456"}, "太容易猜到"),
    ):
        answer = guard.post("/account/pin/", {**said, **wrong})
        page = answer.content.decode()
        assert (answer.status_code, what in page) == (422, True), wrong
        assert "请重新输入" in page, "nothing typed comes back, and the page does not say it does"
    assert guard.post("/account/pin/", said).status_code == 302
    device = Device.objects.get()
    assert devices.guard_by_pin(device, cast.guard.pk, PIN, clock.now()) is None
    assert devices.guard_by_pin(device, cast.guard.pk, "739104", clock.now()) == cast.guard


def test_who_is_no_guard_has_no_pin_and_nobody_changes_it_on_the_tablet(cast):
    client, _code = tablet(cast)
    officer = signed_in(cast, "officer")
    assert "/account/pin/" not in officer.get("/account/").content.decode()
    said = {"old": PASSWORD, "pin": "739104", "again": "739104"}
    assert "不是保安员" in officer.post("/account/pin/", said).content.decode()
    client.post(f"/gate/{cast.guard.pk}/", {"pin": PIN})
    assert client.post("/account/pin/", said).status_code == 403
    assert devices.guard_by_pin(Device.objects.get(), cast.guard.pk, PIN, clock.now())


def test_a_key_that_asks_too_fast_is_told_when_to_come_again(cast, monkeypatch):
    at = [50.0]
    monkeypatch.setattr(limits, "instant", lambda: at[0])
    monkeypatch.setattr(bearer, "PACE", limits.Limit(per_second=0.5, burst=2))
    secret = working(cast)
    answers = [call(secret) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == "2"
    assert "Retry-After" in answers[2].json()["remedy"]
    at[0] += 2
    assert [call(secret).status_code for _ in range(2)] == [200, 429]


def test_one_key_does_not_use_up_what_another_may_ask(cast, monkeypatch):
    monkeypatch.setattr(limits, "instant", lambda: 50.0)
    monkeypatch.setattr(bearer, "PACE", limits.Limit(per_second=1, burst=1))
    first, second = working(cast), working(cast, name="另一个平台")
    assert [call(first).status_code, call(first).status_code] == [200, 429]
    assert call(second).status_code == 200
