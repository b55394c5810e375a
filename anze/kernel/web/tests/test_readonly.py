"""A disk that is full takes nobody's page and nobody's words."""

from __future__ import annotations

import errno
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import Error, OperationalError, connection, transaction
from django.db.models import QuerySet

from anze.kernel.bus import readonly
from anze.kernel.ledger.models import Entry
from anze.kernel.people import middleware

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    """Begin each test able to write, and try again without waiting."""
    monkeypatch.setattr(readonly, "_since", None)
    monkeypatch.setattr(readonly, "TRY_SECONDS", -1.0)


class Full:
    """Makes the database refuse every write that needs room, and takes it back."""

    def fill(self) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("VACUUM")  # pages that other tests left free would be room
                pages = cursor.execute("PRAGMA page_count").fetchone()[0]
                cursor.execute(f"PRAGMA max_page_count = {pages}")
            else:
                cursor.execute("SET default_transaction_read_only = on")

    def empty(self) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA max_page_count = 1073741823")
            else:
                cursor.execute("SET default_transaction_read_only = off")


@pytest.fixture
def full(cast):
    room = Full()
    yield room
    room.empty()


@pytest.fixture
def person(cast, client_for):
    client = client_for(cast.desk)
    client.raise_request_exception = False
    return client


@pytest.fixture
def writing(monkeypatch):
    """Let a page write something that needs room."""

    def write(*_args, **_more):
        readonly._write_row()
        raise AssertionError("there was room")

    monkeypatch.setattr("anze.kernel.forms.views.render", write)


def test_pages_are_still_read_and_say_so(person, full):
    full.fill()
    with pytest.raises(Error) as caught:
        readonly._write_row()
    assert readonly.note(caught.value)
    answer = person.get("/")
    assert answer.status_code == 200
    assert "系统暂时只读" in answer.content.decode()
    full.empty()
    assert "系统暂时只读" not in person.get("/").content.decode()


def test_a_note_that_finds_no_room_is_left_out_and_nothing_else_is(cast):
    with transaction.atomic():
        with readonly.tolerated():
            raise OSError(errno.ENOSPC, "full")
        assert Entry.objects.count() >= 0  # the transaction around it goes on
    assert readonly._since is not None
    with pytest.raises(ZeroDivisionError), readonly.tolerated():
        raise ZeroDivisionError


def test_a_filtered_list_is_read_although_what_filtered_it_cannot_be_kept(person, monkeypatch):
    from anze.kernel.web.models import SavedFilter

    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(SavedFilter.objects, "update_or_create", full)
    assert person.get("/units/?kind=primary").status_code == 200


def test_a_view_that_cannot_write_is_answered_503(person, full, writing):
    full.fill()
    answer = person.get("/forms/", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert "系统暂时只读" in answer.content.decode()


def test_what_was_typed_comes_back_without_secrets(rf):
    from anze.kernel.web import errors

    typed = {
        "lessons": "讲评<b>三点", "password": "hunter2", "code": "123456", "many": ["一", "二"],
    }  # fmt: skip
    page = errors.no_room(rf.post("/forms/x/?unit=7", typed, headers={"Accept": "text/html"}))
    text = page.content.decode()
    assert 'action="/forms/x/?unit=7"' in text
    assert 'name="lessons" value="讲评&lt;b&gt;三点"' in text
    assert text.count('name="many"') == 2
    assert "hunter2" not in text
    assert "123456" not in text


def test_a_script_gets_json_and_htmx_a_fragment(rf):
    from anze.kernel.web import errors

    assert errors.no_room(rf.post("/files/")).headers["Content-Type"] == "application/json"
    request = rf.post("/x/")
    request.htmx = True
    page = errors.no_room(request)
    assert (page.status_code, page["X-Anze-Fragment"]) == (503, "error")


def test_the_api_answers_503_in_its_own_shape(person, full, monkeypatch):
    def write(*_args, **_more):
        readonly._write_row()

    monkeypatch.setattr("anze.interfaces.api.operations.units._parents", write)
    full.fill()
    answer = person.get("/api/v1/units")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert answer.json()["message"].startswith("系统暂时只读")


def test_noting_that_somebody_is_here_never_costs_him_the_page(person, full, monkeypatch):
    monkeypatch.setattr(middleware, "TOUCH_SECONDS", -1)

    def fail(*_args, **_more):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(middleware, "LAST_SEEN_EVERY", timedelta(days=-1))
    monkeypatch.setattr(QuerySet, "update", fail)
    monkeypatch.setattr(readonly, "_writable", lambda: False)
    assert "系统暂时只读" in person.get("/").content.decode()


def test_a_session_that_cannot_be_kept_stays_as_it_was(person, full, monkeypatch):
    from django.contrib.sessions.backends import db

    def fail(self, must_create=False):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(middleware, "TOUCH_SECONDS", -1)
    monkeypatch.setattr(db.SessionStore, "save", fail)
    assert person.get("/").status_code == 200


def test_nothing_of_a_trial_stays(cast, full):
    from django.contrib.sessions.models import Session

    before = (Session.objects.count(), Entry.objects.count())
    assert readonly._writable()
    assert (Session.objects.count(), Entry.objects.count()) == before
    full.fill()
    assert not readonly._writable()


def test_another_fault_is_not_taken_for_a_full_disk():
    assert not readonly.note(ValueError(str(uuid4())))
    assert not readonly.note(OSError(errno.ENOENT, "no such file"))
    assert not readonly.note(OperationalError("database is locked"))
    assert not readonly.active()


def test_the_cause_behind_an_error_counts():
    error = RuntimeError("could not store")
    error.__cause__ = OSError(errno.EDQUOT, "quota")
    assert readonly.note(error)
