"""Jobs: once each, under a lease, never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.work import jobs
from anze.kernel.work.models import Job, JobState

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(monkeypatch):
    """A job named ``test.work`` that runs whatever the test puts into ``work.does``."""

    class Work:
        runs: list[dict] = []

        def does(self, handle: jobs.Handle) -> object:
            self.runs.append(dict(handle.args))
            return "办完了"

    one = Work()
    one.runs = []
    monkeypatch.setitem(jobs._works, "test.work", lambda handle: one.does(handle))
    return one


def queue(key: str = "", **args: object) -> Job:
    return jobs.enqueue(Ctx.system(), "test.work", args, key)


def state_of(job: Job) -> tuple[str, str]:
    job.refresh_from_db()
    return job.state, job.message


def test_a_queued_job_runs_once_and_keeps_its_message(work):
    job = queue(batch="7")
    assert jobs.run_waiting() == 1
    assert jobs.run_waiting() == 0
    assert work.runs == [{"batch": "7"}]
    assert state_of(job) == ("done", "办完了")


def test_the_same_key_is_queued_once_while_it_is_open(work):
    assert queue("k").pk == queue("k").pk
    jobs.run_waiting()
    assert queue("k").state == "queued"
    assert Job.objects.count() == 2


def test_an_unknown_job_is_refused_at_the_door(work):
    with pytest.raises(LookupError):
        jobs.enqueue(Ctx.system(), "test.nobody_knows", {})


def test_a_runner_leaves_jobs_it_does_not_know_to_others(work):
    queue()
    Job.objects.update(name="of.a.newer.version")
    assert jobs.take("me") is None


def test_a_taken_job_is_nobody_elses_until_its_lease_runs_out(work):
    queue()
    assert jobs.take("first") is not None
    assert jobs.take("second") is None
    with clock.travel(clock.now() + jobs.LEASE + timedelta(seconds=1)):
        taken = jobs.take("second")
    assert taken is not None
    assert (taken.owner, taken.attempts) == ("second", 2)


def test_progress_renews_the_lease(work):
    job = queue()
    jobs.take("first")
    later = clock.now() + jobs.LEASE - timedelta(seconds=1)
    with clock.travel(later):
        jobs.Handle(job.pk, {}, None, "first").progress(3, 10, "第 3 行")
    with clock.travel(later + timedelta(seconds=2)):
        assert jobs.take("second") is None
    job.refresh_from_db()
    assert (job.done, job.total, job.message) == (3, 10, "第 3 行")


def test_who_lost_the_lease_is_stopped_at_his_next_word(work):
    job = queue()
    jobs.take("first")
    with clock.travel(clock.now() + jobs.LEASE * 2):
        jobs.take("second")
    with pytest.raises(jobs.Stopped):
        jobs.Handle(job.pk, {}, None, "first").progress(1, 10)


def test_a_cancelled_job_stops_and_stays_cancelled(work):
    def cancels_itself(handle: jobs.Handle) -> None:
        jobs.cancel(handle.job_id)
        handle.progress(1, 2)

    work.does = cancels_itself
    job = queue()
    jobs.run_waiting()
    assert state_of(job)[0] == "cancelled"
    assert jobs.cancel(job.pk) is False


def test_a_refusal_ends_the_job_with_its_words(work):
    def refuses(_handle: jobs.Handle) -> None:
        raise Refused("第 7 行没有写入", remedy="请改正后继续。")

    work.does = refuses
    job = queue()
    jobs.run_waiting()
    assert state_of(job) == ("failed", "第 7 行没有写入 请改正后继续。")


def test_a_crash_is_tried_again_later_and_given_up_in_the_end(work):
    def crashes(_handle: jobs.Handle) -> None:
        raise OSError("disk")

    work.does = crashes
    job = queue()
    assert jobs.run_waiting() == 1
    assert state_of(job)[0] == "queued"
    assert jobs.run_waiting() == 0, "it waits before the next try"
    at = clock.now()
    for _ in range(jobs.ATTEMPTS):
        at += timedelta(hours=1)
        with clock.travel(at):
            jobs.run_waiting()
    assert state_of(job)[0] == "failed"


def test_a_job_that_kills_its_process_each_time_is_given_up(work):
    job = queue()
    at = clock.now()
    for _ in range(jobs.ATTEMPTS):
        with clock.travel(at):
            assert jobs.take("doomed") is not None
        at += jobs.LEASE * 2
    with clock.travel(at):
        assert jobs.take("next") is None
    assert state_of(job)[0] == JobState.FAILED


def test_a_job_that_comes_further_each_time_is_finished_however_often_it_is_killed(work):
    job = queue()
    at = clock.now()
    for step in range(1, jobs.ATTEMPTS * 2):
        with clock.travel(at):
            taken = jobs.take(f"killed-{step}")
            assert taken is not None, f"given up before step {step}"
            handle = jobs.Handle(taken.pk, {}, None, taken.owner, began=taken.done)
            handle.progress(step, 100)
        at += jobs.LEASE * 2
    with clock.travel(at):
        assert jobs.run_waiting() == 1
    assert state_of(job)[0] == "done"


def test_a_job_that_never_comes_further_is_given_up(work):
    job = queue()
    at = clock.now()
    for number in range(jobs.ATTEMPTS + 1):
        with clock.travel(at):
            taken = jobs.take(f"killed-{number}")
            if taken is None:
                break
            handle = jobs.Handle(taken.pk, {}, None, taken.owner, began=taken.done)
            handle.progress(7, 100)
        at += jobs.LEASE * 2
    with clock.travel(at):
        assert jobs.take("next") is None
    assert state_of(job)[0] == JobState.FAILED


def test_who_renewed_his_lease_a_moment_ago_keeps_the_job(work, monkeypatch):
    queue()
    at = clock.now()
    with clock.travel(at):
        slow = jobs.take("slow")
        assert slow is not None
    handle = jobs.Handle(slow.pk, {}, None, slow.owner)
    real = Job.objects.filter

    def between(*args: object, **named: object) -> object:
        if "pk" in named and "lease_until" in named:
            monkeypatch.setattr(Job.objects, "filter", real)
            handle.progress(1, 2)
        return real(*args, **named)

    with clock.travel(at + jobs.LEASE * 2):
        monkeypatch.setattr(Job.objects, "filter", between)
        assert jobs.take("quick") is None
    assert Job.objects.get().owner == "slow"


def test_a_stop_of_the_process_gives_the_job_back_at_once(work):
    work.does = lambda handle: handle.progress(1, 2)
    job = queue()
    jobs.run_next("leaving", stopping=lambda: True)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 0)
