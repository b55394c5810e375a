"""A district that runs the shipped packs: founded by services, its schools imported from a roster.

Autumn 2026, invented names. The clock stands at ten on ``TODAY`` while a journey is walked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from anze.engines.duties import selectors as duties
from anze.engines.duties import services as duty_services
from anze.engines.duties.advance import advance
from anze.engines.duties.models import Occurrence
from anze.engines.duties.selectors.board import Asked
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange import services as exchange
from anze.kernel.exchange.models import ImportBatch
from anze.kernel.exchange.tests import books
from anze.kernel.forms import services as forms
from anze.kernel.forms.models import Submission
from anze.kernel.ledger import sequencer
from anze.kernel.packs import selectors as packs
from anze.kernel.packs import services as pack_services
from anze.kernel.people import services as people
from anze.kernel.people.access import ctx_for
from anze.kernel.people.models import Holding, User
from anze.kernel.units import services as units
from anze.kernel.units.models import Unit
from anze.kernel.work import jobs

FOUNDED = date(2026, 10, 29)
BINDS = date(2026, 9, 1)
TODAY = date(2026, 11, 10)  # a Tuesday in the session
PACKS = (("national", "2026.1"), ("wujin", "2020.1"))
KINDS = ("小学", "小学", "幼儿园", "初级中学", "校外培训机构", "小学")
NAMES = ("临湖小学", "望山小学", "小荷幼儿园", "星湖初级中学", "启明培训中心", "双桥小学")
DRILL = {
    "drill_type": "fire",
    "expected": 600,
    "participants": 590,
    "duration_seconds": 150,
    "evaluated": True,
    "lessons": "北门打开较慢",
}
POOR_DRILL = {**DRILL, "participants": 300}


def at(day: date, hour: int = 10) -> datetime:
    """Return a Chinese hour of a day."""
    return clock.start_of(day) + timedelta(hours=hour)


@contextmanager
def on(day: date, hour: int = 10) -> Iterator[None]:
    """Let it be an hour of a day."""
    with clock.travel(at(day, hour)):
        yield


def settle() -> int:
    """Number what waits and judge it, as happens after each commit; return the number reached."""
    sequencer.advance()
    return advance()


def roster() -> list[books.Line]:
    """Return the lines of the roster: one unit a line, one with two campuses."""
    made = []
    for number, line in enumerate(books.lines(len(NAMES))):
        name, kind = NAMES[number], KINDS[number]
        made.append({**line, "name": name, "short_name": name, "kind": kind, "campus": ""})
    last = made.pop()
    made += [{**last, "campus": "本部"}, {**last, "campus": "东校区"}]
    return [{**line, "order": order} for order, line in enumerate(made, 1)]


@dataclass
class World:
    """The district and who acts in it."""

    district: Unit
    safety_division: Unit = field(init=False)
    desk: User = field(init=False)
    leader: User = field(init=False)

    def ctx(self, person: User, via: str = "web") -> Ctx:
        """Return a person's context now."""
        return ctx_for(person, via)

    def unit(self, name: str, level: str = "unit") -> Unit:
        """Return a body by its name."""
        return Unit.objects.get(name=name, level=level)

    def campus(self, name: str) -> Unit:
        """Return a campus by its name."""
        return self.unit(name, "campus")

    def holding(self, name: str, post: str = "safety_officer") -> Holding:
        """Return who holds a post in a unit now."""
        found = Holding.objects.filter(unit__name=name, post=post, valid_to=None)
        return found.select_related("user", "unit").get()

    def officer(self, name: str) -> User:
        """Return the safety officer of a unit."""
        return self.holding(name).user

    def hand_in(
        self, person: User, body: Unit, form: str = "national/drill",
        answers: Mapping[str, Any] = DRILL, happened: date | None = None,
    ) -> Submission:  # fmt: skip
        """Hand in a form as a person and let it be numbered and judged."""
        made = forms.submit(
            self.ctx(person), form, body.pk, uuid4(), answers, happened=happened or clock.today()
        )
        settle()
        return made

    def drill(self, name: str, issuer: str = "wujin", period: str = "2026-11") -> Occurrence:
        """Return the monthly drill of a campus, as one pack asks for it."""
        return self.duty("DRILL-MONTHLY", self.campus(name), issuer, period)

    def duty(self, ref: str, body: Unit, issuer: str = "wujin", period: str = "") -> Occurrence:
        """Return one occurrence."""
        found = Occurrence.objects.filter(
            requirement__ref=ref, requirement__pack__issuer=issuer, unit=body
        )
        return (found.filter(period=period) if period else found).get()

    def pass_day(self, day: date) -> None:
        """Let a day begin, five minutes after midnight."""
        with clock.travel(clock.start_of(day) + timedelta(minutes=5)):
            duty_services.sweep(Ctx.system())

    def asked(
        self, ref: str, issuer: str = "wujin", day: date | None = None, by: User | None = None
    ) -> Asked:
        """Return a requirement as the plan board shows it."""
        board = duties.board(self.ctx(by or self.desk), issuer, day)
        assert board is not None
        lines = [one for head in board.heads for row in head.clauses for one in row.asked]
        return next(one for one in [*lines, *board.others] if one.spec.ref == ref)


def found() -> World:
    """Found the bureau, import its schools, let the shipped packs bind it, live until TODAY."""
    with on(FOUNDED):
        world = _bureau()
        import_roster(world)
        for name in PACKS:
            pack_services.activate(Ctx.system(), packs.row(*name), world.district.pk, BINDS)
        duty_services.sweep(Ctx.system())  # the server's first minute
    with on(TODAY, 6):
        duty_services.sweep(Ctx.system())  # it slept until now: the days between are caught up
    return world


def _bureau() -> World:
    ctx = Ctx.system()
    pack_services.load_all(ctx, settings.ANZE_PACKS)
    people.sync_post_types(ctx, packs.posts(packs.get(*name) for name in PACKS).values())
    old = date(2012, 9, 1)
    city = units.register_unit(ctx, level="authority", name="云州市教育局", opened=old)
    district = units.register_unit(
        ctx, level="district", name="青禾区教育局", parent_id=city.pk, opened=old
    )
    for town in books.TOWNS:
        units.register_unit(ctx, level="town", name=town, parent_id=district.pk, opened=old)
    for term in packs.get("wujin", "2020.1").calendar.terms:
        units.set_term(
            ctx, district.pk, code=term.code, name=term.name, start=term.start, end=term.end
        )
    world = World(district)
    world.safety_division = units.register_unit(
        ctx, level="section", name="安全综治科", parent_id=district.pk, opened=old,
        facts={"section": "safety_division"},
    )  # fmt: skip
    world.leader = account("lu.ju", "陆局", district.pk, "bureau_leader")
    world.desk = account("meng.an", "孟安", world.safety_division.pk, "desk_officer")
    return world


def account(username: str, name: str, unit_id: UUID, post: str) -> User:
    """Make an account with a post."""
    return people.create_account(
        Ctx.system(), username=username, name=name, unit_id=unit_id, post=post
    )


def import_roster(world: World) -> ImportBatch:
    """Import the workbook as the desk does: upload, preview, commit in the background."""
    data = books.workbook(roster(), merge_towns=False)
    ctx = world.ctx(world.desk)
    batch = exchange.upload(ctx, "roster", world.district.pk, data, name="名册.xlsx")
    assert batch.count == {"new": len(roster()), "faults": 0}
    exchange.begin(ctx, batch.pk)
    jobs.run_waiting()
    batch.refresh_from_db()
    return batch
