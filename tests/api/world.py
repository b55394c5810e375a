"""The district of the cast with a small pack in force, some weeks lived, some things recorded."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from anze.domains.burden.models import CollectionTask, Suggestion
from anze.domains.burden.services import suggestions, tasks
from anze.domains.facilities.registers import FIRE
from anze.engines.duties import services as duties
from anze.engines.duties.advance import advance
from anze.engines.duties.models import Occurrence
from anze.engines.registers import services as registers
from anze.engines.registers.models import Thing
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.documents.models import Document
from anze.kernel.exchange.models import ImportBatch
from anze.kernel.files import services as files
from anze.kernel.files.models import StoredFile
from anze.kernel.forms import services as forms
from anze.kernel.forms.models import Submission
from anze.kernel.forms.tests.testpack import load
from anze.kernel.ledger import checkpoints, sequencer
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import services as packs
from anze.kernel.people.access import ctx_for
from anze.kernel.people.models import User
from anze.kernel.work import jobs
from tests.cast import Cast

TODAY = date(2026, 11, 6)
BLANKET = {"kind": "fire_blanket", "position": "食堂"}
DRILL = {
    "drill_type": "fire",
    "expected": 600,
    "participants": 590,
    "duration_seconds": 150,
    "evaluated": True,
    "lessons": "北门打开较慢",
}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def at(day: date, hour: int = 9):
    """Return a Chinese hour of a day."""
    return clock.start_of(day) + timedelta(hours=hour)


@contextmanager
def on(day: date) -> Iterator[None]:
    """Let it be nine in the morning of a day."""
    with clock.travel(at(day)):
        yield


def settle() -> None:
    """Number what waits and judge it, as happens after each commit."""
    sequencer.advance()
    advance()


@dataclass
class World:
    """The cast, what was made with it, and how to call the API."""

    cast: Cast
    client_for: Callable[[User], Client]
    submission: Submission = field(init=False)
    file: StoredFile = field(init=False)
    proposal: Entry = field(init=False)
    suggestion: Suggestion = field(init=False)
    document: Document = field(init=False)
    thing: Thing = field(init=False)
    batch: ImportBatch = field(init=False)
    waiting: CollectionTask = field(init=False)
    running: CollectionTask = field(init=False)
    unwanted: CollectionTask = field(init=False)

    def client(self, part: str) -> Client:
        """Return a browser in which this person is signed in."""
        return self.client_for(self.cast.people[part])

    def ctx(self, part: str) -> Ctx:
        """Return a person's context now."""
        return ctx_for(self.cast.people[part], "api")

    def get(self, part: str, path: str, **query: Any) -> Any:
        """Ask as a person; return the response."""
        return self.client(part).get(f"/api/v1{path}", query)

    def post(self, part: str, path: str, body: Any = None) -> Any:
        """Send JSON as a person; return the response."""
        return self.client(part).post(
            f"/api/v1{path}", body if body is not None else {}, "application/json"
        )

    def duty(self, unit, period: str = "2026-11") -> Occurrence:
        """Return the monthly drill of a campus."""
        return Occurrence.objects.get(requirement__ref="DRILL-MONTHLY", unit=unit, period=period)

    def hand_in(self, **changes: Any) -> dict[str, Any]:
        """Return the body of a submission of a drill on the east campus."""
        return {
            "client_id": str(uuid4()),
            "form": "trial/drill",
            "unit": str(self.cast.primary_east.pk),
            "answers": DRILL,
            "happened": "2026-11-04",
            **changes,
        }


def build(cast: Cast, client_for: Callable[[User], Client], folder: Path) -> World:
    """Return the world on the morning of ``TODAY``; the clock must stand there already."""
    world = World(cast, client_for)
    with on(date(2026, 10, 29)):
        row = load(folder / "packs")
        packs.activate(Ctx.system(), row, cast.district.pk, date(2026, 10, 1))
        duties.sweep(Ctx.system())
    duties.sweep(Ctx.system())
    with on(TODAY - timedelta(days=1)):
        _record(world)
        _kept(world)
    settle()
    checkpoints.make()
    return world


def _record(world: World) -> None:
    cast, officer = world.cast, world.ctx("officer")
    world.file, _ = files.receive(officer, cast.primary.pk, io.BytesIO(PDF), name="验收单.pdf")
    world.submission = forms.submit(
        officer,
        "trial/drill",
        cast.primary_west.pk,
        UUID(int=0x1907),
        DRILL,
        happened="2026-11-03",
    )
    world.suggestion = suggestions.say(
        officer, suggestions.Word(UUID(int=0x1908), "repeated", "人数每月都要重填")
    )
    world.waiting, world.running = _ask(world, 0x1909), _ask(world, 0x190A)
    world.unwanted = _ask(world, 0x190B)
    tasks.approve(world.ctx("leader"), world.running.pk)
    jobs.run_waiting()
    october = world.duty(cast.primary_east, "2026-10")
    world.proposal = duties.propose_waiver(world.ctx("desk"), october.pk, "suspended", "校舍加固")


def _kept(world: World) -> None:
    cast, officer = world.cast, world.ctx("officer")
    world.thing = registers.add(officer, FIRE, cast.primary_east.pk, BLANKET)
    # As they stand when all is done; how they come about is tested in their own rooms.
    world.document = Document.objects.create(
        kind="notice", issuer=cast.primary, title="通报", state="issued",
        reference="一小安通〔2026〕1号", drafted_at=officer.now, issued_at=officer.now,
        pdf=world.file, docx=world.file, code="TESTCODE", entry_uid=world.submission.entry_uid,
    )  # fmt: skip
    world.batch = ImportBatch.objects.create(
        kind="fire_equipment", scope=cast.primary, actor_id=officer.actor_id, state="undone",
        file_name="台账.xlsx", sha256="0" * 64, created=officer.now, total=3, done=3, undone=3,
        counts='{"new": 3}', undo_begun=officer.now, finished=officer.now,
    )  # fmt: skip


def _ask(world: World, number: int) -> CollectionTask:
    asked = (tasks.Asked("沙袋", "integer", again="每次都变"),)
    draft = tasks.Draft(
        UUID(int=number), world.cast.district.pk, f"摸底{number}", "调配", "会议纪要", "本科看",
        TODAY + timedelta(days=20), (), asked,
    )  # fmt: skip
    tasks.keep(world.ctx("desk"), draft)
    return tasks.submit(world.ctx("desk"), draft.client_id)
