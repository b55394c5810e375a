"""A district's year in the ledger, made in bulk but in the ledger's own shape.

Bodies and people are founded by the demonstration's own code. The entries are those an ordinary
year holds: each form a requirement asks for, once a period, mostly in time; a tick for every day;
now and then a withdrawal; and for the rest a kind no requirement asks for, as patrols, episodes
and rollups will be. They are stored many at a time and numbered by the sequencer itself, with
nobody listening; ``replay.rebuild`` then makes the occurrences.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

PERIODS = {"week": 52, "month": 12, "quarter": 4, "term": 2, "year": 1, "once": 1}
OTHER = "bench.patrol"
CHUNK = 5000


@dataclass(frozen=True)
class Deed:
    """One entry to be: what happened where and when."""

    at: datetime
    kind: str
    unit: UUID
    facts: str


def build(units: int, entries: int, seed: int = 7) -> int:
    """Found ``units`` units a year ago and fill the ledger up to ``entries``; return how many."""
    from django.conf import settings

    from anze.interfaces.console.demo.district import found
    from anze.kernel.bus import clock, events
    from anze.kernel.bus.ctx import Ctx
    from anze.kernel.ledger import selectors, sequencer
    from anze.kernel.packs import services as packs

    register()
    events._listeners[sequencer.Sequenced] = []
    packs.load_all(Ctx.system(), settings.ANZE_PACKS)
    first = clock.today() - timedelta(days=365)
    with clock.travel(clock.start_of(first) + timedelta(minutes=2)):
        district = found(first, units, seed)
        sequencer.advance()
    random = Random(seed)
    deeds = [*_ticks(district.id, first), *_asked(district, first, random)]
    room = max(0, entries - selectors.size() - len(deeds))
    deeds += _others(district.bodies, first, room, random)
    deeds.sort(key=lambda one: one.at)
    _store(deeds, random)
    return selectors.size()


def register() -> None:
    """Make the kind known that no requirement asks for."""
    from anze.kernel.ledger import kinds

    class Patrol(kinds.Facts):
        rounds: int
        ok: bool

    kinds.register(kinds.Kind(OTHER, 1, Patrol, "unit", "巡更"))


def _ticks(district: UUID, first: date) -> Iterator[Deed]:
    from anze.kernel.bus import clock

    for step in range(1, 366):
        day = first + timedelta(days=step)
        at = clock.start_of(day) + timedelta(minutes=5)
        yield Deed(at, "duties.day", district, _text({"day": day.isoformat()}))


def _asked(district: Any, first: date, random: Random) -> Iterator[Deed]:
    """Yield an entry for each body, form and period some requirement asks of it."""
    from anze.engines.duties.countries import build_rulebook
    from anze.engines.duties.opening import applies
    from anze.kernel.bus import clock
    from anze.kernel.ledger import selectors

    rulebook = build_rulebook(selectors.size())
    country = _country(first + timedelta(days=1))
    forms = _forms(rulebook, first)
    for body in (country.get(one) for one in district.bodies):
        if body is None:
            continue
        asked = {
            (ref, active.spec.every): forms[ref, active.row]
            for active in rulebook.actives
            if applies(active, body) and (ref := _ref(active)) and (ref, active.row) in forms
        }
        for (_, every), (kind, facts) in sorted(asked.items()):
            times = PERIODS.get(every, 0)
            for number in range(times):
                if random.random() < 0.07:
                    continue  # somebody forgot
                day = first + timedelta(days=1 + int((number + random.random()) * 364 / times))
                yield Deed(_office(clock.start_of(day), random), kind, body.id, facts)


def _country(day: date) -> Any:
    from anze.engines.duties.countries import Atlas
    from anze.kernel.ledger import selectors

    return Atlas(selectors.size()).country(selectors.size(), day)


def _ref(active: Any) -> str:
    form = active.spec.form or ""
    return form if "/" in form else f"{active.pack.partition('/')[0]}/{form}" if form else ""


def _forms(rulebook: Any, day: date) -> dict[tuple[str, int], tuple[str, str]]:
    """Return (form, requirement) -> (kind, facts): a good answer, as its people would give it."""
    from anze.interfaces.console.demo import answers
    from anze.kernel.forms import definitions, payload, rules
    from anze.kernel.packs import selectors as packs

    known = {one.ref: one for active in packs.active_packs(day) for one in _of(active, definitions)}
    found = {}
    for active in rulebook.actives:
        if (one := known.get(_ref(active))) is None:
            continue
        given = answers.answer(one.form, one.kind, active.spec, day, 800, Random(active.row))
        try:
            read = rules.read_all(one.form, given)
        except rules.Invalid:
            continue  # needs a photo
        facts = _plain(payload.build(one.form, one.kind, read).facts)
        found[one.ref, active.row] = (one.kind, _text(facts))
    return found


def _of(active: Any, definitions: Any) -> list[Any]:
    return list(definitions.of_pack(active.row))


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(facts, default=str))


def _others(bodies: list[UUID], first: date, count: int, random: Random) -> Iterator[Deed]:
    from anze.kernel.bus import clock

    start = clock.start_of(first + timedelta(days=1))
    facts = [_text({"ok": ok, "rounds": n}) for n in range(20) for ok in (True, False)]
    for _ in range(count):
        at = start + timedelta(seconds=random.randrange(364 * 86400))
        yield Deed(at, OTHER, random.choice(bodies), random.choice(facts))


def _office(midnight: datetime, random: Random) -> datetime:
    return midnight + timedelta(minutes=random.randrange(8 * 60, 17 * 60))


def _text(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _store(deeds: list[Deed], random: Random) -> None:
    from django.db import connection, transaction

    from anze.kernel.ledger import sequencer
    from anze.kernel.ledger.models import Entry

    sequencer.BATCH = CHUNK
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")  # a home that is thrown away
    for start in range(0, len(deeds), CHUNK):
        with transaction.atomic():
            rows = [_entry(one) for one in deeds[start : start + CHUNK]]
            Entry.objects.bulk_create(rows, batch_size=1000)
            rows = [_withdrawn(row) for row in rows if random.random() < 0.004 and _asks(row)]
            Entry.objects.bulk_create(rows)
        sequencer.advance()


def _asks(row: Any) -> bool:
    return row.kind not in (OTHER, "duties.day")


def _entry(one: Deed, **more: Any) -> Any:
    from anze.kernel.ledger import body
    from anze.kernel.ledger.models import Entry
    from anze.lib.ids import uuid7

    row = Entry(
        uid=uuid7(), kind=one.kind, schema_version=1, visibility="unit", unit_id=one.unit,
        happened=one.at, recorded=one.at, via="bench", facts=one.facts,
        salt=secrets.token_bytes(32), **more,
    )  # fmt: skip
    row.header_hash = body.header_digest(row)
    row.digest = body.row_digest(row)
    return row


def _withdrawn(row: Any) -> Any:
    deed = Deed(row.recorded, row.kind, row.unit_id, _text({"reason": "mistake"}))
    return _entry(deed, op="retract", target=row.uid)
