"""What does not fit is refused in one shape, before it reaches a rule or the database."""

from __future__ import annotations

import json
from itertools import product

from django.test import Client

from anze.kernel.people.signin import BACKEND

SHAPE = {"message", "field", "where", "remedy", "fields"}
LISTS = ["/units", "/duties", "/submissions", "/packs"]


def test_no_list_takes_a_limit_out_of_bounds(world):
    lists = [*LISTS, "/ledger/entries", f"/units/{world.cast.primary.pk}/people"]
    for path, limit in product(lists, ["0", "-1", "201", "8e23", "9" * 30, "x", "1.5", ""]):
        answer = world.get("desk", path, limit=limit)
        assert (answer.status_code, answer.json()["field"]) == (400, "query.limit"), (path, limit)


def test_no_list_takes_an_offset_out_of_bounds(world):
    for path, offset in product(LISTS, ["-1", "100001", "9" * 30]):
        assert world.get("desk", path, offset=offset).status_code == 400, (path, offset)


def test_pages_follow_each_other_and_end(world):
    whole = world.get("desk", "/units", limit=200).json()
    parts = []
    for offset in range(0, whole["count"] + 5, 5):
        parts += world.get("desk", "/units", limit=5, offset=offset).json()["items"]
    assert parts == whole["items"]
    assert len(parts) == whole["count"] > 10
    assert world.get("desk", "/units", offset=100_000).json()["items"] == []


NOWHERE = [
    "/units/1",
    "/units/%00",
    "/duties/0",
    "/duties/-1",
    "/duties/99999999999999999999",
    "/duties/x/why",
    "/files/..%2f..%2fetc",
    "/submissions/nil",
    "/plan/%00",
    "/plan/a%20b",
    "/packs/trial/%F0%9F%92%A3",
    "/ledger/entries/1/proof",
    "/nowhere",
    "/units/",
    "",
]


def test_an_address_that_cannot_be_is_a_404_in_our_shape(world):
    for path in NOWHERE:
        answer = world.client("desk").get(f"/api/v1{path}")
        assert answer.status_code == 404, path
        assert set(answer.json()) == SHAPE


UNFIT = [
    ("/duties", {"due_from": "2026-02-30"}),
    ("/duties", {"due_to": "0001-01-01"}),
    ("/duties", {"state": "lost"}),
    ("/duties", {"unit": "1"}),
    ("/duties", {"q": "a\x00b"}),
    ("/duties", {"clause": "1'; drop"}),
    ("/units", {"q": "长" * 101}),
    ("/units", {"kind": "zoo"}),
    ("/plan/trial", {"on": "9999-12-31"}),
    ("/ledger/entries", {"kind": "a\x00"}),
    ("/ledger/entries", {"before": "-1"}),
    ("/ledger/entries", {"live": "perhaps"}),
    ("/ledger/consistency", {"old": str(2**63)}),
    ("/forms", {}),
]


def test_a_query_that_does_not_fit_names_its_part(world):
    for path, query in UNFIT:
        answer = world.get("desk", path, **query)
        part = next(iter(query), "unit")
        assert (answer.status_code, answer.json()["field"]) == (400, f"query.{part}"), path
        assert set(answer.json()) == SHAPE


UNREADABLE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe{}",
    b'{"client_id": NaN}',
    b'{"form": "a", "form": "b"}',
    b'{"answers": {"a": "\\u0000"}}',
    b'{"answers": {"a": "\\ud800"}}',
    b'{"answers": ' + b'{"a":' * 30 + b"1" + b"}" * 30 + b"}",
    b"[" * 100_000,
    b'{"n": ' + b"9" * 5000 + b"}",
    json.dumps({"client_id": "1", "form": "trial/drill"}).encode(),
]


def test_a_body_that_does_not_fit_is_a_400(world):
    for body in UNREADABLE:
        answer = world.client("officer").post("/api/v1/submissions", body, "application/json")
        assert answer.status_code == 400, body[:60]
        assert set(answer.json()) == SHAPE


def test_an_unknown_key_is_refused_by_name(world):
    answer = world.post("officer", "/submissions", world.hand_in(colour="red"))
    assert (answer.status_code, answer.json()["field"]) == (400, "body.colour")


def test_a_body_over_the_limit_is_a_400(world):
    body = world.hand_in(answers={"lessons": "长" * 3_000_000})
    assert world.post("officer", "/submissions", body).status_code == 400


def test_a_method_that_is_not_there_says_which_are(world):
    answer = world.client("desk").delete("/api/v1/units")
    assert (answer.status_code, answer["Allow"]) == (405, "GET")
    assert set(answer.json()) == SHAPE
    assert world.client("desk").put("/api/v1/submissions")["Allow"] == "GET, POST"


def test_a_write_needs_the_csrf_token_that_me_gives(world):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.cast.officer, backend=BACKEND)
    body = json.dumps(world.hand_in())

    def send(**headers):
        return browser.post("/api/v1/submissions", body, "application/json", headers=headers)

    refused = send()
    assert (refused.status_code, refused.json()["field"]) == (403, "header.X-CSRFToken")
    token = browser.get("/api/v1/me").json()["csrf_token"]
    assert send(**{"X-CSRFToken": token}).status_code == 201


def test_what_breaks_says_so_in_the_same_shape(world, monkeypatch, caplog):
    from anze.interfaces.api.operations import units

    def broken(*_args):
        raise RuntimeError("secret words")

    monkeypatch.setattr(units.units, "get", broken)
    answer = world.get("desk", f"/units/{world.cast.primary.pk}")
    assert answer.status_code == 500
    assert set(answer.json()) == SHAPE
    assert "secret" not in answer.content.decode()
    assert answer.json()["where"] in caplog.text
