"""Every page carries the strict headers, refusals and redirects included."""

from __future__ import annotations

import pytest

from tests.access.test_routes import addresses


@pytest.mark.parametrize("person", ["desk", "guard", None])
def test_every_answer_of_every_route_has_the_strict_headers(cast, client_for, client, person):
    asking = client_for(cast.people[person]) if person else client
    wrong = []
    for _route, address in addresses():
        answer = asking.get(address)
        policy = answer.headers.get("Content-Security-Policy", "")
        rules = [rule.strip() for rule in policy.split(";")]
        if (
            not {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(rules)
            or "unsafe" in policy
            or "Content-Security-Policy-Report-Only" in answer.headers
            or answer.headers.get("Referrer-Policy") != "same-origin"
            or answer.headers.get("Cross-Origin-Opener-Policy") != "same-origin"
            or "camera=(self)" not in answer.headers.get("Permissions-Policy", "")
            or answer.headers.get("X-Frame-Options") != "DENY"
            or answer.headers.get("X-Content-Type-Options") != "nosniff"
        ):
            wrong.append((address, answer.status_code))
    assert wrong == []


def test_too_many_parts_are_told_as_such(cast, client_for):
    answer = client_for(cast.desk).post("/-/bulk/units/", {"ids": ["x"] * 1200})
    assert answer.status_code == 413
    assert "提交的内容太大" in answer.content.decode()
