"""Who meets which wall: 401 without a session, 404 outside the scope, 403 inside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from anze.interfaces.api.v1 import api
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import services as people
from tests.api.world import DRILL, PDF, World

Case = tuple[str, str, Callable[[World], tuple[str, Any]], str, int]


def _duty(tail: str = "", body: Any = None):
    return lambda w: (f"/duties/{w.duty(w.cast.primary_east).pk}{tail}", body)


def _unit(tail: str):
    return lambda w: (f"/units/{w.cast.primary.pk}{tail}", None)


def _submission(tail: str = "", body: Any = None):
    return lambda w: (f"/submissions/{w.submission.pk}{tail}", body)


def _waiver(tail: str):
    return lambda w: (f"/waivers/{w.proposal.uid}{tail}", {"words": "情况属实"})


def _entry(tail: str = ""):
    return lambda w: (f"/ledger/entries/{w.submission.entry_uid}{tail}", None)


def _file(world: World):
    sent = SimpleUploadedFile("a.pdf", PDF)
    return "/files", {"unit": str(world.cast.primary.pk), "file": sent}


WAIVER = {"reason": "other", "words": "说明原因"}

# method, address in the document, how to call it, who sees the object but may not, and his answer.
OBJECTS: list[Case] = [
    ("GET", "/units/{unit_id}", _unit(""), "", 0),
    ("GET", "/units/{unit_id}/people", _unit("/people"), "teacher", 403),
    ("GET", "/duties/{duty_id}", _duty(), "auditor", 403),
    ("GET", "/duties/{duty_id}/why", _duty("/why"), "auditor", 403),
    ("POST", "/duties/{duty_id}/waiver", _duty("/waiver", WAIVER), "officer", 403),
    ("POST", "/waivers/{uid}/confirm", _waiver("/confirm"), "principal", 403),
    ("POST", "/waivers/{uid}/lift", _waiver("/lift"), "principal", 403),
    ("GET", "/forms", lambda w: (f"/forms?unit={w.cast.primary.pk}", None), "desk", 403),
    (
        "GET",
        "/forms/{issuer}/{ref}",
        lambda w: (f"/forms/trial/drill?unit={w.cast.primary_east.pk}", None),
        "desk",
        403,
    ),
    ("POST", "/submissions", lambda w: ("/submissions", w.hand_in()), "desk", 403),
    ("GET", "/submissions/{submission_id}", _submission(), "auditor", 403),
    (
        "POST",
        "/submissions/{submission_id}/correct",
        _submission("/correct", {"answers": DRILL}),
        "teacher",
        403,
    ),
    (
        "POST",
        "/submissions/{submission_id}/withdraw",
        _submission("/withdraw", {"reason": "mistake"}),
        "teacher",
        403,
    ),
    ("POST", "/files", _file, "desk", 403),
    ("GET", "/files/{file_id}", lambda w: (f"/files/{w.file.pk}", None), "auditor", 403),
    # An entry one may not read looks like none, also inside the scope.
    ("GET", "/ledger/entries/{uid}", _entry(), "teacher", 404),
    ("GET", "/ledger/entries/{uid}/proof", _entry("/proof"), "teacher", 404),
]

# These answer from what is in sight, or from what belongs to no unit.
WITHOUT_OBJECT = {
    ("GET", "/me"),
    ("GET", "/units"),
    ("GET", "/duties"),
    ("POST", "/duties/remind"),
    ("GET", "/forms/units"),
    ("GET", "/submissions"),
    ("GET", "/plan/{issuer}"),
    ("GET", "/ledger/entries"),
    ("GET", "/ledger/checkpoint"),
    ("GET", "/ledger/consistency"),
    ("GET", "/packs"),
    ("GET", "/packs/{issuer}/{version}"),
}


def operations() -> set[tuple[str, str]]:
    document = api.get_openapi_schema()
    return {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in document["paths"].items()
        for method in methods
    }


def call(world: World, client, case: Case):
    method, _, build, *_ = case
    path, body = build(world)
    if method == "GET":
        return client.get(f"/api/v1{path}")
    if path == "/files":
        return client.post(f"/api/v1{path}", body)
    return client.post(f"/api/v1{path}", body, "application/json")


@pytest.fixture
def stranger(world, client_for):
    """The head of a school in the other district, and its desk: he holds every action there."""
    cast = world.cast
    people.grant_role(Ctx.system(), cast.outsider.pk, role="desk", unit_id=cast.other_district.pk)
    return client_for(cast.outsider)


def test_every_operation_has_its_row():
    rows = {(method, path) for method, path, *_ in OBJECTS}
    assert rows | WITHOUT_OBJECT == operations()
    assert not rows & WITHOUT_OBJECT


def test_nobody_gets_in_without_a_session(world, client):
    for case in OBJECTS:
        answer = call(world, client, case)
        assert (answer.status_code, answer.json()["remedy"] != "") == (401, True), case[:2]


def test_what_lies_outside_the_scope_does_not_exist(world, stranger):
    for case in OBJECTS:
        answer = call(world, stranger, case)
        assert answer.status_code == 404, (case[:2], answer.content.decode())


def test_what_is_in_sight_but_not_allowed_is_refused(world):
    for case in OBJECTS:
        *_, part, status = case
        if part:
            answer = call(world, world.client(part), case)
            assert answer.status_code == status, (case[:2], answer.content.decode())


def test_who_may_is_let_in(world):
    for case in OBJECTS:
        person = "leader" if "waiver" in case[1] else "officer"
        answer = call(world, world.client(person), case)
        wanted = (404,) if case[1].endswith("/lift") else (200, 201)  # there is no waiver yet
        assert answer.status_code in wanted, (case[:2], answer.content.decode())


def test_lists_show_nothing_from_outside_the_scope(world, stranger):
    assert stranger.get("/api/v1/duties").json()["items"] == []
    assert stranger.get("/api/v1/submissions").json()["items"] == []
    names = {one["name"] for one in stranger.get("/api/v1/units?limit=200").json()["items"]}
    assert names == {"青山区教育局", "青山小学"}
    ours = {str(one.pk) for one in world.cast.schools}
    entries = stranger.get("/api/v1/ledger/entries?limit=200").json()["items"]
    assert not ours & {one["unit_id"] for one in entries}


def test_a_unit_kept_from_a_filter_is_kept_from_the_answer(world):
    other = world.cast.other_school.pk
    for path in ("/units", "/duties"):
        assert world.get("desk", path, under=other).status_code == 404
    assert world.get("desk", "/duties", unit=other).json()["items"] == []
    assert world.get("desk", "/ledger/entries", unit=other).json()["items"] == []


def test_who_must_change_his_password_does_that_first(world):
    person = world.cast.officer
    person.must_change_password = True
    person.save(update_fields=["must_change_password"])
    answer = world.get("officer", "/me")
    assert (answer.status_code, "密码" in answer.json()["message"]) == (403, True)


def test_names_and_words_are_for_those_who_may_read_them(world):
    path = f"/ledger/entries/{world.submission.entry_uid}"
    assert world.get("officer", path).json()["actor"] == "程全"
    seen = world.get("auditor", path).json()
    assert seen["facts"]["participants"] == 590
    assert world.get("town_officer", path).json()["private"] is not None
