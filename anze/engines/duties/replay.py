"""Replay the ledger from its first entry and compare with what is stored: they must be equal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import transaction

from anze.engines.duties.advance import SLICE, note_trouble
from anze.engines.duties.body import Body
from anze.engines.duties.countries import Atlas, build_rulebook
from anze.engines.duties.engine import HEAVY, Engine, News, Occ
from anze.engines.duties.memory import Key, MemoryBook, MemorySource, Step
from anze.engines.duties.models import Cursor, Occurrence, StateChange, Trouble
from anze.engines.duties.tables import BATCH, COLUMNS, TableBook, TableSource, fact_of, row_of
from anze.kernel.ledger.models import RETRACT, Entry

log = logging.getLogger("anze.duties")
READ = 5000
WHOLE = -1  # all bodies of a heavy entry at once
ALWAYS = ("units.", "duties.", "packs.")
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Drift:
    """One difference between the stored state and the replayed one."""

    key: Key
    what: str


class _Spoilt(Exception):
    """Applying an entry, or one slice of its bodies, failed and may have left a book half done."""

    def __init__(self, n: int, part: int, text: str) -> None:
        super().__init__(text)
        self.n, self.part = n, part


@dataclass
class _Plan:
    """What earlier passes learned: which heavy entries to slice, and which parts to leave out.

    Living judges each entry, and each slice of a heavy one, in a savepoint and goes on without
    those that fail. Memory has no savepoints, so a replay begins again and leaves them out.
    """

    sliced: set[int] = field(default_factory=set)
    left_out: set[tuple[int, int]] = field(default_factory=set)

    def learn(self, spoilt: _Spoilt) -> None:
        if spoilt.part == WHOLE:
            self.sliced.add(spoilt.n)
        else:
            self.left_out.add((spoilt.n, spoilt.part))


def replay(upto: int, progress: Progress | None = None) -> MemoryBook:
    """Return the book as the entries with number ≤ ``upto`` make it, from nothing.

    An entry that cannot be applied is left out whole and logged, as when it was lived.
    """
    plan = _Plan()
    while True:
        try:
            return _pass(upto, plan, progress)
        except _Spoilt as spoilt:
            log.exception("entry n=%s could not be judged; the replay begins again", spoilt.n)
            plan.learn(spoilt)


def _pass(upto: int, plan: _Plan, progress: Progress | None) -> MemoryBook:
    """Read the ledger once; raise ``_Spoilt`` at the first entry that fails unforeseen."""
    atlas, source, book = Atlas(0), MemorySource(), MemoryBook()
    engine = Engine(
        book, source, atlas.rulebook, atlas.country, atlas.around, lambda *_failed_rule: None
    )
    wanted = _wanted(upto)
    places: dict[UUID, tuple[str, UUID | None, date]] = {}
    rows = Entry.objects.filter(leaf__n__lte=upto).order_by("leaf__n")
    for row in rows.values_list(*COLUMNS, "op", "target").iterator(READ):
        op, target = row[-2], row[-1]
        if target is not None:
            source.drop(target)
        if row[2] not in wanted and not row[2].startswith(ALWAYS):
            continue
        news = News(fact_of(row[:-2]), row[7], places.get(target) if target else None)
        places[row[1]] = (row[2], row[7], news.fact.day)
        if op != RETRACT and row[7] is not None:
            source.add(news.fact, row[7])
        atlas.notice(news)
        source.n = news.fact.n
        if news.fact.kind not in HEAVY or op != RETRACT:
            _apply(engine, news, plan)
        if progress is not None and row[0] % READ == 0:
            progress(row[0])
    return book


def _wanted(upto: int) -> frozenset[str]:
    """Return the kinds any rulebook up to ``upto`` asks for: the rest need not be kept."""
    rulebook = build_rulebook(upto)
    return frozenset(rulebook.by_kind) | frozenset(rulebook.by_start)


def _apply(engine: Engine, news: News, plan: _Plan) -> None:
    """Apply an entry to all its bodies at once, or by slices where that is known to fail."""
    n = news.fact.n
    if news.fact.kind not in HEAVY:
        _part(engine, news, (), plan, 0)
    elif n not in plan.sliced:
        _part(engine, news, engine.bodies(news), plan, WHOLE)
    else:
        bodies = engine.bodies(news)
        for part, start in enumerate(range(0, max(len(bodies), 1), SLICE)):
            _part(engine, news, bodies[start : start + SLICE], plan, part)


def _part(engine: Engine, news: News, bodies: Sequence[Body], plan: _Plan, part: int) -> None:
    if (news.fact.n, part) in plan.left_out:
        return
    try:
        engine.apply(news, bodies)
    except Exception as fault:
        raise _Spoilt(news.fact.n, part, f"{type(fault).__name__}: {fault}") from fault


def drift(book: MemoryBook, upto: int) -> Iterator[Drift]:
    """Yield every difference between the tables and a replayed book, both as of ``upto``."""
    seen: set[Key] = set()
    stored = _stored_steps(upto)
    for row in Occurrence.objects.filter(opened_n__lte=upto).iterator(READ):
        key = (row.requirement_id, row.unit_id, row.subject, row.period)
        seen.add(key)
        if key not in book.occs:
            yield Drift(key, "stored, but the entries do not make it")
            continue
        if text := _differs(row, book.occs[key]):
            yield Drift(key, text)
        if (have := stored.get(row.pk, [])) != [_plain(step) for step in book.steps[key]]:
            yield Drift(key, f"steps differ: stored {have}, replayed {book.steps[key]}")
    for key in book.occs.keys() - seen:
        yield Drift(key, "the entries make it, but it is not stored")


def _differs(row: Occurrence, occ: Occ) -> str:
    for name in ("start", "end", "due", "deadline", "opened_n", "state", "count", "needed"):
        if getattr(row, name) != getattr(occ, name):
            return f"{name}: stored {getattr(row, name)}, replayed {getattr(occ, name)}"
    return ""


def _stored_steps(upto: int) -> dict[int, list[tuple[int, str, int, UUID]]]:
    steps: dict[int, list[tuple[int, str, int, UUID]]] = {}
    rows = StateChange.objects.filter(n__lte=upto).order_by("occurrence_id", "n")
    for pk, n, state, count, cause in rows.values_list(
        "occurrence_id", "n", "state", "count", "cause"
    ).iterator(READ):
        steps.setdefault(pk, []).append((n, state, count, cause))
    return steps


def _plain(step: Step) -> tuple[int, str, int, UUID]:
    return (step.n, step.state, step.count, step.cause)


def rebuild(upto: int, progress: Progress | None = None) -> int:
    """Replace everything stored by a replay, in one transaction; return how many occurrences.

    For maintenance after a change of algorithm: other writers wait meanwhile.
    """
    book = replay(upto, progress)
    with transaction.atomic():
        StateChange.objects.all().delete()
        Occurrence.objects.all().delete()
        Trouble.objects.all().delete()
        write(book)
        Cursor.objects.update_or_create(pk=1, defaults={"n": upto, "slices": 0})
    return len(book.occs)


def write(book: MemoryBook) -> None:
    """Store a replayed book in empty tables."""
    keys = list(book.occs)
    for start in range(0, len(keys), READ):
        some = keys[start : start + READ]
        rows = [row_of(book.occs[key]) for key in some]
        Occurrence.objects.bulk_create(rows, batch_size=BATCH)
        steps = [
            StateChange(
                occurrence_id=row.pk, n=step.n, at=step.at, state=step.state, count=step.count,
                cause=step.cause,
            )
            for row, key in zip(rows, some, strict=True)
            for step in book.steps[key]
        ]  # fmt: skip
        StateChange.objects.bulk_create(steps, batch_size=BATCH)


def rejudge(trouble: Trouble) -> bool:
    """Judge again what an entry touched and could not be judged; True when it now can be."""
    row = Entry.objects.filter(leaf__n=trouble.n).values_list(*COLUMNS).first()
    if row is None:
        return True
    failed: list[str] = []
    atlas, source = Atlas(trouble.n), TableSource(trouble.n)
    book = TableBook(atlas.rulebook(trouble.n))
    engine = Engine(
        book, source, atlas.rulebook, atlas.country, atlas.around,
        lambda _n, _active, text: failed.append(text),
    )  # fmt: skip
    news = News(fact_of(row), row[7])
    try:
        with transaction.atomic():
            engine.apply(news, engine.bodies(news))
            book.flush()
    except Exception as fault:
        failed.append(str(fault))
    if failed:
        note_trouble(trouble.n, None, failed[0])
    return not failed
