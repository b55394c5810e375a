"""Entries recorded together are written together, and are the same entries."""

from __future__ import annotations

import pytest
from django.db import transaction

from anze.kernel.bus.errors import Refused
from anze.kernel.ledger import sequencer, services, verify
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.tests.support import DRILL, UNIT

pytestmark = pytest.mark.django_db


def record(ctx, participants: int, **more):
    facts = {"participants": participants}
    return services.record(ctx, DRILL.name, unit_id=UNIT, facts=facts, **more)


def test_a_hundred_entries_cost_a_handful_of_statements(ctx, django_assert_max_num_queries):
    with django_assert_max_num_queries(8), transaction.atomic(), services.gather():
        for number in range(100):
            record(ctx, number, private={"leader": f"王{number}"})
    assert Entry.objects.count() == 100


def test_gathered_entries_keep_their_order_privacy_and_proof(ctx):
    with transaction.atomic(), services.gather():
        made = [record(ctx, n, private={"leader": f"王{n}"} if n % 2 else None) for n in range(9)]
    sequencer.advance()
    stored = list(Entry.objects.order_by("leaf__n"))
    assert [entry.uid for entry in stored] == [entry.uid for entry in made]
    assert services.private_part(stored[3]) == {"leader": "王3"}
    assert services.private_part(stored[4]) is None
    assert verify.verify().true


def test_what_is_corrected_in_the_same_block_is_written_first(ctx):
    with transaction.atomic(), services.gather():
        first = record(ctx, 1)
        second = record(ctx, 2, supersedes=first.uid)
        third = record(ctx, 3, client_id="phone/1")
    assert list(Entry.objects.order_by("pk")) == [first, second, third]


def test_when_the_block_fails_nothing_is_written(ctx):
    def one_of_two_is_wrong():
        record(ctx, 1)
        record(ctx, 2, client_id="not a code")

    with pytest.raises(Refused), transaction.atomic(), services.gather():
        one_of_two_is_wrong()
    assert not Entry.objects.exists()
    record(ctx, 3)
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_gathering_outside_a_transaction_is_a_bug(ctx):
    with pytest.raises(RuntimeError), services.gather():
        record(ctx, 1)
