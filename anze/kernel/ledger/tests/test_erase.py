"""Destroying a private part: nothing of it stays, nothing else changes."""

from __future__ import annotations

import pytest
from django.db import connection

from anze.kernel.bus.errors import NotFound
from anze.kernel.ledger import (
    checkpoints,
    keys,
    proofs,
    sealing,
    selectors,
    sequencer,
    services,
    verify,
)
from anze.kernel.ledger.models import Entry, EntryPrivate, Erasure
from anze.kernel.ledger.tests.support import tamper
from anze.lib.ids import uuid7

pytestmark = pytest.mark.django_db


def test_erasing_destroys_the_private_part_and_says_so_in_the_ledger(ctx, drill):
    entry = drill(5, private={"leader": "王"})
    by = services.erase(ctx, entry.uid, "guardian-asked")
    row = EntryPrivate.objects.get(entry=entry)
    assert (row.ciphertext, row.wrapped_key) == (None, None)
    assert services.private_part(entry) is None
    assert by.kind == "ledger.erased"
    assert by.data == {"uid": str(entry.uid), "reason": "guardian-asked"}
    assert Erasure.objects.get(uid=entry.uid).by == by
    assert Entry.objects.get(uid=entry.uid).data["participants"] == 5


def test_erasing_twice_is_one_erasure(ctx, drill):
    entry = drill(5, private={"leader": "王"})
    assert services.erase(ctx, entry.uid, "asked") == services.erase(ctx, entry.uid, "again")
    assert Erasure.objects.count() == 1


def test_there_must_be_something_to_erase(ctx, drill):
    for uid in (drill(1).uid, uuid7()):
        with pytest.raises(NotFound):
            services.erase(ctx, uid, "asked")


def test_all_proofs_still_hold_after_many_erasures(ctx, drill):
    entries = [drill(i, private={"leader": f"人{i}"}, numbered=False) for i in range(300)]
    sequencer.advance()
    checkpoints.make()
    before = [proofs.prove(n, disclose=True) for n in (1, 150, 300)]
    for entry in entries:
        services.erase(ctx, entry.uid, "retention")
    sequencer.advance()
    checkpoints.make()
    for proof in before + [proofs.prove(n, disclose=True) for n in range(1, 601, 7)]:
        proofs.check_proof(proof)
    assert verify.verify().findings == []


def test_the_whole_chain_of_corrections_can_be_erased_at_once(ctx, drill):
    first = drill(1, private={"leader": "王"})
    second = services.supersede(ctx, first, facts={"participants": 2})
    services.retract(ctx, second, "mistake")
    sequencer.advance()
    assert len(services.erase_history(ctx, second.uid, "asked")) == 2
    assert all(row.ciphertext is None for row in EntryPrivate.objects.all())
    assert len(selectors.history(first.uid)) == 3


def test_a_retry_after_the_erasure_returns_the_first_entry(ctx, drill):
    first = drill(1, private={"leader": "王"}, client_id="c")
    services.erase(ctx, first.uid, "asked")
    assert drill(1, private={"leader": "王"}, client_id="c").pk == first.pk


def test_a_correction_does_not_bring_an_erased_part_back(ctx, drill):
    first = drill(1, private={"leader": "王"})
    services.erase(ctx, first.uid, "asked")
    assert services.supersede(ctx, first, facts={"participants": 2}).commitment == ""


def test_a_private_part_moved_to_another_entry_does_not_open(drill):
    a, b = drill(1, private={"leader": "王"}), drill(2, private={"leader": "李"})
    other = EntryPrivate.objects.get(entry=b)
    tamper(
        "UPDATE ledger_entryprivate SET ciphertext = %s, wrapped_key = %s WHERE entry_id = %s",
        [other.ciphertext, other.wrapped_key, a.pk],
    )
    with pytest.raises(sealing.DamagedError):
        services.private_part(a)


def test_an_older_master_key_still_opens_what_it_sealed(drill, settings):
    entry = drill(1, private={"leader": "王"})
    path = keys.folder() / keys.MASTER
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text(path.read_text() + "ab" * 32 + "\n")
    keys._ring.cache_clear()
    newer = drill(2, private={"leader": "李"})
    assert services.private_part(entry) == {"leader": "王"}
    wrapped = [bytes(EntryPrivate.objects.get(entry=e).wrapped_key)[:4] for e in (entry, newer)]
    assert wrapped[0] != wrapped[1] == keys.key_id(bytes.fromhex("ab" * 32))
    path.write_text("ab" * 32 + "\n")
    keys._ring.cache_clear()
    with pytest.raises(keys.KeyFileError):
        services.private_part(entry)


def test_guesses_cannot_be_tested_against_the_commitment_without_the_key(drill):
    a = drill(1, private={"leader": "王"})
    b = drill(1, private={"leader": "王"})
    assert a.commitment != b.commitment
    text = sealing.text_of({"leader": "王"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT ciphertext, wrapped_key FROM ledger_entryprivate")
        assert all(text not in bytes(column) for row in cursor.fetchall() for column in row)
