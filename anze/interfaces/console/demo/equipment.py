"""Furnish the campuses of the demonstration district, and let one school count what it has."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid5

from django.db import transaction

from anze.domains.facilities.registers import FIRE, SECURITY, SPECIAL
from anze.engines.registers import services
from anze.engines.registers.spec import RegisterSpec
from anze.interfaces.console.demo.district import District
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import SYSTEM_ACCESS, Ctx
from anze.kernel.units.models import Place, Unit

SPACE = UUID("0e0f4a34-6d0c-5e0f-8c53-6a1d5e2b7a90")
WHERE = ("东侧", "西侧", "楼梯口", "门口")


def furnish(district: District, seed: int) -> int:
    """Register what each campus has today; return how many things. A few are past their day."""
    made = 0
    for campus in Unit.objects.filter(level="campus").order_by("pk"):
        random = Random(f"{seed}/equipment/{campus.name}")
        ctx = _hand(district, campus.pk)
        with transaction.atomic():
            for spec, typed, place in _things(campus, random, ctx.today):
                _add(ctx, spec, campus, typed, place, made)
                made += 1
    return made


def count(district: District, last: date) -> None:
    """Let the first campus count what it has a week before the last day: two are not found."""
    campus = Unit.objects.filter(level="campus").order_by("pk").first()
    day = last - timedelta(days=7)
    if campus is None:
        return
    with clock.travel(clock.start_of(day) + timedelta(hours=15)):
        ctx = _hand(district, campus.pk)
        audit = services.start_audit(ctx, campus.pk, [FIRE.code, SECURITY.code])
        lines = list(audit.lines.order_by("pk"))
        for line in lines[:-2]:
            tap = uuid5(SPACE, f"{audit.pk}/{line.pk}")
            services.see(ctx, audit.pk, client_id=tap, line_id=line.pk, place_id=line.place_id)
        services.note_unknown(
            ctx, audit.pk, "传达室内一具水基型灭火器，没有标签",
            client_id=uuid5(SPACE, f"{audit.pk}/unknown"), register=FIRE.code,
        )  # fmt: skip
        services.close_audit(ctx, audit.pk)


def _hand(district: District, campus: UUID) -> Ctx:
    actor = district.hands.get(campus, district.desk)
    return Ctx(actor.pk, clock.now(), "demo", SYSTEM_ACCESS)


def _add(
    ctx: Ctx, spec: RegisterSpec, campus: Unit, typed: dict[str, str], place: Place | None, n: int
) -> None:
    services.add(
        ctx, spec, campus.pk, typed,
        place_id=place.pk if place else None, client_id=uuid5(SPACE, f"{campus.pk}/{n}"),
    )  # fmt: skip


def _things(
    campus: Unit, random: Random, today: date
) -> list[tuple[RegisterSpec, dict[str, str], Place | None]]:
    places: list[Place | None] = [*Place.objects.filter(campus=campus, valid_to=None)] or [None]
    found: list[tuple[RegisterSpec, dict[str, str], Place | None]] = []
    for _ in range(random.randint(4, 9)):
        found.append((FIRE, _extinguisher(random, today), random.choice(places)))
    found.append((FIRE, {"kind": "hydrant", "size": "SN65", "position": "一楼走廊"}, places[0]))
    for kind in ("panic_alarm", "camera", "camera", "entrance"):
        until = today + timedelta(days=random.randint(20, 700))
        typed = {
            "kind": kind, "position": "校门内侧", "networked": random.choice(("yes", "yes", "no")),
            "keep_days": "90" if kind == "camera" else "", "maintained_until": str(until),
        }  # fmt: skip
        found.append((SECURITY, typed, places[0]))
    if random.random() < 0.35:
        until = today + timedelta(days=random.randint(-20, 330))
        typed = {"kind": "lift", "position": "综合楼", "inspect_by": str(until)}
        found.append((SPECIAL, typed, None))
    return found


def _extinguisher(random: Random, today: date) -> dict[str, str]:
    """Most are in date through the term; one in thirty is past it, some end during the term."""
    days = random.choice((100, 400, 700, 1000, 1300, 1500))
    if random.random() < 0.03:
        days = 1826 + random.randint(1, 60)
    elif random.random() < 0.04:
        days = 1826 - random.randint(1, 110)
    return {
        "kind": "dry_powder",
        "size": random.choice(("MFZ/ABC4", "MFZ/ABC5", "MFZ/ABC8")),
        "position": f"{random.randint(1, 4)}楼{random.choice(WHERE)}",
        "made_on": str(today - timedelta(days=days)),
        "inspected_on": str(today - timedelta(days=random.randint(1, 25))),
    }
