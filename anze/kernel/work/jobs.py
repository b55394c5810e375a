"""Jobs: named functions that run in the background, once each, and survive a killed process.

A running job holds a lease and renews it by ``Handle.progress``. When the process dies the lease
runs out and another runner takes the job up from its start: what a job does must therefore be
repeatable, or kept in rows that say how far it came.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Problem
from anze.kernel.work.models import OPEN, Job, JobState
from anze.kernel.work.waking import ring
from anze.lib import canon

log = logging.getLogger("anze.work")

LEASE = timedelta(seconds=60)
ATTEMPTS = 5
_RENEW_SECONDS = 2.0

Work = Callable[["Handle"], object]
_works: dict[str, Work] = {}


class Stopped(Exception):
    """The job was cancelled, taken over by another runner, or the process is going down."""


@dataclass
class Handle:
    """What a running job is given: its arguments, its context, and a way to say how far it is."""

    job_id: UUID
    args: Mapping[str, Any]
    actor_id: UUID | None
    owner: str
    stopping: Callable[[], bool] = lambda: False
    began: int = 0  # how far earlier runs came
    _told: float = field(default=0.0, repr=False)

    @property
    def ctx(self) -> Ctx:
        """A context of the system, at this moment; who asked for the job is ``actor_id``."""
        return Ctx.system()

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Say how far the job is and renew the lease, in the caller's transaction or its own.

        Call it at least every ten seconds, between two steps that may be repeated. Written at
        most every two seconds. Whoever comes further than the runs before him has not been in
        vain: attempts are counted anew. Raises ``Stopped`` when the job should go no further.
        """
        if self.stopping():
            raise Stopped("the process is going down")
        if done < total and time.monotonic() - self._told < _RENEW_SECONDS:
            return
        self._told = time.monotonic()
        further = {"attempts": 1} if done > self.began else {}
        held = _held(self.job_id, self.owner).update(
            done=done, total=total, message=message[:300], lease_until=clock.now() + LEASE,
            **further,
        )  # fmt: skip
        if not held:
            raise Stopped("cancelled or taken over")


def register(name: str, work: Work) -> None:
    """Make a job known; call it in ``ready()``. A second function of the same name is a bug."""
    if _works.setdefault(name, work) is not work:
        raise ValueError(f"job {name} is registered twice")


def enqueue(ctx: Ctx, name: str, args: Mapping[str, Any], key: str = "") -> Job:
    """Queue a job in the caller's transaction; while one of the same name and key is open, that.

    ``args`` are what CJ-1 can hold (ids as text). The runner is woken after the commit.
    """
    if name not in _works:
        raise LookupError(f"no job {name!r}: register it in ready()")
    key = key or str(uuid4())
    job = Job(
        name=name,
        args=canon.dumps(dict(args)).decode(),
        key=key,
        actor_id=ctx.actor_id,
        created=ctx.now,
        not_before=ctx.now,
    )
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        return Job.objects.get(name=name, key=key, state__in=OPEN)
    transaction.on_commit(lambda: ring("jobs"))
    return job


def cancel(job_id: UUID) -> bool:
    """Ask an open job to stop; it does at its next ``progress``. False when it has ended."""
    open_job = Job.objects.filter(pk=job_id, state__in=OPEN)
    return bool(open_job.update(state=JobState.CANCELLED, finished=clock.now(), owner=""))


def retry(job_id: UUID) -> bool:
    """Queue an ended job again from its start; False unless it failed or was cancelled.

    Also False while another of the same name and key is open.
    """
    ended = Job.objects.filter(pk=job_id, state__in=(JobState.FAILED, JobState.CANCELLED))
    try:
        with transaction.atomic():
            queued = ended.update(
                state=JobState.QUEUED, attempts=0, not_before=clock.now(), finished=None,
                done=0, total=0, message="", owner="", lease_until=None,
            )  # fmt: skip
    except IntegrityError:
        return False
    if queued:
        transaction.on_commit(lambda: ring("jobs"))
    return bool(queued)


def me() -> str:
    """Return a name for a runner of this process, new at each call."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid4().hex[:8]}"


def take(owner: str) -> Job | None:
    """Take the next job that waits or whose lease has run out; None when there is none."""
    now = clock.now()
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    waiting = Job.objects.filter(free, name__in=list(_works), not_before__lte=now)
    for job in waiting.order_by("not_before", "id")[:10]:
        if job.attempts >= ATTEMPTS:
            _end(job.pk, job.owner, JobState.FAILED, "多次中断，没有办成；请联系系统管理员。")
            continue
        # Each taking changes the owner or the state, each renewal the lease: these tell whether
        # another was quicker, or the one who holds it is alive after all.
        seen = Job.objects.filter(
            pk=job.pk, state=job.state, owner=job.owner, lease_until=job.lease_until
        )
        if seen.update(
            state=JobState.RUNNING,
            owner=owner,
            lease_until=now + LEASE,
            attempts=job.attempts + 1,
        ):
            job.refresh_from_db()
            return job
    return None


def run_next(owner: str, stopping: Callable[[], bool] = lambda: False) -> bool:
    """Take one job and run it to its end; False when none waits."""
    job = take(owner)
    if job is None:
        return False
    handle = Handle(job.pk, json.loads(job.args), job.actor_id, owner, stopping, job.done)
    try:
        message = _works[job.name](handle)
    except Stopped:
        _give_back(job, owner)
    except Problem as problem:
        _end(job.pk, owner, JobState.FAILED, " ".join((problem.message, problem.remedy)).strip())
    except Exception:
        log.exception("job %s %s failed", job.name, job.pk)
        _try_later(job, owner)
    else:
        _end(job.pk, owner, JobState.DONE, message if isinstance(message, str) else "")
    return True


def run_waiting() -> int:
    """Run what waits, here and now: for the console and for tests. Returns how many ran."""
    owner = me()
    return sum(1 for _ in iter(lambda: run_next(owner), False))


def _held(job_id: UUID, owner: str) -> Any:
    return Job.objects.filter(pk=job_id, owner=owner, state=JobState.RUNNING)


def _end(job_id: UUID, owner: str, state: JobState, message: str) -> None:
    held = Job.objects.filter(pk=job_id, owner=owner, state__in=OPEN)
    held.update(
        state=state, message=message[:300], finished=clock.now(), lease_until=None, owner=""
    )


def _give_back(job: Job, owner: str) -> None:
    """Let another runner take the job at once; a stop is not an attempt that failed."""
    _held(job.pk, owner).update(
        state=JobState.QUEUED, owner="", lease_until=None, attempts=F("attempts") - 1
    )


def _try_later(job: Job, owner: str) -> None:
    job.refresh_from_db(fields=["attempts"])
    if job.attempts >= ATTEMPTS:
        _end(job.pk, owner, JobState.FAILED, "系统出了问题，没有办成；错误已记入日志。")
        return
    wait = timedelta(seconds=10 * 2**job.attempts)
    _held(job.pk, owner).update(
        state=JobState.QUEUED, owner="", lease_until=None, not_before=clock.now() + wait
    )
