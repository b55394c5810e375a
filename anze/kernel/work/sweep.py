"""What is done again and again: hooks that other rooms register, run when they are due.

A hook must be repeatable and short; what takes long queues a job. One process runs a hook at a
time; after a killed process it is due again when its lease runs out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.work.models import SweepRun

log = logging.getLogger("anze.work")

MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=10)
# Due a little early, or a hook of every minute would be skipped at each second beat.
_SLACK = timedelta(seconds=5)

Hook = Callable[[Ctx], object]


@dataclass(frozen=True)
class _Periodic:
    hook: Hook
    every: timedelta


_hooks: dict[str, _Periodic] = {}


def register(name: str, hook: Hook, every: timedelta = MINUTE) -> None:
    """Run ``hook(ctx)`` every so often (default each minute); call it in ``ready()``.

    Hooks run in the order of registration, so lower floors come first. What a hook raises is
    logged and kept in its row, and hinders no other.
    """
    _hooks.setdefault(name, _Periodic(hook, every))


def registered() -> list[tuple[str, timedelta]]:
    """Return the hooks in their order, as (name, how often)."""
    return [(name, one.every) for name, one in _hooks.items()]


def runs() -> QuerySet[SweepRun]:
    """Return the rows of the hooks there are; a hook that a later version dropped leaves one."""
    return SweepRun.objects.filter(name__in=_hooks)


def run_sweep(*, all_hooks: bool = False) -> dict[str, object]:
    """Run the hooks that are due (or all), and return what each gave; an exception if it failed."""
    results: dict[str, object] = {}
    for name, periodic in _hooks.items():
        if _claim(name, force=all_hooks):
            results[name] = _run(name, periodic)
    return results


def _claim(name: str, *, force: bool) -> bool:
    """Set the hook's next due time to the end of a lease if it is due now; tell whether."""
    now = clock.now()
    row, _new = SweepRun.objects.get_or_create(name=name, defaults={"due": now})
    if not force and row.due > now:
        return False
    seen = SweepRun.objects.filter(name=name, due=row.due)
    return bool(seen.update(due=now + LEASE, last_started=now))


def _run(name: str, periodic: _Periodic) -> object:
    started, began = clock.now(), time.monotonic()
    try:
        result = periodic.hook(Ctx.system())
    except Exception as error:
        log.exception("periodic work %s failed", name)
        again = started + min(periodic.every, timedelta(minutes=5))
        _settle(name, again, began, failure=f"{type(error).__name__}: {error}")
        return error
    _settle(name, started + periodic.every, began, failure="")
    return result


def _settle(name: str, due: datetime, began: float, *, failure: str) -> None:
    took = int((time.monotonic() - began) * 1000)
    values: dict[str, object] = {"due": due - _SLACK, "failure": failure[:300], "last_ms": took}
    if not failure:
        values["last_ok"] = clock.now()
    SweepRun.objects.filter(name=name).update(**values)
