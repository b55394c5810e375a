"""Numbers, nodes, and what a crash leaves behind."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest
from django.db import connections, transaction

from anze.kernel.bus import events
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import selectors, sequencer, services, tree, verify
from anze.kernel.ledger.models import Entry, Leaf, TreeNode, Waiting
from anze.kernel.ledger.tests.support import DRILL, UNIT
from anze.lib import merkle

KILLS = 20


def _many(ctx, count):
    for i in range(count):
        services.record(ctx, DRILL.name, unit_id=UNIT, facts={"participants": i})


@pytest.mark.django_db
def test_numbers_begin_at_one_and_follow_the_order_of_recording(ctx, drill):
    entries = [drill(i, numbered=False) for i in range(5)]
    assert sequencer.advance() == 5
    assert [selectors.receipt(entry).n for entry in entries] == [1, 2, 3, 4, 5]
    assert Waiting.objects.count() == 0
    assert sequencer.advance() == 0


@pytest.mark.django_db
def test_stored_nodes_and_leaves_give_the_root_of_a_plain_tree(ctx):
    _many(ctx, 1100)
    assert sequencer.advance() == 1100
    leaves = [bytes(h) for h in Leaf.objects.order_by("n").values_list("hash", flat=True)]
    assert {(n.level, n.position) for n in TreeNode.objects.all()} == {
        (8, 0), (8, 1), (8, 2), (8, 3), (9, 0), (9, 1), (10, 0),
    }  # fmt: skip
    for size in (0, 1, 255, 256, 257, 512, 700, 1024, 1025, 1100):
        assert tree.root_at(size) == merkle.root(leaves[:size]), size
    for n, size in ((1, 1), (1, 1100), (256, 300), (257, 1024), (1100, 1100)):
        proof = tree.inclusion_proof(n, size)
        root = tree.root_at(size)
        assert merkle.verify_inclusion(n - 1, size, leaves[n - 1], proof, root)


@pytest.mark.django_db
def test_a_proof_in_a_large_tree_takes_three_queries(ctx, django_assert_max_num_queries):
    _many(ctx, 1100)
    sequencer.advance()
    with django_assert_max_num_queries(3):
        tree.inclusion_proof(400, 1100)
    with django_assert_max_num_queries(3):
        tree.consistency_proof(300, 1100)


@pytest.mark.django_db
def test_a_batch_costs_a_fixed_number_of_queries(ctx, django_assert_max_num_queries):
    _many(ctx, 150)
    with django_assert_max_num_queries(10):
        sequencer.advance()


@pytest.mark.django_db
def test_news_of_numbers_comes_by_batch_and_a_deaf_listener_stops_nothing(ctx, monkeypatch):
    heard = []

    def listener(event):
        heard.append((event.first_n, event.last_n))
        raise RuntimeError("deaf")

    monkeypatch.setitem(events._listeners, sequencer.Sequenced, [("now", listener)])
    monkeypatch.setattr(sequencer, "BATCH", 4)
    _many(ctx, 10)
    assert sequencer.advance() == 10
    assert heard == [(1, 4), (5, 8), (9, 10)]


@pytest.mark.django_db
def test_entries_that_slipped_past_the_queue_are_found_and_numbered(drill):
    entry = drill(1, numbered=False)
    Waiting.objects.all().delete()
    assert sequencer.advance() == 0
    assert sequencer.requeue_lost() == 1
    assert sequencer.advance() == 1
    assert selectors.receipt(entry).n == 1


def _live_and_die(seed: int, begun: int) -> None:
    """In a child process: record and number without end, in batches small enough to be cut."""
    sequencer.BATCH = 1 + seed % 5
    ctx = Ctx.system(via="web")
    while True:
        with transaction.atomic():
            _many(ctx, 7)
            transaction.on_commit(lambda: os.write(begun, b"."))


@pytest.mark.django_db(transaction=True)
def test_a_sequencer_killed_anywhere_leaves_no_gap_and_no_double():
    rng = random.Random(20260901)
    grown = 0
    for seed in range(KILLS):
        connections.close_all()
        told, begun = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                _live_and_die(seed, begun)
            finally:
                os._exit(1)
        os.close(begun)
        assert os.read(told, 1), "the child died before its first commit"
        time.sleep(rng.uniform(0, 0.08))
        os.kill(child, signal.SIGKILL)
        os.close(told)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        sequencer.advance()
        numbers = list(Leaf.objects.order_by("n").values_list("n", flat=True))
        assert numbers == list(range(1, Entry.objects.count() + 1))
        assert Entry.objects.count() % 7 == 0
        grown = len(numbers)
    assert grown >= KILLS * 7
    assert verify.verify().findings == []
