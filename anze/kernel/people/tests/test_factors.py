"""The second factor: bound, asked for at the door, never usable twice, lost and reset by two."""

from datetime import timedelta
from threading import Barrier, Thread

import pyotp
import pytest
from django.db import connection
from django.test import Client

from anze.kernel.bus import clock
from anze.kernel.bus.errors import Conflict, Denied, Refused
from anze.kernel.people import passwords, second, services
from anze.kernel.people.access import ctx_for
from anze.kernel.people.models import RecoveryCode, SecondFactor
from anze.kernel.people.services import factors
from tests.cast import build

PASSWORD = "Lake-2931-reed"
HALF_MINUTE = timedelta(seconds=30)


def bind(user):
    """Bind a second factor; return the secret and the spare codes."""
    ctx = ctx_for(user)
    secret = factors.begin(ctx)
    return secret, factors.confirm(ctx, code(secret, ctx.now))


def code(secret, at=None):
    return pyotp.TOTP(secret).at(at or clock.now())


def first_step(client, user, **more):
    return client.post("/sign-in/", {"username": user.username, "password": PASSWORD, **more})


@pytest.fixture
def officer(cast):
    passwords.store(cast.officer, PASSWORD, clock.now(), must_change=False)
    return cast.officer


def test_the_secret_is_sealed_and_begins_to_count_when_confirmed(officer):
    secret = factors.begin(ctx_for(officer))
    assert not second.has(officer)
    row = SecondFactor.objects.get()
    assert secret.encode() not in bytes(row.sealed) + bytes(row.wrapped_key)
    with pytest.raises(Refused):
        factors.confirm(ctx_for(officer), "000000" if code(secret) != "000000" else "111111")
    assert factors.begin(ctx_for(officer)) == secret
    spare = factors.confirm(ctx_for(officer), code(secret))
    assert second.has(officer)
    assert len(set(spare)) == 10
    kept = set(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert not kept & set(spare)
    with pytest.raises(Conflict):
        factors.begin(ctx_for(officer))


def test_the_door_opens_after_both_steps_and_leads_where_one_wanted(officer, client):
    secret, _ = bind(officer)
    answer = first_step(client, officer, next="/units/")
    assert answer.url == "/sign-in/second/?next=%2Funits%2F"
    assert client.get("/account/").status_code == 302
    wrong = client.post(answer.url, {"code": "000000"})
    assert wrong.status_code == 422
    with clock.travel(clock.now() + HALF_MINUTE):
        answer = client.post(answer.url, {"code": code(secret), "next": "/units/"})
        assert answer.url == "/units/"
        assert client.get("/account/").status_code == 200


def test_a_code_opens_once(officer):
    secret, _ = bind(officer)
    with clock.travel(clock.now() + HALF_MINUTE):
        typed = code(secret)
        for expected in (302, 422):
            client = Client()
            first_step(client, officer)
            assert client.post("/sign-in/second/", {"code": typed}).status_code == expected


def test_a_spare_code_opens_once(officer):
    _, spare = bind(officer)
    for expected in (302, 422):
        client = Client()
        first_step(client, officer)
        assert client.post("/sign-in/second/", {"code": spare[0]}).status_code == expected
    assert factors.spare_left(officer) == 9


def test_the_second_step_alone_opens_nothing(officer, client):
    secret, _ = bind(officer)
    answer = client.post("/sign-in/second/", {"code": code(secret)})
    assert answer.url.startswith("/sign-in/?")
    assert client.get("/account/").status_code == 302


def test_the_first_step_is_forgotten_after_five_minutes(officer, client):
    secret, _ = bind(officer)
    first_step(client, officer)
    with clock.travel(clock.now() + timedelta(minutes=6)):
        answer = client.post("/sign-in/second/", {"code": code(secret)})
        assert answer.url.startswith("/sign-in/?")


def test_wrong_codes_lock_the_account_for_the_right_one_too(officer):
    secret, _ = bind(officer)
    client = Client()
    first_step(client, officer)
    answers = [client.post("/sign-in/second/", {"code": "000000"}).status_code for _ in range(6)]
    assert answers[-1] == 429
    with clock.travel(clock.now() + HALF_MINUTE):
        assert client.post("/sign-in/second/", {"code": code(secret)}).status_code == 429


@pytest.mark.parametrize("do", ["off", "renew"])
def test_wrong_codes_on_the_page_of_the_factor_lock_it_too(officer, client_for, do):
    secret, _spare = bind(officer)
    client, wrong = client_for(officer), "000000" if code(secret) != "000000" else "111111"
    answers = [
        client.post("/account/factor/", {"do": do, "code": wrong}).status_code for _ in range(6)
    ]
    assert answers == [422] * 5 + [429]
    with clock.travel(clock.now() + HALF_MINUTE):
        right = client.post("/account/factor/", {"do": do, "code": code(secret)})
    assert right.status_code == 429
    assert second.has(officer)


def test_a_text_message_asks_for_the_second_step_as_well(officer, client, settings):
    from anze.kernel.people.channels import MemoryChannel

    settings.ANZE_SMS_CHANNEL = "anze.kernel.people.channels.MemoryChannel"
    MemoryChannel.sent.clear()
    bind(officer)
    client.post("/sign-in/code/", {"phone": officer.phone})
    sent = "".join(c for c in MemoryChannel.sent[0][1].split("，")[0] if c.isdigit())
    answer = client.post("/sign-in/code/", {"phone": officer.phone, "code": sent})
    assert answer.url.startswith("/sign-in/second/")


def test_the_page_binds_and_shows_the_spare_codes_once(cast, client_for):
    client = client_for(cast.officer)
    page = client.post("/account/factor/", {"do": "begin"}).content.decode()
    assert "<svg" in page
    secret = factors.begin(ctx_for(cast.officer))
    wrong = client.post("/account/factor/", {"do": "confirm", "code": "12"})
    assert (wrong.status_code, "<svg" in wrong.content.decode()) == (422, True)
    done = client.post("/account/factor/", {"do": "confirm", "code": code(secret)})
    assert done.content.decode().count("<li><code") == 10
    assert "备用码" in client.get("/account/factor/").content.decode()


def test_the_bureau_must_bind_once_the_grace_is_over(cast, client_for, settings):
    settings.ANZE_SECOND_FACTOR = "bureau"
    desk, head = client_for(cast.desk), client_for(cast.principal)
    assert desk.get("/units/").status_code == 200
    cast.desk.refresh_from_db()
    later = cast.desk.factor_asked_at - timedelta(days=15)
    type(cast.desk).objects.filter(pk=cast.desk.pk).update(factor_asked_at=later)
    answer = desk.get("/units/")
    assert (answer.status_code, answer.url) == (302, "/account/factor/")
    assert desk.get("/account/factor/").status_code == 200
    assert desk.get("/api/v1/units").status_code == 403
    assert head.get("/units/").status_code == 200
    secret, _ = bind(cast.desk)
    assert desk.get("/units/").status_code == 200
    with clock.travel(clock.now() + HALF_MINUTE), pytest.raises(Denied):
        factors.switch_off(ctx_for(cast.desk), code(secret))


def test_a_lost_phone_is_replaced_by_two_people(cast):
    bind(cast.desk)
    ctx = cast.ctx("secadmin")
    proposal = services.propose_factor_reset(ctx, cast.desk.pk, unit_id=cast.section.pk)
    with pytest.raises(Denied):
        services.confirm(ctx, proposal.pk)
    assert second.has(cast.desk)
    services.confirm(cast.ctx("leader"), proposal.pk)
    assert not second.has(cast.desk)
    assert not RecoveryCode.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_one_code_at_once_one_enters():
    cast = build()
    secret, _ = bind(cast.officer)
    at = clock.now() + HALF_MINUTE
    typed, start, opened = code(secret, at), Barrier(2), []

    def enter():
        try:
            start.wait(10)
            opened.append(factors.use(cast.officer, typed, at))
        finally:
            connection.close()

    threads = [Thread(target=enter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(opened) == [False, True]
