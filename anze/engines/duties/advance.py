"""Keep the occurrences up with the ledger: read what was numbered, judge, move the cursor.

Short transactions: at most ``ENTRIES`` entries, or ``SLICE`` bodies of a tick, in each; the cursor
moves in the same transaction, so a process killed at any point leaves nothing half done and the
next call goes on from there.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from uuid import UUID

from django.db import transaction
from django.db.models import F

from anze.engines.duties import countries
from anze.engines.duties.body import Body
from anze.engines.duties.countries import Atlas
from anze.engines.duties.engine import HEAVY, Engine, News
from anze.engines.duties.models import Cursor, Requirement, Trouble
from anze.engines.duties.rulebook import Active
from anze.engines.duties.tables import COLUMNS, TableBook, TableSource, fact_of
from anze.kernel.bus import clock
from anze.kernel.ledger.models import RETRACT, Entry

log = logging.getLogger("anze.duties")
ENTRIES = 100
SLICE = 12


@dataclass(frozen=True)
class Numbered:
    """News and whether the entry itself is a retraction."""

    news: News
    retracts: bool


def advance(limit: int | None = None) -> int:
    """Read on to the end of the ledger, or ``limit`` steps; return the number reached."""
    steps = 0
    while limit is None or steps < limit:
        if not _step():
            break
        steps += 1
    return reached()


def advance_quietly(_event: object = None) -> None:
    """Read on; a failure is logged and left to the sweep: it is never the recorder's trouble."""
    try:
        advance()
    except Exception:
        log.exception("duties could not advance; the sweep will go on")


def reached() -> int:
    """Return the last ledger number that has been judged."""
    return Cursor.objects.values_list("n", flat=True).first() or 0


def _step() -> bool:
    """Apply the next few entries, or the next slice of a heavy one; False at the end."""
    n = reached()
    if not Entry.objects.filter(leaf__n__gt=n).exists():
        return False
    try:
        with transaction.atomic():
            return _apply_next()
    except BaseException:
        countries.forget()  # what was built in an undone transaction may name undone rows
        raise


def _apply_next() -> bool:
    Cursor.objects.get_or_create(pk=1)
    cursor = Cursor.objects.select_for_update().get(pk=1)
    batch = _after(cursor.n)
    if not batch:
        return False
    atlas = Atlas(cursor.n)
    if batch[0].news.fact.kind in HEAVY:
        _heavy(batch[0], cursor, atlas)
    else:
        _light(batch, cursor, atlas)
    cursor.save()
    return True


def _light(batch: Sequence[Numbered], cursor: Cursor, atlas: Atlas) -> None:
    """Apply entries up to the first heavy one, each in a savepoint of its own."""
    light = list(takewhile(lambda one: one.news.fact.kind not in HEAVY, batch))
    hands = _Hands(atlas, light[-1].news.fact.n)
    if some := [one.news for one in light if atlas.concerns(one.news)]:
        hands.engine.read_ahead(some)
    for one in light:
        atlas.notice(one.news)
        if atlas.concerns(one.news):
            hands.apply(one.news, ())
        cursor.n, cursor.slices = one.news.fact.n, 0


def _heavy(one: Numbered, cursor: Cursor, atlas: Atlas) -> None:
    """Apply the next slice of bodies of a tick or an activation."""
    atlas.notice(one.news)
    hands = _Hands(atlas, one.news.fact.n)
    hands.source.n = one.news.fact.n
    bodies = [] if one.retracts else hands.engine.bodies(one.news)
    start = cursor.slices * SLICE
    hands.apply(one.news, bodies[start : start + SLICE])
    if start + SLICE >= len(bodies):
        cursor.n, cursor.slices = one.news.fact.n, 0
    else:
        cursor.slices += 1


class _Hands:
    """The engine at work on the tables for one transaction; ``last`` is the number it may reach."""

    def __init__(self, atlas: Atlas, last: int) -> None:
        self._atlas, self._last = atlas, last
        self._take_up()

    def _take_up(self) -> None:
        atlas = self._atlas
        self.book = TableBook(atlas.rulebook(self._last))
        self.source = TableSource(self._last, self._last)
        self.engine = Engine(
            self.book, self.source, atlas.rulebook, atlas.country, atlas.around, note_trouble
        )

    def apply(self, news: News, bodies: Sequence[Body]) -> None:
        """Apply one entry in a savepoint. What a rule cannot digest is noted; the fact stands."""
        try:
            with transaction.atomic():
                self.engine.apply(news, bodies)
                self.book.flush()
        except Exception as fault:
            log.exception("entry n=%s could not be judged", news.fact.n)
            note_trouble(news.fact.n, None, f"{type(fault).__name__}: {fault}")
            self._take_up()  # what was in hand may be half done; the tables are not


def note_trouble(n: int, active: Active | None, text: str) -> None:
    """Keep what failed for the sweep and for the operations page."""
    row = Requirement(pk=active.row) if active else None
    known = Trouble.objects.filter(n=n, requirement=row)
    if not known.update(tries=F("tries") + 1, text=text[:400]):
        Trouble.objects.create(n=n, requirement=row, text=text[:400], seen=clock.now())


def _after(n: int) -> list[Numbered]:
    """Return the next entries in order, with what each corrects."""
    rows = list(
        Entry.objects.filter(leaf__n__gt=n)
        .order_by("leaf__n")
        .values_list(*COLUMNS, "op", "target")[:ENTRIES]
    )
    targets = _targets([row[-1] for row in rows if row[-1] is not None])
    return [
        Numbered(News(fact_of(row[:-2]), row[7], targets.get(row[-1])), row[-2] == RETRACT)
        for row in rows
    ]


def _targets(uids: Sequence[UUID]) -> dict[UUID, tuple[str, UUID | None, date]]:
    if not uids:
        return {}
    rows = Entry.objects.filter(uid__in=uids).values_list("uid", "kind", "unit_id", "happened")
    return {uid: (kind, unit, clock.day_of(at)) for uid, kind, unit, at in rows}
