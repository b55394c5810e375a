"""Files are received once per unit, proved by their own bytes, and hidden from everybody else."""

from __future__ import annotations

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound, Refused
from anze.kernel.files import selectors, services, store
from anze.kernel.files.models import CaptureFacts, State, StoredFile
from anze.kernel.files.tests import corpus
from anze.kernel.files.tests.scopes import person
from anze.lib.ids import uuid7

PHOTO = corpus.photo_with_gps()


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def give(ctx: Ctx, unit, data: bytes = PHOTO, name: str = "现场.jpg"):
    return services.receive(ctx, unit, io.BytesIO(data), name=name)


@pytest.mark.django_db
class TestReceiving:
    def test_the_receipt_is_the_hash_of_the_bytes_as_sent(self):
        unit = uuid7()
        row, new = give(person(unit), unit)
        assert new
        assert row.sha256 == hashlib.sha256(PHOTO).hexdigest()
        assert row.size == len(PHOTO)

    def test_what_is_kept_is_found_under_its_own_hash(self):
        unit = uuid7()
        row, _ = give(person(unit), unit)
        kept = selectors.content(row)
        assert hashlib.sha256(kept).hexdigest() == row.stored_sha256 != row.sha256
        assert store.path_of(row.stored_sha256).parts[-3:-1] == (
            row.stored_sha256[:2],
            row.stored_sha256[2:4],
        )

    def test_capture_facts_lie_apart(self):
        unit = uuid7()
        row, _ = give(person(unit), unit)
        capture = CaptureFacts.objects.get(file=row)
        assert (capture.lat, capture.device) == ("31.710000", f"Anvil {corpus.SECRET_DEVICE}")

    def test_the_same_bytes_for_the_same_unit_are_one_file(self):
        unit = uuid7()
        ctx = person(unit)
        first, _ = give(ctx, unit)
        again, new = give(ctx, unit, name="another.jpg")
        assert (again.id, new) == (first.id, False)
        assert StoredFile.objects.count() == 1

    def test_another_unit_gets_a_file_of_its_own_and_hears_nothing(self):
        mine, theirs = uuid7(), uuid7()
        give(person(theirs), theirs)
        row, new = give(person(mine), mine)
        assert new
        with pytest.raises(NotFound):
            selectors.get(person(mine), StoredFile.objects.exclude(id=row.id).get().id)

    def test_outside_the_scope_there_is_no_unit_and_inside_it_may_be_refused(self):
        unit = uuid7()
        with pytest.raises(NotFound):
            give(person(), unit)
        with pytest.raises(Denied):
            give(person(seen=[unit]), unit)
        assert StoredFile.objects.count() == 0

    def test_more_than_twenty_megabytes_are_refused(self):
        unit = uuid7()
        data = corpus.PDF + b"\0" * services.MAX_SIZE
        with pytest.raises(Refused, match="20 MB"):
            give(person(unit), unit, data)

    def test_a_refused_file_leaves_nothing_behind(self, settings):
        unit = uuid7()
        with pytest.raises(Refused):
            give(person(unit), unit, corpus.REFUSED["zip of photos"]())
        assert StoredFile.objects.count() == 0
        assert not list(settings.MEDIA_ROOT.rglob("*"))

    def test_a_name_cannot_climb_or_carry_control_characters(self):
        unit = uuid7()
        row, _ = give(person(unit), unit, name="..\\..\\etc/pass\r\nwd.jpg")
        assert row.name == "passwd.jpg"


@pytest.mark.django_db
class TestUsing:
    def test_a_used_file_survives_the_sweep_and_an_unused_one_does_not(self):
        unit = uuid7()
        ctx = person(unit)
        used, _ = give(ctx, unit)
        unused, _ = give(ctx, unit, corpus.picture())
        services.use(ctx, unit, [used.id])
        later = replace(Ctx.system(), now=ctx.now + timedelta(days=8))
        assert services.sweep(later) == 1
        assert list(StoredFile.objects.values_list("id", flat=True)) == [used.id]
        assert selectors.content(used)

    def test_a_file_of_another_unit_cannot_be_used(self):
        mine, theirs = uuid7(), uuid7()
        row, _ = give(person(theirs), theirs)
        with pytest.raises(Refused, match="找不到"):
            services.use(person(mine), mine, [row.id])

    def test_proofs_lead_to_files(self):
        unit = uuid7()
        row, _ = give(person(unit), unit)
        assert selectors.by_proofs(person(unit), unit, [row.sha256, "0" * 64]) == {row.sha256: row}


@pytest.mark.django_db(transaction=True)
class TestErasing:
    def test_the_bytes_go_and_the_hash_stays(self):
        unit = uuid7()
        ctx = person(unit)
        row, _ = give(ctx, unit)
        path = store.path_of(row.stored_sha256)
        os.utime(path, (0, 0))
        services.erase(ctx, row)
        assert not path.exists()
        kept = StoredFile.objects.get(id=row.id)
        assert (kept.state, kept.sha256, kept.name) == (State.ERASED, row.sha256, "")
        assert not CaptureFacts.objects.exists()
        with pytest.raises(NotFound):
            selectors.get(ctx, row.id)

    def test_bytes_another_unit_still_needs_stay(self):
        mine, theirs = uuid7(), uuid7()
        ctx = person(mine, theirs)
        row, _ = give(ctx, mine)
        other, _ = give(ctx, theirs)
        os.utime(store.path_of(row.stored_sha256), (0, 0))
        services.erase(ctx, row)
        assert selectors.content(other)

    def test_an_erased_file_brought_again_starts_anew(self):
        unit = uuid7()
        ctx = person(unit)
        row, _ = give(ctx, unit)
        services.erase(ctx, row)
        again, new = give(ctx, unit)
        assert new
        assert again.id != row.id
        assert selectors.content(again)


@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_sent_four_times_at_once_are_one_file():
    unit = uuid7()
    ctx = person(unit)

    def send(_number: int):
        try:
            return give(ctx, unit)[0].id
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(4)))) == 1
    assert StoredFile.objects.count() == 1
