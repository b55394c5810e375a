"""Identifiers sort by the moment they were made and never repeat."""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from anze.lib import ids


def test_ids_are_uuids_of_version_7_and_the_rfc_variant():
    made = ids.uuid7()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_ids_grow_strictly_within_one_process():
    made = [ids.uuid7() for _ in range(20_000)]
    assert all(a < b for a, b in zip(made, made[1:], strict=False))


def test_ids_grow_even_when_the_clock_is_set_back(monkeypatch):
    before = ids.uuid7()
    hour_ago = time.time_ns() - 3_600_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: hour_ago)
    assert ids.uuid7() > before


def test_ids_go_over_to_the_next_millisecond_when_one_is_full(monkeypatch):
    clock = ids._Clock()
    first = clock.step(1000)
    clock.tail = (1 << 74) - 1
    second = clock.step(1000)
    assert second[0] == first[0] + 1


def test_threads_never_share_an_id():
    made: list[UUID] = []

    def work() -> None:
        mine = [ids.uuid7() for _ in range(2_000)]
        assert mine == sorted(mine)
        made.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == len(set(made)) == 16_000


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_starts_from_fresh_random_bits():
    state = ids._clock
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"fresh" if ids._clock is not state else b"stale")
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    assert os.read(reader, 10) == b"fresh"
    os.close(reader)


def test_the_time_in_an_id_is_the_time_it_was_made():
    assert abs(ids.made_at(ids.uuid7()) - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_time_of_the_example_in_rfc_9562_is_read():
    example = UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
    assert ids.made_at(example) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


def test_other_versions_carry_no_time():
    with pytest.raises(ValueError, match="version 7"):
        ids.made_at(uuid4())


@pytest.mark.parametrize("text", ["", "x", None, 7, "0000", b"\xff"])
def test_what_is_no_id_reads_as_none(text):
    assert ids.uuid_or_none(text) is None


def test_an_id_is_read_from_text_and_passed_through():
    made = ids.uuid7()
    assert ids.uuid_or_none(str(made)) == ids.uuid_or_none(made) == made
