"""What recomputing a year costs, against reading the same rows raw and writing the same rows.

Usage: python bench/replay_year.py [--units 300] [--entries 200000] [--profile]

Replay: ``duties.replay.replay`` over every entry, then ``replay.write`` of all occurrences and
states. Floor: the same columns of the same rows read by ``values_list`` and dropped, then
``bulk_create`` of the same rows into the same emptied tables. CPU seconds, one process, one run.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats

import common
import year


def main() -> None:
    """Build the year, replay it, read and write it raw, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    with common.home():
        common.start()
        size = year.build(chosen.units, chosen.entries)
        print(f"{size} entries of {chosen.units} units stand", flush=True)
        measure(size, chosen.profile)


def measure(size: int, profile: bool) -> None:
    """Print what replay and floor cost."""
    from django.db import transaction

    from anze.engines.duties import replay
    from anze.engines.duties.models import Occurrence, StateChange

    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    with common.cpu() as replayed:
        book = replay.replay(size)
    if profile:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(35)
    with common.cpu() as wrote, transaction.atomic():
        replay.write(book)
    occs, steps = Occurrence.objects.count(), StateChange.objects.count()
    with common.cpu() as read:
        raw_read(size)
    rewrote = [raw_write()]
    assert (occs, steps) == (Occurrence.objects.count(), StateChange.objects.count())
    floor = read[0] + rewrote[0]
    common.table(
        ("", "replay", "raw"),
        ("read and judged, CPU s", replayed[0], read[0]),
        ("written, CPU s", wrote[0], rewrote[0]),
        ("both, CPU s", replayed[0] + wrote[0], floor),
        ("µs an entry without writes", replayed[0] / size * 1e6, read[0] / size * 1e6),
        ("occurrences, states", occs, steps),
        ("most memory, MB", common.peak_mb()),
        ("replay alone / raw read alone", replayed[0] / read[0]),
    )
    common.ratio((replayed[0] + wrote[0]) / floor, "at most 3")


def raw_read(size: int) -> None:
    """Read the columns a replay reads, and drop them."""
    from anze.engines.duties.tables import COLUMNS
    from anze.kernel.ledger.models import Entry

    rows = Entry.objects.filter(leaf__n__lte=size).order_by("leaf__n")
    for _ in rows.values_list(*COLUMNS, "op", "target").iterator(5000):
        pass


def raw_write() -> float:
    """Empty the two tables and store the same rows again, as they are; return the CPU seconds."""
    from django.db import transaction

    from anze.engines.duties.models import Occurrence, StateChange

    occs, steps = list(Occurrence.objects.all()), list(StateChange.objects.all())
    StateChange.objects.all().delete()
    Occurrence.objects.all().delete()
    with common.cpu() as spent, transaction.atomic():
        Occurrence.objects.bulk_create(occs, batch_size=500)
        StateChange.objects.bulk_create(steps, batch_size=500)
    return spent[0]


if __name__ == "__main__":
    main()
