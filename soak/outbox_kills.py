"""kill -9 while a phone sends photos and forms: what was acknowledged is there, once and whole.

A server answers HTTP with the whole stack and is killed after a random time, again and again; the
phone goes on with the next one. In the end everything is sent once more, as a phone does that
never saw an answer.
"""

from __future__ import annotations

import logging
from argparse import Namespace
from typing import Any

import common

BAD = (
    "items lost", "files lost", "offsets fell back", "receipts changed", "half done",
    "entries without work", "photos missing", "other bytes", "packets overdrawn", "unnumbered",
    "unfinished", "pieces left", "findings", "drift",
)  # fmt: skip


def prove(chosen: Namespace) -> dict[str, Any]:
    """Kill ``chosen.kills`` servers and look what is left."""
    with common.home():
        logging.disable(logging.CRITICAL)
        from tests.faults import outbox_lives

        found = outbox_lives.run(chosen.kills, chosen.seed)
    counted = {name: _many(found[name]) for name in BAD}
    return {
        "kills": chosen.kills,
        "items": found["items"],
        "photos": found["photos"],
        "requests_cut": found["cut"],
        **{name.replace(" ", "_"): many for name, many in counted.items()},
        "failures": sum(counted.values()),
    }


def _many(value: Any) -> int:
    return value if isinstance(value, int) else len(value)


if __name__ == "__main__":
    common.main("outbox_kills", prove, kills=(250, 10))
