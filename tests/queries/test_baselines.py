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
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anze.domains.burden.services import answers, suggestions, tasks
from anze.interfaces.portal.tests.stage import TODAY, Stage, make_stage
from anze.kernel.bus import clock
from anze.kernel.work import jobs
from tests.cast import Cast

FILE = Path(__file__).with_name("baselines.json")
WRITE = os.environ.get("ANZE_BASELINES") == "write"
TASK = UUID(int=0x5A5A)
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
    "documents": lambda stage: "/documents/",
    "packs": lambda stage: "/packs/",
    "suggestions": lambda stage: "/suggestions/?size=100",
    "suggestions of all": lambda stage: "/suggestions/public/",
    "collections": lambda stage: "/collections/?size=100",
    "collection": lambda stage: f"/collections/{TASK}/",
    "collection answers": lambda stage: f"/collections/{TASK}/answers/?size=100",
    "collections late": lambda stage: "/collections/late/?size=100",
    "collection filled": lambda stage: f"/collections/{TASK}/units/{stage.cast.primary.pk}/",
    "burden": lambda stage: "/burden/?month=2026-11",
    "burden made of": lambda stage: "/burden/made-of/?month=2026-11",
    "say": lambda stage: "/suggestions/new/?from=/duties/",
    "pack": lambda stage: "/packs/stage/2026.1/",
}
WHO = {
    "desk": [name for name in PAGES if name != "collection filled"],
    "officer": [
        "home",
        "units",
        "unit",
        "board",
        "duties",
        "duty",
        "ledger",
        "documents",
        "say",
        "collection filled",
    ],
}


def _far(stage: Stage) -> int:
    return stage.occ("WALK-FAR", stage.cast.primary_east, "2026-11").pk


def _suggest(stage: Stage, count: int) -> None:
    """Let several people say something, half of it answered before everybody."""
    cast = stage.cast
    with clock.travel(clock.start_of(TODAY) + timedelta(hours=9)):
        for number in range(count):
            who = ("officer", "principal", "junior_head")[number % 3]
            word = suggestions.Word(UUID(int=number), "repeated", f"第{number}条", "/duties/")
            suggestions.say(cast.ctx(who), word)
            if number % 2:
                told = suggestions.Answer("changed", "改了", True, "要填两遍", "只填一遍")
                suggestions.answer(cast.ctx("desk"), UUID(int=number), told)


def _collect(stage: Stage, count: int) -> None:
    """Let several tasks go out; the first school answers all but the first."""
    cast = stage.cast
    with clock.travel(clock.start_of(TODAY) + timedelta(hours=9)):
        for number in range(count):
            asked = (tasks.Asked("沙袋", "integer", again="每次都变"),)
            draft = tasks.Draft(
                UUID(int=TASK.int + number), cast.district.pk, f"第{number}次摸底", "调配", "纪要",
                "本科看", TODAY + timedelta(days=9), (), asked,
            )  # fmt: skip
            tasks.keep(cast.ctx("desk"), draft)
            tasks.submit(cast.ctx("desk"), draft.client_id)
            tasks.approve(cast.ctx("leader"), draft.client_id)
            jobs.run_waiting()
            if number:
                answers.hand_in(cast.ctx("officer"), draft.client_id, cast.primary.pk, {"1": "5"})


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
    stage = make_stage(cast, tmp_path, more=more)
    _suggest(stage, 3 + more)
    _collect(stage, 2 + more // 4)
    counts = _counts(stage, client_for)
    if WRITE and not more:
        FILE.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n")
    assert counts == json.loads(FILE.read_text())


def test_a_page_that_asks_once_per_row_would_be_found(cast: Cast, tmp_path: Path) -> None:
    """The larger district must really be larger, or equal counts would prove nothing."""
    from anze.engines.duties.models import Occurrence

    make_stage(cast, tmp_path, more=MORE)
    grown = Occurrence.objects.filter(unit__name__startswith="新办")
    assert grown.count() > 2 * (Occurrence.objects.count() - grown.count())
