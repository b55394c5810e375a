"""The OpenAPI document: stable, complete, and readable as a page under our policy.

``ANZE_API_SNAPSHOT=write`` writes the snapshot anew; the diff shows what clients will see.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from ninja import Schema

from anze.interfaces.api.shapes import duties, units
from anze.interfaces.api.v1 import api
from anze.kernel.forms import services as forms
from anze.kernel.people import table
from anze.kernel.units import rules
from anze.kernel.web.wire import faults

SNAPSHOT = Path(__file__).parent / "openapi.json"


@pytest.fixture(scope="module")
def document():
    return json.loads(json.dumps(api.get_openapi_schema()))


def test_the_document_is_the_one_clients_know(document):
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("ANZE_API_SNAPSHOT") == "write":
        SNAPSHOT.write_text(text, encoding="utf-8")
    assert json.loads(SNAPSHOT.read_text(encoding="utf-8")) == document, (
        "the API changed: run with ANZE_API_SNAPSHOT=write and look at the diff"
    )


def test_every_operation_is_described_and_declares_its_refusals(document):
    for path, methods in document["paths"].items():
        for method, spec in methods.items():
            assert spec["summary"], (method, path)
            assert spec["description"], (method, path)
            codes = {int(code) for code in spec["responses"]}
            if spec["x-action"] in table.ANYBODY:
                wanted = {400, 404}
                assert spec["security"] == []
            else:
                wanted = {400, 401, 403, 404, 429} | (set() if method == "get" else {409, 422})
                assert spec["security"]
            assert wanted <= codes, (method, path)
            for code in codes - {200, 201}:
                content = spec["responses"][str(code)]["content"]["application/json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Fault"}
    assert faults.MEANING.keys() >= {400, 401, 403, 404, 405, 409, 422}


def test_every_shape_says_what_it_is(document):
    for name, shape in document["components"]["schemas"].items():
        assert shape.get("description"), name
        assert "float" not in json.dumps(shape), name


def test_no_two_operations_have_one_name(document):
    names = [
        one["operationId"] for methods in document["paths"].values() for one in methods.values()
    ]
    assert {name for name in names if names.count(name) > 1} == set()


def test_no_two_shapes_have_one_name(document):
    """Of two the document keeps one, and lies about the operations of the other."""

    def below(kind):
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    places = {}
    for shape in below(Schema):
        if shape.__module__.startswith("anze.") and "[" not in shape.__name__:
            places.setdefault(shape.__name__, set()).add(shape.__module__)
    assert set(document["components"]["schemas"]) & places.keys()
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_choices_in_the_document_are_those_of_the_rooms(document):
    assert set(units.LEVELS) == set(rules.LEVELS)
    assert set(units.KINDS) == set(rules.KINDS)
    assert set(units.STATUSES) == set(rules.STATUSES)
    shapes = document["components"]["schemas"]
    assert set(shapes["WithdrawalIn"]["properties"]["reason"]["enum"]) == set(forms.REASONS)
    assert set(duties.AnyState.__args__) == set(shapes["DutyOut"]["properties"]["state"]["enum"])


def test_the_page_shows_every_operation_and_shape_without_a_script(cast, client_for, document):
    answer = client_for(cast.teacher).get("/api/v1/docs")
    page = answer.content.decode()
    assert answer.status_code == 200
    for methods in document["paths"].values():
        for spec in methods.values():
            assert f'id="{spec["operationId"]}"' in page
    for name in document["components"]["schemas"]:
        assert f'id="shape-{name}"' in page
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(re.findall(r'id="([^"]+)"', page)), "a link leads nowhere"
    assert not re.findall(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S|\son\w+=|\sstyle=", page)
    assert not re.findall(r'(?:src|href)="https?://', page)
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_the_document_and_the_page_are_for_those_signed_in(db, client):
    for path in ("docs", "openapi.json"):
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer["Location"].startswith("/sign-in/")) == (302, True)
