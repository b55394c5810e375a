"""A page asks the database a fixed number of times, whatever the size of the district.

``baselines.json`` holds the number for each page and person. After a change that is meant, write it
anew with ``ANZE_BASELINES=write pytest tests/queries`` and read the difference before committing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anze.interfaces.portal.tests.stage import TODAY, Stage, make_stage
from anze.kernel.bus import clock
from tests.cast import Cast

FILE = Path(__file__).with_name("baselines.json")
WRITE = os.environ.get("ANZE_BASELINES") == "write"
MORE = 14  # the cast has seven units that owe; this makes three times as many

Address = Callable[[Stage], str]
PAGES: dict[str, Address] = {
    "home": lambda stage: "/",
    "units": lambda stage: "/units/?size=100",
    "unit": lambda stage: f"/units/{stage.cast.primary.pk}/",
    "board": lambda stage: "/plan/",
    "board of a past day": lambda stage: "/plan/?on=2026-11-15",
    "clause": lambda stage: "/plan/stage/1.1/",
    "duties": lambda stage: "/duties/?size=100",
    "duties of a past day": lambda stage: "/duties/?size=100&on=2026-11-15",
    "duties filtered": lambda stage: f"/duties/?clause=stage:1.1&town={stage.cast.town.pk}",
    "duty": lambda stage: f"/duties/{_far(stage)}/",
    "heat": lambda stage: "/heat/",
    "late": lambda stage: "/late/",
    "late by unit": lambda stage: "/late/?by=unit",
    "ledger": lambda stage: "/ledger/?size=100",
    "ledger filtered": lambda stage: "/ledger/?kind=stage.walk",
    "packs": lambda stage: "/packs/",
    "pack": lambda stage: "/packs/stage/2026.1/",
}
WHO = {
    "desk": list(PAGES),
    "officer": ["home", "units", "unit", "board", "duties", "duty", "ledger"],
}


def _far(stage: Stage) -> int:
    return stage.occ("WALK-FAR", stage.cast.primary_east, "2026-11").pk


def _counts(stage: Stage, client_for: Callable) -> dict[str, int]:
    found = {}
    with clock.travel(clock.start_of(TODAY) + timedelta(hours=10)):
        for who, names in WHO.items():
            client = client_for(stage.cast.people[who])
            for name in names:
                address = PAGES[name](stage)
                assert client.get(address).status_code == 200, address  # warms the parsed packs
                with CaptureQueriesContext(connection) as queries:
                    client.get(address)
                found[f"{who}: {name}"] = len(queries)
    return found


@pytest.mark.parametrize("more", [0, MORE], ids=["small", "three times as large"])
def test_every_page_asks_as_often_as_its_baseline(
    cast: Cast, tmp_path: Path, client_for: Callable, more: int
) -> None:
    counts = _counts(make_stage(cast, tmp_path, more=more), client_for)
    if WRITE and not more:
        FILE.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n")
    assert counts == json.loads(FILE.read_text())


def test_a_page_that_asks_once_per_row_would_be_found(cast: Cast, tmp_path: Path) -> None:
    """The larger district must really be larger, or equal counts would prove nothing."""
    from anze.engines.duties.models import Occurrence

    make_stage(cast, tmp_path, more=MORE)
    grown = Occurrence.objects.filter(unit__name__startswith="新办")
    assert grown.count() > 2 * (Occurrence.objects.count() - grown.count())
