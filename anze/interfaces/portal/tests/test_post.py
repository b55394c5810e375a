"""Pages of notices, circulars, deliveries and jobs, as people use them."""

from __future__ import annotations

from uuid import uuid4

import pytest

from anze.kernel.bus.ctx import Ctx
from anze.kernel.work import jobs, services
from anze.kernel.work.models import Circular, Contact, Delivery, Habit, Job, Notice


def text(answer, status: int = 200) -> str:
    assert answer.status_code == status
    return answer.content.decode()


def write(cast, **more):
    given = {
        "client_id": str(uuid4()), "unit": str(cast.district.pk), "title": "冬季消防自查",
        "body": "周五前完成。", "asks": "confirm", "posts": ["principal"],
    }  # fmt: skip
    return {**given, **more}


def test_a_circular_is_written_confirmed_and_nudged(cast, client_for):
    desk, head = client_for(cast.desk), client_for(cast.principal)
    assert "发到哪里" in text(desk.get("/notices/circulars/new/"))
    sent = desk.post("/notices/circulars/new/", write(cast))
    assert sent.status_code == 302
    assert "我已知悉，确认" in text(head.get(sent.url))
    assert "已确认" in text(head.post(f"{sent.url}confirm/", follow=True))
    page = text(desk.get(sent.url))
    assert "方正" in page
    assert "未确认" in page
    assert "已催办 1 人" in text(desk.post(f"{sent.url}nudge/", follow=True))
    assert "刚刚催办过" in text(desk.post(f"{sent.url}nudge/", follow=True))
    assert "确认 1/2" in text(desk.get("/circulars/"))
    assert client_for(cast.teacher).get(sent.url).status_code == 404


def test_what_was_typed_comes_back_with_what_was_wrong(cast, client_for):
    page = text(
        client_for(cast.desk).post(
            "/notices/circulars/new/", write(cast, posts=["guard"], title="")
        ),
        422,
    )
    assert "周五前完成。" in page
    assert not Circular.objects.exists()


def test_a_head_cannot_choose_another_school(cast, client_for):
    head = client_for(cast.principal)
    assert "星湖初级中学" not in text(head.get("/notices/circulars/new/"))
    assert (
        head.post("/notices/circulars/new/", write(cast, unit=str(cast.junior.pk))).status_code
        == 422
    )
    assert client_for(cast.officer).get("/notices/circulars/new/").status_code == 403


def test_the_inbox_filters_by_topic_and_reads_a_topic(cast, client_for):
    for topic in ("duties.reminded", "notices.circular"):
        services.notify(Ctx.system(), [cast.officer.pk], topic, title=f"关于 {topic}")
    client = client_for(cast.officer)
    page = text(client.get("/notices/?topic=duties.reminded"))
    assert "关于 duties.reminded" in page
    assert "关于 notices.circular" not in page
    client.post("/notices/read/", {"topic": "duties.reminded"})
    assert Notice.objects.filter(read_at=None).get().topic == "notices.circular"
    assert "换一个主题" in text(client.get("/notices/?topic=duties.reminded&unread=1"))


def test_settings_are_kept_and_a_wrong_one_comes_back(cast, client_for):
    client = client_for(cast.officer)
    good = {
        "email": "cheng@example.cn",
        "wecom": "cheng",
        "quiet_from": "22:00",
        "quiet_to": "06:30",
    }
    assert client.post("/notices/settings/", good).status_code == 302
    assert Habit.objects.get().quiet_from.hour == 22
    assert Contact.objects.get(channel="wecom").address == "cheng"
    page = text(client.post("/notices/settings/", {**good, "email": "no mail"}), 422)
    assert "no mail" in page
    assert "邮箱地址写法不对" in page
    assert Contact.objects.get(channel="email").address == "cheng@example.cn"


@pytest.mark.parametrize("wrong", ["25:00", "", "x"])
def test_a_time_that_is_none_is_refused(cast, client_for, wrong):
    typed = {"quiet_from": wrong, "quiet_to": "07:00"}
    assert client_for(cast.officer).post("/notices/settings/", typed).status_code == 422


def test_the_desk_sees_what_did_not_arrive_and_sends_it_again(cast, client_for):
    services.notify(Ctx.system(), [cast.officer.pk], "duties.reminded", title="催办：演练")
    row = Delivery.objects.create(
        notice=Notice.objects.get(), channel="wecom", state="failed_permanent", code="81013",
        error="企业微信里没有这个成员。", created=Ctx.system().now,
    )  # fmt: skip
    desk = client_for(cast.desk)
    assert "企业微信里没有这个成员" in text(desk.get("/deliveries/"))
    assert "现在重发" in text(desk.get(f"/deliveries/{row.pk}/"))
    assert "马上再发" in text(desk.post(f"/deliveries/{row.pk}/retry/", follow=True))
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("failed_retry", 0)
    Delivery.objects.update(state="failed_permanent")
    desk.post("/deliveries/retry/", {"channel": "wecom", "code": "81013"})
    row.refresh_from_db()
    assert row.state == "failed_retry"
    assert client_for(cast.officer).get("/deliveries/").status_code == 403


def test_the_administrator_cancels_and_repeats_a_job(cast, client_for, monkeypatch):
    monkeypatch.setitem(jobs._works, "test.work", lambda handle: "办完了")
    job = jobs.enqueue(Ctx.system(), "test.work", {})
    admin = client_for(cast.sysadmin)
    page = text(admin.get("/jobs/"))
    assert "test.work" in page
    assert "ledger.number" in page
    shown = text(admin.get(f"/jobs/{job.pk}/"))
    assert "load delay:2s" in shown
    later = text(
        admin.get(f"/jobs/{job.pk}/?looks=90", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="job")
    )
    assert "load delay:30s" in later
    assert "<html" not in later
    assert "已取消" in text(admin.post(f"/jobs/{job.pk}/cancel/", follow=True))
    assert "已重新排队" in text(admin.post(f"/jobs/{job.pk}/retry/", follow=True))
    jobs.run_waiting()
    assert Job.objects.get().state == "done"
    assert "不能重做" in text(admin.post(f"/jobs/{job.pk}/retry/", follow=True))
    assert "load delay" not in text(admin.get(f"/jobs/{job.pk}/"))
    assert client_for(cast.desk).get("/jobs/").status_code == 403
