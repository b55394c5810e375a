"""Threads that do the background work of this process: jobs, the post, the sweep.

The serve command calls ``start()`` once the process is ready and ``stop()`` before it ends; with
``ANZE_WORKERS=separate`` only ``anze serve work`` does. Several processes may run side by side:
leases keep a job, a message or a hook with one of them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections, connections

from anze.kernel.work import jobs, posting, sweep
from anze.kernel.work.waking import post, wake

log = logging.getLogger("anze.work")

POLL_SECONDS = 2.0
POST_SECONDS = 10.0
SWEEP_SECONDS = 60.0
_TROUBLE_SECONDS = 5.0


class Runner:
    """The threads of a process: ``jobs`` for jobs, one for the post, one for the sweep."""

    def __init__(self, jobs: int = 1) -> None:
        self._stop = threading.Event()
        bodies = [self._jobs] * jobs + [self._posts, self._sweeps]
        if settings.ANZE_REDIS_URL:
            bodies.append(self._bells)
        self._threads = [
            threading.Thread(target=body, name=f"anze{body.__name__}-{n}", daemon=True)
            for n, body in enumerate(bodies)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Ask the threads to end and wait for them; False when one is still busy."""
        self._stop.set()
        wake.set()
        post.set()
        until = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _jobs(self) -> None:
        owner = jobs.me()
        self._loop(lambda: self._one_job(owner))

    def _one_job(self, owner: str) -> None:
        wake.clear()  # before looking: a bell rung while we look is not lost
        if not jobs.run_next(owner, self._stop.is_set):
            wake.wait(POLL_SECONDS)

    def _posts(self) -> None:
        self._loop(self._one_post)

    def _one_post(self) -> None:
        post.clear()
        if not posting.turn(self._stop.is_set):
            post.wait(POST_SECONDS)

    def _bells(self) -> None:
        from anze.kernel.work import redis_bell

        redis_bell.listen(self._stop)

    def _sweeps(self) -> None:
        self._loop(self._one_sweep)

    def _one_sweep(self) -> None:
        sweep.run_sweep()
        connections.close_all()
        self._stop.wait(SWEEP_SECONDS)

    def _loop(self, turn: Callable[[], None]) -> None:
        """Take turns until stopped; trouble with the database ends a turn, never the thread."""
        try:
            while not self._stop.is_set():
                close_old_connections()
                try:
                    turn()
                except Exception:
                    log.exception("background work stumbled")
                    self._stop.wait(_TROUBLE_SECONDS)
        finally:
            connections.close_all()


_lock = threading.Lock()
_running: Runner | None = None


def start(jobs: int = 1) -> Runner:
    """Start the background work of this process; a second call returns the same runner."""
    global _running
    with _lock:
        if _running is None:
            _running = Runner(jobs)
            _running.start()
        return _running


def stop(timeout: float = 10.0) -> bool:
    """Stop the background work of this process; False when a thread is still busy."""
    global _running
    with _lock:
        runner, _running = _running, None
    return runner.stop(timeout) if runner else True
