"""From a notice to the phone: planned, sent, retried, given up, never lost, seldom twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from anze.kernel.bus import clock
from anze.kernel.bus.clock import LOCAL
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, NotFound
from anze.kernel.work import delivery, outcomes, posting, services, topics
from anze.kernel.work.models import Contact, Delivery, Habit, Notice, Preference

MORNING = datetime(2026, 11, 20, 10, tzinfo=LOCAL)  # a Friday


@pytest.fixture(autouse=True)
def _topics(monkeypatch):
    known = {
        one.code: one
        for one in (
            topics.Topic("test.normal", "普通", "normal", ("wecom", "dingtalk", "email")),
            topics.Topic("test.calm", "平常", "calm", ("wecom",)),
            topics.Topic("test.alarm", "报警", "alarm", ("wecom", "sms")),
        )
    }
    monkeypatch.setattr(topics, "_topics", known)


@pytest.fixture
def lin(cast):
    Contact.objects.create(user=cast.principal, channel="wecom", address="lin")
    return cast.principal


def tell(*people, topic: str = "test.normal", at: datetime = MORNING, **words: str) -> None:
    with clock.travel(at):
        shown = {"title": "消防检查", "body": "请在周五前完成。", **words}
        services.notify(Ctx.system(), [one.pk for one in people], topic, **shown)


def turn(at: datetime = MORNING) -> int:
    with clock.travel(at):
        return posting.run_all()


def states() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("created", "id").values_list("channel", "state"))


def test_a_notice_reaches_the_phone_once(wecom, lin):
    tell(lin)
    turn()
    turn()
    assert states() == [("wecom", "sent")]
    (body,) = wecom.sent("/cgi-bin/message/send")
    notice = Notice.objects.get()
    assert body["textcard"]["url"] == f"https://anze.example.org/notices/{notice.pk}/"
    assert Delivery.objects.get().provider_id == "wx-1"


def test_nothing_is_planned_where_no_channel_is_set(outward, lin):
    tell(lin)
    assert turn() == 0
    assert Notice.objects.get().planned
    assert states() == []


def test_who_has_no_address_is_shown_to_the_desk(wecom, cast):
    tell(cast.teacher)
    turn()
    row = Delivery.objects.get()
    assert (row.state, row.code) == ("failed_permanent", "no_address")
    assert "我的通知设置" in row.error
    assert list(outcomes.deliveries(cast.ctx("desk"))) == [row]
    assert not outcomes.deliveries(cast.ctx("outsider")).exists()


def test_who_gives_an_address_later_is_reached_by_whatever_channel_it_is(wecom, dingtalk, cast):
    tell(cast.teacher)
    turn()
    row = Delivery.objects.get()
    Contact.objects.create(user=cast.teacher, channel="dingtalk", address="lin")
    with clock.travel(MORNING + timedelta(hours=1)):
        outcomes.retry(cast.ctx("desk"), row.pk)
    turn(MORNING + timedelta(hours=1))
    assert states() == [("dingtalk", "sent")]


def test_an_unknown_member_is_not_tried_again_until_somebody_says_so(wecom, cast):
    Contact.objects.create(user=cast.teacher, channel="wecom", address="gone")
    tell(cast.teacher)
    turn()
    row = Delivery.objects.get()
    assert (row.state, row.code, row.attempts) == ("failed_permanent", "81013", 1)
    assert turn(MORNING + timedelta(days=1)) == 0
    Contact.objects.filter(address="gone").update(address="zhou")
    with clock.travel(MORNING + timedelta(hours=1)):
        outcomes.retry(cast.ctx("desk"), row.pk)
    turn(MORNING + timedelta(hours=1))
    assert states() == [("wecom", "sent")]
    with pytest.raises(Conflict):
        outcomes.retry(cast.ctx("desk"), row.pk)
    with pytest.raises(NotFound):
        outcomes.retry(cast.ctx("outsider"), row.pk)


def test_a_service_out_of_order_is_tried_again_ever_later_and_given_up(wecom, lin):
    tell(lin)
    at, gaps = MORNING, []
    for _ in range(delivery.ATTEMPTS):
        wecom.say("broken", "broken")
        turn(at)
        row = Delivery.objects.get()
        if row.next_at:
            gaps.append(row.next_at - at)
            at = row.next_at
    assert gaps == sorted(gaps)
    assert len(set(gaps)) == len(gaps)
    assert (row.state, row.attempts) == ("failed_permanent", delivery.ATTEMPTS)
    assert "企业微信" in row.error


def test_one_failure_does_not_hold_up_the_others(wecom, lin, cast):
    Contact.objects.create(user=cast.officer, channel="wecom", address="zhou")
    Contact.objects.create(user=cast.teacher, channel="wecom", address="gone")
    tell(cast.teacher, lin, cast.officer)
    turn()
    assert sorted(state for _, state in states()) == ["failed_permanent", "sent", "sent"]


def test_a_channel_that_fails_again_and_again_rests(wecom, cast, outward):
    outward["wecom"]["corp"] = "wrong"
    names = ("principal", "officer", "teacher", "guard", "desk")
    for name in names:
        Contact.objects.create(user=cast.people[name], channel="wecom", address="lin")
    tell(*(cast.people[name] for name in names))
    turn()
    asked = [path for path, _ in wecom.calls]
    assert asked == ["/cgi-bin/gettoken"] * delivery.ENOUGH
    assert Delivery.objects.filter(code="40013").count() == delivery.ENOUGH
    outward["wecom"]["corp"] = "ww1"
    turn(MORNING + delivery.REST)
    assert [state for _, state in states()].count("sent") == len(names)


def test_an_alarm_goes_first_and_waits_for_no_rest(wecom, lin, cast, outward):
    for name in ("officer", "teacher", "guard"):
        Contact.objects.create(user=cast.people[name], channel="wecom", address="lin")
    outward["wecom"]["corp"] = "wrong"
    tell(cast.officer, cast.teacher, cast.guard)
    turn()
    outward["wecom"]["corp"] = "ww1"
    later = MORNING + timedelta(minutes=2)  # the others are due again by now
    tell(lin, topic="test.alarm", title="一键报警", at=later)
    turn(later)
    (body,) = wecom.sent("/cgi-bin/message/send")
    assert body["textcard"]["title"] == "一键报警"
    tell(lin, topic="test.alarm", title="又一次", key="again", at=MORNING + delivery.REST)
    turn(MORNING + delivery.REST)
    first = wecom.sent("/cgi-bin/message/send")[1]
    assert first["textcard"]["title"] == "又一次"


def test_at_night_a_notice_waits_and_an_alarm_does_not(wecom, lin):
    night = MORNING.replace(hour=23)
    tell(lin, at=night)
    tell(lin, topic="test.alarm", title="一键报警", at=night)
    turn(night)
    assert [body["textcard"]["title"] for body in wecom.sent("/cgi-bin/message/send")] == [
        "一键报警"
    ]
    turn(datetime(2026, 11, 23, 7, tzinfo=LOCAL))
    assert len(wecom.sent("/cgi-bin/message/send")) == 2


def test_a_message_that_failed_in_the_evening_is_not_tried_again_at_night(wecom, lin):
    at = MORNING.replace(hour=21, minute=20)
    tell(lin, at=at)
    for _ in range(3):
        wecom.say("broken", "broken")
        turn(at)
        at = Delivery.objects.get().next_at
    assert at == datetime(2026, 11, 23, 7, tzinfo=LOCAL)
    wecom.next_answers.clear()
    turn(MORNING.replace(hour=22))
    assert states() == [("wecom", "failed_retry")]
    turn(at)
    assert states() == [("wecom", "sent")]


def test_an_alarm_that_failed_is_tried_again_at_night(wecom, lin):
    night = MORNING.replace(hour=23)
    tell(lin, topic="test.alarm", at=night)
    wecom.say("broken", "broken")
    turn(night)
    wecom.next_answers.clear()
    assert Delivery.objects.get().next_at == night + timedelta(minutes=1)
    turn(night + timedelta(minutes=1))
    assert states() == [("wecom", "sent")]


def test_what_was_planned_late_waits_for_the_morning_too(wecom, lin):
    tell(lin, at=MORNING.replace(hour=20))
    turn(MORNING.replace(hour=23))
    assert wecom.calls == []
    turn(datetime(2026, 11, 23, 7, tzinfo=LOCAL))
    assert states() == [("wecom", "sent")]


def test_what_a_closed_house_did_not_send_waits_for_the_morning(wecom, lin):
    tell(lin, at=MORNING.replace(hour=20))
    with clock.travel(MORNING.replace(hour=20)):
        posting.planning.plan(Ctx.system())
    turn(MORNING.replace(hour=23))
    assert wecom.calls == []
    turn(datetime(2026, 11, 23, 7, tzinfo=LOCAL))
    assert states() == [("wecom", "sent")]


def test_what_can_wait_comes_as_one_message(wecom, lin):
    for n in range(12):
        tell(lin, topic="test.calm", title=f"第 {n} 条", at=MORNING + timedelta(minutes=n))
    turn(MORNING + timedelta(hours=1))
    assert wecom.calls == []
    turn(datetime(2026, 11, 23, 7, 30, tzinfo=LOCAL))
    (body,) = wecom.sent("/cgi-bin/message/send")
    assert body["textcard"]["title"] == "您有 12 条新通知"
    assert "另有 2 条" in body["textcard"]["description"]
    assert states() == [("wecom", "sent")] * 12


def test_who_has_read_it_meanwhile_is_not_told_again(wecom, lin):
    tell(lin, at=MORNING.replace(hour=23))
    turn(MORNING.replace(hour=23))
    Notice.objects.update(read_at=MORNING.replace(hour=23, minute=30))
    turn(datetime(2026, 11, 23, 7, tzinfo=LOCAL))
    assert states() == [("wecom", "suppressed")]
    assert wecom.calls == []


def test_own_quiet_hours_and_wishes_count(wecom, lin):
    Habit.objects.create(user=lin, quiet_from="09:00", quiet_to="11:00")
    tell(lin)
    turn()
    assert Delivery.objects.get().next_at == MORNING.replace(hour=11)
    Preference.objects.create(user=lin, topic="test.normal", channel="wecom", wanted=False)
    tell(lin, key="another")
    turn()
    assert Delivery.objects.count() == 1


def test_an_alarm_cannot_be_switched_off(wecom, lin):
    Preference.objects.create(user=lin, topic="test.alarm", channel="wecom", wanted=False)
    tell(lin, topic="test.alarm")
    turn()
    assert states() == [("wecom", "sent")]


def test_dingtalk_is_asked_what_became_of_it(dingtalk, cast):
    Contact.objects.create(user=cast.principal, channel="dingtalk", address="lin")
    tell(cast.principal)
    turn()
    assert states() == [("dingtalk", "sent")]
    dingtalk.results = {"read_user_id_list": ["lin"]}
    turn(MORNING + timedelta(minutes=3))
    row = Delivery.objects.get()
    assert row.state == "receipt"
    assert row.receipt_at is not None


def test_dingtalk_may_say_later_that_nobody_is_there(dingtalk, cast):
    Contact.objects.create(user=cast.principal, channel="dingtalk", address="lin")
    tell(cast.principal)
    turn()
    dingtalk.results = {"invalid_user_id_list": ["lin"]}
    turn(MORNING + timedelta(minutes=3))
    assert states() == [("dingtalk", "failed_permanent")]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"failed_user_id_list": ["lin"]}, "failed_user_id_list"),
        (
            {
                "forbidden_user_id_list": ["lin"],
                "forbidden_list": [{"code": "143103", "userid": "lin"}],
            },
            "143103",
        ),
    ],
)
def test_what_dingtalk_took_and_did_not_bring_is_sent_again(dingtalk, cast, said, code):
    Contact.objects.create(user=cast.principal, channel="dingtalk", address="lin")
    tell(cast.principal)
    turn()
    dingtalk.results = said
    turn(MORNING + timedelta(minutes=3))
    row = Delivery.objects.get()
    assert (row.state, row.code, row.attempts) == ("failed_retry", code, 1)
    dingtalk.results = {"unread_user_id_list": ["lin"]}
    turn(row.next_at)
    turn(row.next_at + timedelta(minutes=3))
    assert states() == [("dingtalk", "receipt")]
    assert len(dingtalk.sent("/topapi/message/corpconversation/asyncsend_v2")) == 2


def test_dingtalk_out_of_order_when_asked_is_only_asked_again(dingtalk, cast):
    Contact.objects.create(user=cast.principal, channel="dingtalk", address="lin")
    tell(cast.principal)
    turn()
    dingtalk.say("broken", "broken")
    turn(MORNING + timedelta(minutes=3))
    assert states() == [("dingtalk", "sent")]


def test_a_sender_killed_in_the_middle_leaves_the_message_due_again(wecom, lin, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*_: object) -> str:
        raise Killed

    tell(lin)
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "_send", die)
        with pytest.raises(Killed):
            turn()
    assert turn(MORNING + timedelta(minutes=1)) == 0, "somebody may still be sending it"
    turn(MORNING + delivery.HOLD)
    assert states() == [("wecom", "sent")]


def test_two_senders_never_take_the_same_message(wecom, lin):
    tell(lin)
    with clock.travel(MORNING):
        posting.planning.plan(Ctx.system())
        first, second = (Delivery.objects.select_related("notice__user").get() for _ in range(2))
        assert [delivery._take(first), delivery._take(second)] == [True, False]


def test_planning_twice_makes_one_delivery(wecom, lin):
    tell(lin)
    turn()
    Notice.objects.update(planned=False)
    turn()
    assert Delivery.objects.count() == 1


def test_planning_asks_as_often_for_many_as_for_few(wecom, cast, django_assert_max_num_queries):
    everybody = list(cast.people.values())
    tell(*everybody)
    with clock.travel(MORNING), django_assert_max_num_queries(22):
        posting.planning.plan(Ctx.system())
    assert Delivery.objects.count() == len(everybody)


def test_a_text_message_carries_no_link(aliyun, cast):
    tell(cast.principal, topic="test.alarm", title="一键报警")
    turn()
    (form,) = aliyun.sent("/")
    assert form["PhoneNumbers"] == cast.principal.phone
    assert "anze.example.org" not in str(form)
