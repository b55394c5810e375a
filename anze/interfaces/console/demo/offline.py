"""One safety officer who works where there is no network: a packet, what came of it, a conflict."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from anze.interfaces.console.demo.district import District
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import SYSTEM_ACCESS, Ctx
from anze.kernel.ledger import sequencer
from anze.kernel.outbox import intake, sending, services
from anze.kernel.people.models import User
from anze.kernel.units.models import Unit

SPACE = UUID("0a9c7c1e-6a54-5f0e-8d1b-7c1d3b6f2e90")
FORM = "national/drill"
SCHOOLS = ("primary", "junior", "kindergarten")


def work_offline(district: District, day: date) -> None:
    """Take the drill form along for the last school's campus twice, hand one in, differ once."""
    schools = Unit.objects.filter(pk__in=district.hands, level="campus", kind__in=SCHOOLS)
    campus = schools.order_by("pk").values_list("pk", flat=True).last()
    if campus is None:
        return
    hand = district.hands[campus]
    packet, token = services.issue(_ctx(hand, day, 8, 40), "form", FORM, campus, times=2)
    client = uuid5(SPACE, f"{campus}/{day}")
    evening = _ctx(hand, day, 19, 5)
    opened = sending.open_by(evening, packet.pk, token)
    captured = _at(day, 15, 20)
    intake.deliver(opened, client, _body(day, captured, 412), evening.now)
    sequencer.advance()
    try:
        intake.deliver(opened, client, _body(day, captured, 421), evening.now)
    except intake.OtherBytes:
        return  # what the demonstration wants to show


def _body(day: date, captured: datetime, participants: int) -> bytes:
    fields = {
        "happened": day.isoformat(),
        "drill_type": "anti_terror",
        "expected": "430",
        "participants": str(participants),
        "duration_seconds": "160",
        "evaluated": "true",
    }
    pairs = [[f"a-{name}", value] for name, value in fields.items()]
    told = {"v": 1, "captured": captured.isoformat(), "content": {"fields": pairs}, "files": []}
    return json.dumps(told).encode()


def _ctx(hand: User, day: date, hour: int, minute: int) -> Ctx:
    return Ctx(hand.pk, _at(day, hour, minute), "demo", SYSTEM_ACCESS)


def _at(day: date, hour: int, minute: int) -> datetime:
    return clock.start_of(day) + timedelta(hours=hour, minutes=minute)
