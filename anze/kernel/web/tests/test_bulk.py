"""Many rows at once: shown first, done in chunks, once, by one's own rights, and taken back."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet

from anze.kernel.bus import clock
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.web.bulk import registry, services
from anze.kernel.web.bulk.registry import BulkAction, OpenList, Outcome, Preview
from anze.kernel.web.models import BulkItem, BulkRun, ItemState, RunState
from anze.kernel.web.notices import NoticeList
from anze.kernel.work import jobs
from anze.kernel.work import services as work
from anze.kernel.work.models import Job, Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(cast):
    """Give the desk some notices; return their keys, oldest first."""

    def tell(count):
        ctx = cast.ctx("desk")
        for number in range(count):
            work.notify(ctx, [cast.desk.pk], "test.told", title=f"第 {number} 条")
        return [
            str(pk) for pk in Notice.objects.filter(user=cast.desk).values_list("pk", flat=True)
        ]

    return tell


@pytest.fixture
def ctx(cast):
    return cast.ctx("desk")


def choose(ctx, ids=None, client_id="one", query="", code="read"):
    return services.draft(ctx, "notices", code, query=query, ids=ids, client_id=client_id)


def read(cast):
    return Notice.objects.filter(user=cast.desk).exclude(read_at=None).count()


def test_choosing_does_nothing_yet_and_tells_what_would_be_done(cast, ctx, told):
    keys = told(3)
    work.read(ctx, keys[0])
    run = choose(ctx)
    assert (run.state, run.total) == (RunState.DRAFT, 2)
    assert "原来就是已读" in run.told
    assert read(cast) == 1


def test_what_was_shown_is_done_and_nothing_that_came_later(cast, ctx, told):
    told(2)
    run = choose(ctx)
    work.notify(ctx, [cast.desk.pk], "test.told", title="后来的")
    assert services.confirm(ctx, run.pk).state == RunState.DONE
    assert read(cast) == 2
    assert Notice.objects.get(title="后来的").read_at is None


def test_a_second_confirmation_and_a_second_choice_change_nothing(cast, ctx, told):
    keys = told(2)
    run = choose(ctx, keys[:1])
    assert choose(ctx, keys[:1]).pk == run.pk
    services.confirm(ctx, run.pk)
    done_at = Notice.objects.get(pk=keys[0]).read_at
    with clock.travel(ctx.now + timedelta(minutes=1)):
        assert services.confirm(cast.ctx("desk"), run.pk).state == RunState.DONE
    assert Notice.objects.get(pk=keys[0]).read_at == done_at


def test_undo_takes_back_what_the_run_did_and_nothing_else(cast, ctx, told):
    keys = told(3)
    work.read(ctx, keys[2])
    run = choose(ctx)
    services.confirm(ctx, run.pk)
    assert services.undo(ctx, run.pk).state == RunState.UNDONE
    assert read(cast) == 1
    assert Notice.objects.get(pk=keys[2]).read_at is not None
    assert services.undo(ctx, run.pk).state == RunState.UNDONE


def test_undo_ends_with_its_time(cast, ctx, told):
    told(1)
    run = choose(ctx)
    services.confirm(ctx, run.pk)
    late = cast.ctx("desk")
    object.__setattr__(late, "now", ctx.now + timedelta(minutes=31))
    with pytest.raises(Conflict, match="已经过了可以撤销的时间"):
        services.undo(late, run.pk)
    assert read(cast) == 1


def test_a_draft_cannot_be_undone(ctx, told):
    told(1)
    run = choose(ctx)
    with pytest.raises(Conflict):
        services.undo(ctx, run.pk)


def test_another_persons_run_is_not_found(cast, ctx, told):
    told(1)
    run = choose(ctx)
    for service in (services.get, services.confirm, services.undo):
        with pytest.raises(NotFound):
            service(cast.ctx("leader"), run.pk)


def test_rows_of_others_and_ids_that_are_none_are_passed_over(cast, ctx, told):
    keys = told(1)
    other = cast.ctx("leader")
    with pytest.raises(Refused, match="没有选中"):
        choose(other, keys)
    with pytest.raises(Refused, match="没有选中"):
        choose(ctx, ["nonsense", "7", "x" * 900])
    run = choose(ctx, [*keys, "00000000-0000-0000-0000-000000000001"])
    assert run.total == 1
    assert services.GONE in run.told


def test_an_unknown_list_or_action_is_not_found(ctx):
    with pytest.raises(NotFound):
        services.draft(ctx, "nothing", "read", query="", ids=None, client_id="x")
    with pytest.raises(NotFound):
        choose(ctx, code="nothing")


def test_more_than_one_run_takes_is_refused_with_what_to_do(ctx, told, monkeypatch):
    told(3)
    monkeypatch.setattr(services, "MOST", 2)
    with pytest.raises(Refused) as refused:
        choose(ctx)
    assert "筛选" in refused.value.remedy


@pytest.mark.django_db(transaction=True)
def test_a_long_run_is_done_in_the_background_in_chunks(cast, ctx, told, monkeypatch):
    told(7)
    monkeypatch.setattr(services, "AT_ONCE", 3)
    run = choose(ctx)
    assert services.confirm(ctx, run.pk).state == RunState.RUNNING
    assert read(cast) == 0
    jobs.run_waiting()
    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert read(cast) == 7
    services.undo(ctx, run.pk)
    jobs.run_waiting()
    assert read(cast) == 0


@pytest.fixture
def counting(monkeypatch):
    """An action in chunks of two that notes each call, over the list of notices."""
    calls = []

    def show(_ctx, rows: QuerySet) -> Preview:
        return Preview([str(key) for key in rows.values_list("pk", flat=True)])

    def do(ctx, keys, _client_id) -> Outcome:
        calls.append(list(keys))
        if len(calls) == calls_until:
            raise Denied("岗位刚刚被撤销")
        return Outcome(frozenset(keys[:1]), dict.fromkeys(keys[1:], "不用办"))

    calls_until = 3
    one = BulkAction("count", "计数", "account", show, do, chunk=2, warning="不能撤销")
    monkeypatch.setitem(registry._actions["notices"], "count", one)
    return calls


def test_each_row_is_settled_once_with_the_reason_it_was_passed_over(ctx, told, counting):
    told(4)
    run = choose(ctx, code="count")
    services.confirm(ctx, run.pk)
    assert [len(keys) for keys in counting] == [2, 2]
    assert services.counts(run) == {ItemState.DONE: 2, ItemState.SKIPPED: 2}
    assert services.passed_over(run) == [("不用办", 2)]


def test_a_right_lost_on_the_way_stops_the_run_and_keeps_what_is_done(ctx, told, counting):
    told(6)
    run = services.confirm(ctx, choose(ctx, code="count").pk)
    assert run.state == RunState.STOPPED
    assert "岗位刚刚被撤销" in run.problem
    assert services.counts(run)[ItemState.WAITING] == 2


def test_what_cannot_be_undone_says_so_before_and_refuses_after(ctx, told, counting):
    told(1)
    run = services.confirm(ctx, choose(ctx, code="count").pk)
    with pytest.raises(Refused, match="不能撤销"):
        services.undo(ctx, run.pk)
    with pytest.raises(ValueError, match="must warn"):
        BulkAction(
            "x", "x", "account", lambda c, r: Preview([]), lambda c, k, i: Outcome(frozenset())
        )


def test_a_run_whose_process_died_is_taken_up_where_it_stood(cast, ctx, told):
    told(3)
    run = choose(ctx)
    BulkRun.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, touched=clock.now() - timedelta(minutes=5)
    )
    BulkItem.objects.filter(run=run)[:1].get()
    services.sweep(cast.ctx("desk"))
    jobs.run_waiting()
    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert read(cast) == 3


@pytest.mark.parametrize(("state", "word"), [("failed", "没有办成"), ("cancelled", "被取消")])
def test_a_run_whose_job_was_given_up_is_stopped_and_not_begun_again(cast, ctx, told, state, word):
    told(3)
    run = choose(ctx)
    BulkRun.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, touched=clock.now() - timedelta(minutes=5)
    )
    jobs.enqueue(ctx, services.JOB, {"run": str(run.pk)}, key=str(run.pk))
    Job.objects.update(state=state, finished=clock.now())
    services.sweep(cast.ctx("desk"))
    run.refresh_from_db()
    assert run.state == RunState.STOPPED
    assert word in run.problem
    assert "重新选择" in run.problem
    assert Job.objects.count() == 1


def test_old_drafts_are_forgotten_and_runs_under_way_are_not(cast, ctx, told):
    told(1)
    draft, going = choose(ctx, client_id="a"), choose(ctx, client_id="b")
    long_ago = clock.now() - timedelta(days=40)
    BulkRun.objects.update(created=long_ago, touched=clock.now())
    BulkRun.objects.filter(pk=going.pk).update(state=RunState.RUNNING)
    services.sweep(cast.ctx("desk"))
    assert not BulkRun.objects.filter(pk=draft.pk).exists()
    assert BulkRun.objects.filter(pk=going.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_confirmations_at_once_one_does_the_work(cast, told, counting):
    told(2)
    run = choose(cast.ctx("desk"), code="count")
    start = threading.Barrier(2)

    def confirm():
        try:
            start.wait(5)
            services.confirm(cast.ctx("desk"), run.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(counting) == 1


def test_a_list_and_an_action_are_registered_once():
    made = OpenList("notices", "work:inbox", "account", lambda c, q: NoticeList())
    with pytest.raises(ValueError, match="opened twice"):
        registry.open_list(made)


# pages


def test_harmless_things_are_done_at_once_and_offer_the_way_back(cast, client_for, told):
    keys = told(2)
    client = client_for(cast.desk)
    page = client.post("/-/bulk/notices/", {"do": "read", "ids": keys[:1]}, follow=True)
    assert "已把 1 条通知标为已读" in page.content.decode()
    assert "撤销" in page.content.decode()
    page = client.post(page.request["PATH_INFO"] + "undo/", follow=True)
    assert "已把 1 条通知恢复为未读" in page.content.decode()
    assert read(cast) == 0


def test_the_inbox_offers_to_mark_what_is_ticked(cast, client_for, told):
    told(1)
    html = client_for(cast.desk).get("/notices/").content.decode()
    assert 'name="ids"' in html
    assert "/-/bulk/notices/" in html


def test_a_selection_is_exported_and_the_rest_is_not(cast, client_for):
    client = client_for(cast.desk)
    chosen = {"do": "file-csv", "ids": [str(cast.primary.pk)]}
    answer = client.post("/-/bulk/units/", chosen)
    text = answer.content.decode("utf-8-sig")
    assert cast.primary.name in text
    assert cast.junior.name not in text
    assert client.post("/-/bulk/units/", {**chosen, "do": "file-exe"}).status_code == 404


def test_a_selection_outside_the_scope_is_exported_by_nobody(cast, client_for):
    chosen = {"do": "file-csv", "ids": [str(cast.other_school.pk)]}
    text = client_for(cast.desk).post("/-/bulk/units/", chosen).content.decode("utf-8-sig")
    assert cast.other_school.name not in text


def test_while_it_runs_the_page_asks_for_its_successor(cast, ctx, client_for, told):
    told(2)
    run = choose(ctx)
    BulkRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING)
    client, address = client_for(cast.desk), f"/-/bulk/runs/{run.pk}/"
    assert 'hx-trigger="every 2s"' in client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    BulkRun.objects.filter(pk=run.pk).update(state=RunState.DONE)
    assert client.get(address, headers={"HX-Request": "true"})["HX-Redirect"] == address
