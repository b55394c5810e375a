"""The runner in a real process, on a real file, with threads, and killed in the middle."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from anze.kernel.work.tests.house import House

COUNTING = """
import sys, time
from datetime import timedelta
from anze.kernel.bus.ctx import Ctx
from anze.kernel.work import jobs, runner, selectors
from anze.kernel.work.models import Job, SweepRun
from django.utils import timezone
jobs.LEASE = timedelta(seconds=2)
jobs._RENEW_SECONDS = 0.0

def count(handle):
    for n in range(1, handle.args["to"] + 1):
        if SweepRun.objects.filter(name=f"step-{n}").exists():
            continue
        SweepRun.objects.create(name=f"step-{n}", due=timezone.now())
        print("step", n, flush=True)
        handle.progress(n, handle.args["to"])
        time.sleep(handle.args.get("ms", 0) / 1000)
    return "数完了"

jobs.register("test.count", count)
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_the_thread_takes_up_a_job_as_soon_as_it_is_queued(house: House):
    out = house.run(
        COUNTING
        + """
runner.start()
time.sleep(0.5)
began = time.monotonic()
job = jobs.enqueue(Ctx.system(), "test.count", {"to": 3})
while Job.objects.get(pk=job.pk).state != "done" and time.monotonic() - began < 10:
    time.sleep(0.02)
took = time.monotonic() - began
print("took", took < 1.5, Job.objects.get(pk=job.pk).message, "stopped", runner.stop())
"""
    )
    assert out.splitlines()[-1] == "took True 数完了 stopped True"


def test_two_runners_never_do_the_same_job(house: House):
    out = house.run(
        COUNTING
        + """
import threading
for n in range(20):
    jobs.enqueue(Ctx.system(), "test.count", {"to": 0})
ran = []
def work():
    while jobs.run_next(jobs.me()):
        ran.append(1)
threads = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
print(len(ran), Job.objects.filter(state="done", attempts=1).count())
"""
    )
    assert out == "20 20"


def test_a_job_of_a_killed_process_is_taken_up_where_it_stood(house: House):
    victim = house.child(
        COUNTING
        + """
jobs.enqueue(Ctx.system(), "test.count", {"to": 40, "ms": 50})
runner.start()
time.sleep(60)
"""
    )
    assert victim.stdout is not None
    for line in victim.stdout:
        if line.split()[:2] == ["step", "5"]:
            break
    victim.kill()
    victim.wait()
    out = house.run(
        COUNTING
        + """
runner.start()
job = Job.objects.get()
until = time.monotonic() + 20
while job.state != "done" and time.monotonic() < until:
    time.sleep(0.1)
    job.refresh_from_db()
print(job.state, job.attempts, SweepRun.objects.filter(name__startswith="step-").count())
runner.stop()
"""
    )
    lines = out.splitlines()
    assert lines[-1] == "done 1 40"  # attempts are counted anew: it came further
    assert "step 3" not in lines, "what was done before the kill is not done again"


def test_a_stopped_process_gives_its_job_back_within_seconds(house: House):
    began = time.monotonic()
    out = house.run(
        COUNTING
        + """
jobs.enqueue(Ctx.system(), "test.count", {"to": 1000, "ms": 50})
runner.start()
time.sleep(1)
print("stopped", runner.stop(), Job.objects.get().state, Job.objects.get().attempts)
"""
    )
    assert out.splitlines()[-1] == "stopped True queued 0"
    assert time.monotonic() - began < 30
