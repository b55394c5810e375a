"""What several writers at once may and may not do. Threads have connections of their own."""

from __future__ import annotations

import threading

import pytest
from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict
from anze.kernel.ledger import selectors, sequencer, services
from anze.kernel.ledger.models import Entry, Leaf
from anze.kernel.ledger.tests.support import DRILL, UNIT, together

pytestmark = pytest.mark.django_db(transaction=True)


def _record(participants, **more):
    facts = {"participants": participants}
    return services.record(Ctx.system(via="web"), DRILL.name, unit_id=UNIT, facts=facts, **more)


def _numbers():
    return list(Leaf.objects.order_by("n").values_list("n", flat=True))


def test_eight_threads_with_one_client_id_make_one_entry():
    results = together(8, lambda _: _record(1, client_id="same", private={"leader": "王"}))
    assert {getattr(entry, "pk", entry) for entry in results} == {Entry.objects.get().pk}


def test_eight_threads_with_one_client_id_and_other_content_make_one_entry_and_conflicts():
    results = together(8, lambda i: _record(i, client_id="same"))
    won = [entry for entry in results if isinstance(entry, Entry)]
    lost = [error for error in results if isinstance(error, Conflict)]
    assert (len(won), len(lost)) == (1, 7)
    assert Entry.objects.count() == 1


def test_of_two_corrections_of_one_entry_one_wins():
    first = _record(1)

    def correct(i):
        return services.supersede(Ctx.system(via="web"), first, facts={"participants": i})

    results = together(6, correct)
    assert sum(isinstance(result, Entry) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 5
    assert Entry.objects.filter(target=first.uid).count() == 1


def test_eight_threads_get_numbers_without_gaps_or_doubles():
    def work(i):
        return [_record(i * 10 + k).pk for k in range(10)]

    results = together(8, work)
    assert sum(len(pks) for pks in results) == 80
    sequencer.advance()
    assert _numbers() == list(range(1, 81))
    assert set(Leaf.objects.values_list("entry_id", flat=True)) == {
        pk for pks in results for pk in pks
    }


def test_eight_sequencers_share_the_work_without_doubles(monkeypatch):
    monkeypatch.setattr(sequencer, "advance_quietly", lambda: None)
    with transaction.atomic():
        for i in range(450):
            _record(i)
    # Without the turn they contend for the database's lock as separate processes do.
    monkeypatch.setattr(sequencer, "_turn", _NoLock())
    numbered = together(8, lambda _: sequencer.advance())
    assert sum(numbered) == 450
    assert _numbers() == list(range(1, 451))


class _NoLock:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def test_an_entry_that_commits_late_is_not_forgotten():
    """On PostgreSQL a smaller id may become visible after a larger one has its number."""
    if transaction.get_connection().vendor == "sqlite":
        pytest.skip("SQLite has one writer: ids become visible in order")
    begun, go_on = threading.Event(), threading.Event()

    def slow(_):
        with transaction.atomic():
            entry = _record(1)
            begun.set()
            go_on.wait(10)
        return entry.pk

    def quick(_):
        begun.wait(10)
        entry = _record(2)
        assert selectors.receipt(entry).n == 1
        go_on.set()
        return entry.pk

    late, early = together(2, lambda i: (slow, quick)[i](i))
    assert late < early
    assert list(Leaf.objects.order_by("n").values_list("entry_id", flat=True)) == [early, late]
