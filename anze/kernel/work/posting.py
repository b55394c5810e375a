"""One turn of the post: plan what was told, send what is due, ask for receipts."""

from __future__ import annotations

from collections.abc import Callable

from anze.kernel.bus.ctx import Ctx
from anze.kernel.work import delivery, planning


def turn(stopping: Callable[[], bool] = lambda: False) -> int:
    """Do one turn; return how much was done, 0 when nothing waited."""
    planned = planning.plan(Ctx.system())
    return planned + delivery.send_due(stopping) + delivery.ask_for_receipts(stopping)


def run_all(turns: int = 50) -> int:
    """Do turns until nothing waits: for the console and tests."""
    done = 0
    for _ in range(turns):
        here = turn()
        if not here:
            break
        done += here
    return done
