"""Who meets which wall: 401 without a session, 404 outside the scope, 403 inside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from anze.interfaces.api.v1 import api
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import services as people
from tests import rooms
from tests.api.world import BLANKET, DRILL, PDF, World

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


def _thing(tail: str, build: Callable[[World], Any] = lambda _w: None):
    return lambda w: (f"/registers/fire_equipment/{w.thing.pk}{tail}", build(w))


def _new_thing(world: World):
    unit = str(world.cast.primary_east.pk)
    body = {"client_id": str(uuid4()), "unit": unit, "values": BLANKET}
    return "/registers/fire_equipment", body


def _changed(world: World):
    world.thing.refresh_from_db()
    return {"version": world.thing.version, "values": {**BLANKET, "position": "门厅"}}


def _suggestion(tail: str, body: Any = None):
    return lambda w: (f"/suggestions/{w.suggestion.pk}{tail}", body)


def _task(tail: str = "", body: Any = None, *, part: str = "waiting"):
    return lambda w: (f"/collections/{getattr(w, part).pk}{tail}", body)


def _draft(world: World):
    body = {
        "client_id": str(uuid4()),
        "scope": str(world.cast.primary.pk),
        "title": "摸底",
        "ends": "2026-11-10",
    }
    return "/collections", body


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
    ("GET", "/suggestions/{suggestion_id}", _suggestion(""), "", 0),
    ("POST", "/suggestions/{suggestion_id}/take", _suggestion("/take"), "officer", 403),
    (
        "POST",
        "/suggestions/{suggestion_id}/answer",
        _suggestion("/answer", {"outcome": "kept", "answer": "不改"}),
        "officer",
        403,
    ),
    ("POST", "/collections", _draft, "officer", 403),
    ("GET", "/collections/{task_id}", _task(), "", 0),
    ("GET", "/collections/{task_id}/answers", _task("/answers"), "", 0),
    ("POST", "/collections/{task_id}/submit", _task("/submit"), "", 0),
    ("POST", "/collections/{task_id}/approve", _task("/approve"), "clerk", 403),
    (
        "POST",
        "/collections/{task_id}/return",
        _task("/return", {"words": "改"}, part="unwanted"),
        "clerk",
        403,
    ),
    ("POST", "/collections/{task_id}/withdraw", _task("/withdraw"), "clerk", 403),
    (
        "POST",
        "/collections/{task_id}/units/{unit_id}",
        lambda w: (
            f"/collections/{w.running.pk}/units/{w.cast.primary.pk}",
            {"values": {"1": "5"}},
        ),
        "teacher",
        403,
    ),
    ("GET", "/units/{unit_id}/successions", _unit("/successions"), "", 0),
    (
        "GET",
        "/documents/{document_id}",
        lambda w: (f"/documents/{w.document.pk}", None),
        "teacher",
        403,
    ),
    ("GET", "/imports/{batch_id}", lambda w: (f"/imports/{w.batch.pk}", None), "teacher", 403),
    ("GET", "/registers/{code}/{thing_id}", _thing(""), "sysadmin", 403),
    ("POST", "/registers/{code}", _new_thing, "desk", 403),
    ("POST", "/registers/{code}/{thing_id}/change", _thing("/change", _changed), "guard", 403),
    (
        "POST",
        "/registers/{code}/{thing_id}/end",
        _thing("/end", lambda _w: {"reason": "lost"}),
        "guard",
        403,
    ),
    # An entry one may not read looks like none, also inside the scope.
    ("GET", "/ledger/entries/{uid}", _entry(), "teacher", 404),
    ("GET", "/ledger/entries/{uid}/proof", _entry("/proof"), "teacher", 404),
]

# These answer from what is in sight, or from what belongs to no unit.
WITHOUT_OBJECT = {
    ("GET", "/documents"),
    ("GET", "/imports"),
    ("GET", "/people/accounts"),
    ("GET", "/people/posts"),
    ("GET", "/people/roles"),
    ("GET", "/people/vacancies"),
    ("GET", "/registers"),
    ("GET", "/registers/{code}"),
    ("GET", "/me"),
    ("GET", "/notices"),
    ("GET", "/notices/deliveries"),
    ("POST", "/notices/{notice_id}/read"),
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
    ("GET", "/burden"),
    ("GET", "/collections"),
    ("GET", "/collections/owed"),
    ("GET", "/suggestions"),
    ("POST", "/suggestions/own"),
    ("GET", "/suggestions/public"),
    ("GET", "/suggestions/own"),
    ("GET", "/packs/{issuer}/{version}"),
}

for _room in rooms.brought("operations").values():
    OBJECTS += _room.OBJECTS
    WITHOUT_OBJECT |= _room.WITHOUT_OBJECT

# Operations that only the bureau may do; the leader can.
BUREAU = {"suggestions", "collections"}
LET_IN = {
    "/collections/{task_id}/submit": "desk",  # its author
    "/collections/{task_id}/units/{unit_id}": "officer",
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
        bureau = case[1].split("/")[1] in BUREAU or "waiver" in case[1]
        person = LET_IN.get(case[1], "leader" if bureau else "officer")
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
