"""Every route declares its action, and keeps out whoever may not do it."""

from types import ModuleType
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, path, resolve
from ninja import NinjaAPI

from anze.kernel.people import actions, table
from anze.kernel.people.access import action, api_action
from tests.access.routes import routes

SOMEWHERE = UUID(int=7)


def test_every_route_declares_its_action():
    assert [route.pattern for route in routes() if route.action is None] == []


def test_every_declared_action_is_known_and_has_its_row():
    known = {one.code for one in actions.all_actions()}
    rows = set(table.TABLE) | table.ANYBODY | table.SIGNED_IN
    used = {route.action for route in routes() if route.action}
    assert used - known == set()
    assert known - rows == set()


def test_a_route_without_an_action_is_found():
    api = NinjaAPI(urls_namespace="found", docs_url=None, openapi_url=None)

    @api.get("/bare")
    def bare(request):
        return {}

    @api.post("/guarded", auth=api_action("units.view"))
    def guarded(request):
        return {}

    @api.get("/either", auth=[api_action("units.view"), lambda request: True])
    def either(request):
        return {}

    urlconf = ModuleType("found")
    urlconf.urlpatterns = [
        path("naked/", lambda request: HttpResponse()),
        path("dressed/", action("units.view")(lambda request: HttpResponse())),
        path("api/", api.urls),
    ]
    found = {route.pattern: route.action for route in routes(urlconf)}
    assert found == {
        "naked/": None,
        "dressed/": "units.view",
        "api/bare": None,
        "api/guarded": "units.view",
        "api/either": None,
    }


def addresses():
    """One address per route that can be written, with an id nobody has in every place."""
    for route in routes():
        address = "/" + _filled(route.pattern)
        try:
            resolve(address)
        except NoReverseMatch:
            continue
        except Exception:  # a converter that wants something else than an id: skipped below
            continue
        yield route, address


def _filled(pattern):
    out, rest = "", pattern.replace("^", "").replace("$", "")
    while "<" in rest:
        before, _, tail = rest.partition("<")
        inside, _, rest = tail.partition(">")
        out += before + {"int": "7", "date": "2026-09-01"}.get(
            inside.partition(":")[0], str(SOMEWHERE)
        )
    return out + rest


def test_nobody_enters_without_signing_in(db):
    client = Client()
    opened = []
    for route, address in addresses():
        if route.action in table.ANYBODY:
            continue
        for method in ("get", "post"):
            answer = getattr(client, method)(address)
            if answer.status_code not in (302, 401, 403, 404, 405):
                opened.append((method, address, answer.status_code))
            elif answer.status_code == 302 and not answer.url.startswith("/sign-in/"):
                opened.append((method, address, answer.url))
    assert opened == []


def test_who_has_no_post_enters_nothing_that_needs_one(cast, client_for):
    client = client_for(cast.nobody)
    opened = []
    for route, address in addresses():
        if route.action not in table.TABLE:
            continue
        for method in ("get", "post"):
            answer = getattr(client, method)(address)
            if answer.status_code not in (403, 404, 405):
                opened.append((method, address, answer.status_code))
    assert opened == []


@pytest.mark.parametrize("code", ["units.view", "account"])
def test_the_guard_of_an_operation_lets_in_who_may(cast, rf, code):
    guard = api_action(code)
    request = rf.get("/api/x")
    request.user, request.ctx = cast.principal, cast.ctx("principal")
    assert guard(request) == cast.principal
