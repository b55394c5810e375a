"""Signing in and out by password; sessions that end by themselves."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import passwords, services

PASSWORD = "Lake-2931-reed"


@pytest.fixture
def officer(cast):
    """A safety officer with a password of his own choice."""
    passwords.store(cast.officer, PASSWORD, clock.now(), must_change=False)
    return cast.officer


def enter(client, username="officer", password=PASSWORD, **more):
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def signed_in(client):
    return client.get("/account/").status_code == 200


@pytest.mark.parametrize("typed", ["officer", " Officer ", "13900000005"])
def test_name_or_phone_and_password_open_the_door(officer, client, typed):
    answer = enter(client, typed)
    assert (answer.status_code, answer.url) == (302, "/")
    assert signed_in(client)
    officer.refresh_from_db()
    assert officer.last_seen is not None


def test_a_wrong_password_says_no_more_than_a_wrong_name(officer, client):
    wrong = enter(client, password="Wrong-2931-reed")
    unknown = enter(client, username="stranger")
    assert wrong.status_code == unknown.status_code == 422
    said = "用户名或密码不正确"
    assert said in wrong.content.decode()
    assert said in unknown.content.decode()
    assert 'value="officer"' in wrong.content.decode()
    assert PASSWORD not in wrong.content.decode()
    assert not signed_in(client)


def test_a_closed_account_does_not_open(officer, client):
    services.close_account(Ctx.system(), officer.pk)
    assert enter(client).status_code == 422


def test_a_session_ends_when_its_account_is_closed(officer, client):
    enter(client)
    services.close_account(Ctx.system(), officer.pk)
    assert client.get("/account/").status_code == 302


def test_five_wrong_passwords_lock_the_account_for_the_right_one_too(officer, client):
    for _ in range(4):
        assert enter(client, password="wrong").status_code == 422
    assert enter(client, password="wrong").status_code == 429
    answer = enter(Client(REMOTE_ADDR="10.0.0.9", HTTP_USER_AGENT="other"))
    assert answer.status_code == 429
    assert "锁定" in answer.content.decode()


def test_name_and_phone_share_one_lockout(officer, client):
    for typed in ("officer", "13900000005", "OFFICER", "13900000005", "officer"):
        enter(client, typed, "wrong")
    assert enter(Client(REMOTE_ADDR="10.0.0.9"), "13900000005").status_code == 429


@pytest.mark.parametrize(
    ("asked", "goes"),
    [
        ("/account/password/", "/account/password/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_after_signing_in_one_returns_but_never_to_another_house(officer, client, asked, goes):
    assert enter(client, next=asked).url == goes


def test_a_page_asked_for_before_signing_in_is_remembered(client, db):
    answer = client.get("/account/?a=1")
    assert answer.url == "/sign-in/?next=%2Faccount%2F%3Fa%3D1"
    assert 'value="/account/?a=1"' in client.get(answer.url).content.decode()


def test_htmx_is_told_to_go_to_the_door(client, db):
    answer = client.get("/account/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Redirect"].startswith("/sign-in/")


def test_signing_out_ends_the_session_and_clears_pages_but_not_the_outbox(officer, client):
    enter(client)
    assert client.get("/sign-out/").status_code == 405
    answer = client.post("/sign-out/")
    assert answer["Clear-Site-Data"] == '"cache", "cookies"'
    assert not signed_in(client)


def test_a_key_sent_to_a_page_does_not_keep_a_session_alive(officer, client, settings):
    start = clock.now()
    with clock.travel(start):
        enter(client)
    with clock.travel(start + timedelta(minutes=settings.ANZE_IDLE_MINUTES)):
        answer = client.get("/account/", headers={"Authorization": "Bearer anything"})
        assert answer.status_code == 302
        assert "because=idle" in answer.url


def test_a_session_nobody_uses_ends_and_says_so(officer, client, settings):
    start = clock.now()
    with clock.travel(start):
        enter(client)
    idle = timedelta(minutes=settings.ANZE_IDLE_MINUTES)
    with clock.travel(start + idle - timedelta(seconds=1)):
        assert signed_in(client)
    with clock.travel(start + 2 * idle - timedelta(seconds=2)):
        assert signed_in(client)
    with clock.travel(start + 3 * idle):
        answer = client.get("/account/")
        assert answer.status_code == 302
        assert "because=idle" in answer.url
        assert "长时间没有操作" in client.get(answer.url).content.decode()
        assert not signed_in(client)


def test_twelve_hours_after_signing_in_a_busy_session_ends_too(officer, client):
    start = clock.now()
    with clock.travel(start):
        enter(client)
    for quarter in range(1, 48):
        with clock.travel(start + timedelta(minutes=15 * quarter)):
            assert signed_in(client)
    with clock.travel(start + timedelta(hours=12)):
        answer = client.get("/account/")
        assert "because=long" in answer.url


def test_the_session_is_written_at_most_once_a_minute(
    officer, client, django_assert_num_queries, django_assert_max_num_queries
):
    start = clock.now()

    def writes(at):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with clock.travel(at), CaptureQueriesContext(connection) as queries:
            assert signed_in(client)
        return [q["sql"] for q in queries if q["sql"].startswith(("UPDATE", "INSERT"))]

    with clock.travel(start):
        enter(client)
    assert writes(start + timedelta(seconds=59)) == []
    assert len(writes(start + timedelta(seconds=61))) == 1
    assert writes(start + timedelta(seconds=90)) == []


def test_a_first_password_must_be_changed_before_anything_else(cast, client):
    password = services.issue_password(cast.ctx("principal"), cast.teacher.pk)
    enter(client, "teacher", password)
    from anze.kernel.people.gates import action

    assert client.get("/account/").status_code == 200
    request = client.get("/account/").wsgi_request
    stopped = action("duties.view")(lambda request: None)(request)
    assert stopped.url == "/account/password/"
    page = client.get("/account/password/").content.decode()
    assert "请先设置新密码" in page
    new = {"old": password, "new": "Reed-7734-pond", "again": "Reed-7734-pond"}
    assert client.post("/account/password/", new).status_code == 302
    assert signed_in(client)
    assert get_user_model().objects.get(pk=cast.teacher.pk).check_password("Reed-7734-pond")


def test_changing_the_password_ends_the_other_sessions(officer, client):
    other = Client()
    enter(client)
    enter(other)
    new = {"old": PASSWORD, "new": "Reed-7734-pond", "again": "Reed-7734-pond"}
    client.post("/account/password/", new)
    assert signed_in(client)
    assert not signed_in(other)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"old": "wrong"}, "原密码不正确"),
        ({"again": "Reed-7734-pons"}, "两次输入的新密码不一致"),
        ({"new": "12345678", "again": "12345678"}, "三类"),
        ({"new": PASSWORD, "again": PASSWORD}, "相同"),
    ],
)
def test_a_bad_change_says_what_is_wrong(officer, client, said, words):
    enter(client)
    form = {"old": PASSWORD, "new": "Reed-7734-pond", "again": "Reed-7734-pond", **said}
    answer = client.post("/account/password/", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    officer.refresh_from_db()
    assert officer.check_password(PASSWORD)


def test_the_account_page_says_who_one_is_here(cast, client_for):
    page = client_for(cast.principal).get("/account/")
    text = page.content.decode()
    assert "临湖小学 · 主要负责人" in text
    assert page["Cache-Control"] == "private, no-cache"
