"""The pages domains bring ask the database a fixed number of times, whatever they hold.

A domain's ``tests/pages.py`` names ``PAGES``, ``WHO`` and ``fill(cast, count)``; the numbers stand
beside it in ``baselines.json``. ``ANZE_BASELINES=write`` writes them anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import ModuleType

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.rooms import brought

ROOMS = brought("pages")
WRITE = os.environ.get("ANZE_BASELINES") == "write"


def _counts(room: ModuleType, cast, client_for) -> dict[str, int]:
    found = {}
    for who, names in room.WHO.items():
        client = client_for(cast.people[who])
        for name in names:
            address = room.PAGES[name](cast)
            assert client.get(address).status_code == 200, address
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            found[f"{who}: {name}"] = len(queries)
    return found


@pytest.mark.parametrize("rows", [3, 30], ids=["small", "ten times as many"])
@pytest.mark.parametrize("name", ROOMS)
def test_every_page_of_a_room_asks_as_often_as_its_baseline(cast, client_for, name, rows):
    room = ROOMS[name]
    file = Path(str(room.__file__)).with_name("baselines.json")
    room.fill(cast, rows)
    counts = _counts(room, cast, client_for)
    if WRITE and rows == 3:
        file.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n")
    assert counts == json.loads(file.read_text())


def test_what_a_room_brings_is_all_there():
    for name, room in ROOMS.items():
        assert {page for pages in room.WHO.values() for page in pages} == set(room.PAGES), name
