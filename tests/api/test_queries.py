"""A list costs the same number of queries whatever its length."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anze.kernel.bus.ctx import Ctx
from anze.kernel.forms.tests.testpack import load
from anze.kernel.packs import services as packs
from anze.kernel.people import services as people
from tests.api.world import settle

# Measured; a change must be meant. Session, user, roots and reach of the actor included.
BASELINE = {
    "units": 8,
    "people": 6,
    "duties": 6,
    "forms": 8,
    "submissions": 6,
    "plan": 14,
    "entries": 6,
    "packs": 7,
}


@pytest.fixture
def cost(world, client_for):
    client = client_for(world.cast.officer)
    client.get("/api/v1/me")  # the first request of a session writes it

    def count(path):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            answer = client.get(f"/api/v1{path}")
        assert answer.status_code == 200
        return len(seen), answer.json()

    return count


def more(world, tmp_path) -> None:
    """Let every list grow: people, submissions, entries, a second pack."""
    cast, ctx = world.cast, Ctx.system()
    for number in range(4):
        user = people.create_account(
            ctx,
            username=f"extra{number}",
            name=f"增{number}",
            phone=f"1380000000{number}",
            unit_id=cast.primary.pk,
        )
        people.give_post(
            ctx, user.pk, unit_id=cast.primary.pk, post="teacher", since=date(2026, 1, 1)
        )
        world.post("officer", "/submissions", world.hand_in(client_id=str(uuid4())))
    packs.activate(
        ctx, load(tmp_path / "more", version="2026.2"), cast.district.pk, date(2026, 12, 1)
    )
    settle()


def test_no_list_asks_once_per_row(world, cost, tmp_path):
    cast = world.cast
    lists = {
        "units": "/units",
        "people": f"/units/{cast.primary.pk}/people",
        "duties": "/duties",
        "forms": f"/forms?unit={cast.primary_east.pk}",
        "submissions": "/submissions",
        "plan": "/plan/trial",
        "entries": "/ledger/entries?kind=drill.held",
        "packs": "/packs",
    }
    few = {
        name: cost(f"{path}{'&' if '?' in path else '?'}limit=1") for name, path in lists.items()
    }
    more(world, tmp_path)
    many = {
        name: cost(f"{path}{'&' if '?' in path else '?'}limit=200") for name, path in lists.items()
    }
    grown = {name for name in lists if len(str(many[name][1])) > len(str(few[name][1]))}
    assert {"units", "people", "duties", "submissions", "entries", "packs"} <= grown
    assert {name: few[name][0] for name in lists} == {name: many[name][0] for name in lists}
    assert {name: many[name][0] for name in lists} == BASELINE
