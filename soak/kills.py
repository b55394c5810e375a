"""kill -9 of a real server during submissions, uploads, imports, jobs; a judge with its own SQL."""

from __future__ import annotations

import tempfile
from argparse import Namespace
from pathlib import Path
from typing import Any

import common


def prove(chosen: Namespace) -> dict[str, Any]:
    """Kill ``chosen.kills`` servers of one home and judge what is left."""
    from tests.faults.onslaught import Onslaught, judge

    with tempfile.TemporaryDirectory(prefix="anze-kills-") as folder:
        war = Onslaught(Path(folder) / "home", chosen.seed)
        try:
            for _ in range(chosen.kills):
                war.round()
            war.settle(patience=300)
            wrong = judge(war)
        finally:
            war.close()
    heard = war.heard
    return {
        "kills": war.kills,
        "submissions_acknowledged": len(heard.handed_in),
        "files_acknowledged": len(heard.files),
        "imports_acknowledged": len(heard.batches),
        "imports_begun": len(heard.begun),
        "wrong": {what: len(some) for what, some in wrong.items()},
        "examples": {what: some[:5] for what, some in wrong.items() if some},
        "failures": sum(len(some) for some in wrong.values()),
    }


if __name__ == "__main__":
    common.main("kills", prove, kills=(1000, 20))
