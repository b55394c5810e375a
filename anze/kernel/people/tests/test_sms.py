"""Signing in by a code in a text message (threat N1)."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.people import signin
from anze.kernel.people.channels import ConsoleChannel, MemoryChannel, Message
from anze.kernel.people.models import SmsCode

PHONE = "13900000005"  # the safety officer's
NOBODYS = "13812345678"


@pytest.fixture(autouse=True)
def sent(settings):
    """The messages that leave the house."""
    settings.ANZE_SMS_CHANNEL = "anze.kernel.people.channels.MemoryChannel"
    MemoryChannel.sent.clear()
    return MemoryChannel.sent


def ask(client, phone=PHONE):
    return client.post("/sign-in/code/", {"phone": phone, "next": "/account/"})


def answer(client, code, phone=PHONE):
    return client.post("/sign-in/code/", {"phone": phone, "code": code, "next": "/account/"})


def code_in(sent):
    return re.search(r"[0-9]{6}", sent[-1][1])[0]


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def signed_in(client):
    return client.get("/account/").status_code == 200


def test_a_code_opens_the_door_once(cast, client, sent):
    assert ask(client).status_code == 200
    [(phone, _text)] = sent
    assert phone == PHONE
    code = code_in(sent)
    assert answer(client, code).url == "/account/"
    assert signed_in(client)
    assert answer(Client(), code).status_code == 422


def test_the_code_is_not_kept_in_the_database(cast, client, sent):
    ask(client)
    row = SmsCode.objects.get()
    assert code_in(sent) not in str(vars(row))


def test_a_code_dies_after_five_minutes(cast, client, sent):
    start = clock.now()
    with clock.travel(start):
        ask(client)
    with clock.travel(start + timedelta(minutes=5, seconds=1)):
        assert answer(client, code_in(sent)).status_code == 422
    with clock.travel(start + timedelta(minutes=4, seconds=59)):
        assert answer(client, code_in(sent)).status_code == 302


def test_a_new_code_ends_the_old_one(cast, client, sent):
    ask(client)
    old = code_in(sent)
    ask(client)
    while code_in(sent) == old:
        ask(client)
    assert answer(client, old).status_code == 422
    assert answer(client, code_in(sent)).status_code == 302


def test_a_code_of_one_phone_does_not_open_another(cast, client, sent):
    ask(client)
    assert answer(client, code_in(sent), "13900000004").status_code == 422


def test_a_phone_nobody_has_is_answered_alike_and_gets_nothing(cast, client, sent):
    known, unknown = ask(client), ask(client, NOBODYS)
    assert len(sent) == 1

    def plain(page, phone):
        text = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page.content.decode())
        return re.sub(r"X-CSRFToken\D+\w+", "", text).replace(phone, "phone")

    assert plain(known, PHONE) == plain(unknown, NOBODYS)
    assert answer(client, "000000", NOBODYS).status_code == 422


def test_a_closed_account_gets_no_code(cast, client, sent):
    cast.officer.is_active = False
    cast.officer.save()
    ask(client)
    assert sent == []


def test_five_codes_an_hour_and_no_more(cast, client, sent):
    start = clock.now()
    for minute in range(5):
        with clock.travel(start + timedelta(minutes=minute)):
            assert ask(client).status_code == 200
    with clock.travel(start + timedelta(minutes=59)):
        refused = ask(client)
        assert refused.status_code == 429
        assert "太频繁" in refused.content.decode()
        assert ask(client, NOBODYS).status_code == 200
    with clock.travel(start + timedelta(minutes=61)):
        assert ask(client).status_code == 200
    assert len(sent) == 6


def test_one_address_cannot_bomb_many_phones(cast, client, sent):
    for number in range(signin.PER_ADDRESS):
        assert ask(client, f"138{number:08d}").status_code == 200
    assert ask(client).status_code == 429
    assert ask(Client(REMOTE_ADDR="10.0.0.9")).status_code == 200


def test_the_house_has_a_daily_cap(cast, sent, monkeypatch):
    monkeypatch.setattr(signin, "PER_DAY", 2)
    now = clock.now()
    signin.send_code(PHONE, None, now)
    signin.send_code("13900000004", None, now)
    with pytest.raises(signin.TooMany):
        signin.send_code("13900000003", None, now)


def test_five_wrong_codes_lock_as_five_wrong_passwords_do(cast, client, sent):
    ask(client)
    code = code_in(sent)
    for _ in range(5):
        assert answer(client, wrong(code)).status_code == 422
    locked = answer(client, code)
    assert locked.status_code == 429
    assert "锁定" in locked.content.decode()
    said = {"username": "officer", "password": "whatever"}
    assert Client(REMOTE_ADDR="10.0.0.9").post("/sign-in/", said).status_code == 429


def test_a_code_may_be_tried_five_times(cast, rf, sent, settings):
    settings.AXES_ENABLED = False
    signin.send_code(PHONE, None, clock.now())
    code, request = code_in(sent), rf.post("/")
    for _ in range(5):
        assert signin.by_code(request, PHONE, wrong(code), clock.now()) is None
    assert signin.by_code(request, PHONE, code, clock.now()) is None


def test_what_is_no_mobile_number_is_said_so(client, db):
    refused = ask(client, "0519-86551234")
    assert refused.status_code == 422
    assert "手机号" in refused.content.decode()
    with pytest.raises(Refused):
        signin.send_code("123", None, clock.now())


def test_a_channel_that_fails_does_not_tell_who_has_an_account(cast, client, monkeypatch):
    def fail(*_):
        raise OSError("no network")

    monkeypatch.setattr(MemoryChannel, "send", fail)
    assert ask(client).status_code == 200


def test_the_console_channel_prints(capsys):
    ConsoleChannel().send(Message(PHONE, "验证码 123456"))
    assert "123456" in capsys.readouterr().err


def test_old_codes_are_swept(cast, client, sent):
    ask(client)
    assert signin.sweep(Ctx.system()) == 0
    assert signin.sweep(Ctx.system(clock.now() + timedelta(days=2))) == 1
