"""Channels against local servers that check and answer as the true services do."""

from __future__ import annotations

import smtplib

import pytest

from anze.kernel.people.channels import (
    BadAddress,
    BadContent,
    Message,
    Misconfigured,
    TryLater,
)
from anze.kernel.people.sms import AliyunSms, SignedSms, signature
from anze.kernel.work.channels import robots
from anze.kernel.work.channels.dingtalk import DingTalk
from anze.kernel.work.channels.email import Email
from anze.kernel.work.channels.provider import cut
from anze.kernel.work.channels.wecom import WeCom
from anze.kernel.work.tests.conftest import Told
from anze.lib import egress as ways
from anze.lib.egress import Egress, EgressError, ForbiddenHost

LINK = "https://anze.example.org/notices/1/"


def message(to: str = "lin", **more: object) -> Message:
    words = {"title": "催办：消防检查", "text": "这一项还没有完成。", "link": LINK, "key": "k1"}
    return Message(to=to, **{**words, **more})  # type: ignore[arg-type]


# 企业微信


def test_wecom_gets_a_card_with_the_way_back(wecom):
    assert WeCom().send(message()) == "wx-1"
    (body,) = wecom.sent("/cgi-bin/message/send")
    assert (body["touser"], body["textcard"]["url"]) == ("lin", LINK)
    assert body["enable_duplicate_check"] == 1


def test_wecom_fetches_its_token_once_for_many_messages(wecom):
    for _ in range(3):
        WeCom().send(message())
    assert wecom.tokens == 1


@pytest.mark.parametrize("code", [42001, 40014])
def test_a_token_that_ran_out_is_renewed_and_the_message_sent(wecom, code):
    WeCom().send(message())
    wecom.say({"errcode": code, "errmsg": "access_token expired"})
    assert WeCom().send(message()) == "wx-1"
    assert wecom.tokens == 2


def test_a_token_that_stays_refused_is_not_fetched_for_ever(wecom):
    stale = {"errcode": 42001, "errmsg": "access_token expired"}
    WeCom().send(message())
    wecom.say(stale, wecom.fresh_token(), stale)
    with pytest.raises(TryLater):
        WeCom().send(message())


def test_who_is_unknown_to_wecom_cannot_be_reached(wecom):
    with pytest.raises(BadAddress) as refusal:
        WeCom().send(message("gone"))
    assert "userid" in refusal.value.said


def test_who_is_named_invalid_in_a_success_was_not_reached(wecom):
    wecom.say(wecom.fresh_token(), {"errcode": 0, "invaliduser": "LIN", "msgid": "x"})
    with pytest.raises(BadAddress):
        WeCom().send(message("Lin"))


def test_wecom_names_what_the_administrator_has_to_mend(wecom, outward):
    outward["wecom"]["secret"] = Told("wrong")
    with pytest.raises(Misconfigured) as refusal:
        WeCom().send(message())
    assert "ANZE_WECOM_SECRET" in refusal.value.said
    assert "wrong" not in refusal.value.said


@pytest.mark.parametrize("how", ["garbage", "broken", "redirect", {"errcode": -1}, {"ok": 1}])
def test_a_wecom_out_of_order_is_tried_later(wecom, how):
    wecom.say(how)
    with pytest.raises(TryLater):
        WeCom().send(message())


def test_a_wecom_that_does_not_answer_is_left_after_the_timeout(wecom, monkeypatch):
    channel = WeCom()
    channel.way = Egress(channel.way.hosts, channel.way.intranet, read_seconds=0.3)
    wecom.say("hang")
    with pytest.raises(TryLater, match="no answer in time"):
        channel.send(message())


def test_no_failure_tells_the_secret(wecom):
    wecom.say("broken")
    with pytest.raises(TryLater) as refusal:
        WeCom().send(message())
    assert "s3cret" not in f"{refusal.value.said}{refusal.value.__context__!r}"


def test_long_words_are_cut_between_characters():
    assert cut("安" * 50, 128) == "安" * 41 + "…"
    assert cut("安全", 6) == "安全"


# 钉钉


def test_dingtalk_gets_a_card_and_gives_a_task(dingtalk):
    assert DingTalk().send(message()) == "256271667526"
    (body,) = dingtalk.sent("/topapi/message/corpconversation/asyncsend_v2")
    assert body["msg"]["action_card"]["single_url"] == LINK


def test_dingtalk_renews_a_token_that_ran_out(dingtalk):
    DingTalk().send(message())
    dingtalk.say({"errcode": 42001, "errmsg": "access_token超时"})
    assert DingTalk().send(message())
    assert dingtalk.tokens == 2


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        ({"read_user_id_list": ["lin"]}, "read"),
        ({"unread_user_id_list": ["lin"]}, "arrived"),
        ({}, "pending"),
        ({"failed_user_id_list": ["lin"]}, "failed"),
        (
            {
                "forbidden_user_id_list": ["lin"],
                "forbidden_list": [{"userid": "lin", "code": "143106"}],
            },
            "arrived",
        ),
    ],
)
def test_dingtalk_says_afterwards_what_became_of_it(dingtalk, results, outcome):
    dingtalk.results = results
    task = DingTalk().send(message())
    assert DingTalk().result(task, "lin").outcome == outcome


@pytest.mark.parametrize(
    ("results", "kind"),
    [
        ({"invalid_user_id_list": ["lin"]}, BadAddress),
        ({"forbidden_user_id_list": ["lin"],
          "forbidden_list": [{"userid": "lin", "code": "143105"}]}, BadContent),
    ],
)  # fmt: skip
def test_dingtalk_says_afterwards_that_it_did_not_arrive(dingtalk, results, kind):
    dingtalk.results = results
    task = DingTalk().send(message())
    with pytest.raises(kind):
        DingTalk().result(task, "lin")


@pytest.mark.parametrize(
    ("code", "kind"),
    [(33012, BadAddress), (143103, TryLater), (1430002, BadContent), (40089, Misconfigured)],
)
def test_dingtalk_refusals_are_told_apart(dingtalk, code, kind):
    dingtalk.say(dingtalk.fresh_token(), {"errcode": code, "errmsg": "…"})
    with pytest.raises(kind):
        DingTalk().send(message())


# 短信


def sms(to: str = "13900000001", title: str = "消防检查") -> Message:
    return message(to, variables={"title": title, "count": "1"})


def test_the_signature_of_aliyun_is_that_of_its_documentation():
    """The example of 阿里云帮助中心 · RPC 签名机制 for DescribeRegions."""
    parameters = {
        "AccessKeyId": "testid",
        "Action": "DescribeRegions",
        "Format": "XML",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "SignatureVersion": "1.0",
        "Timestamp": "2016-02-23T12:46:24Z",
        "Version": "2014-05-26",
    }
    assert signature(parameters, "testsecret", "GET") == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


def test_aliyun_takes_a_signed_message(aliyun):
    assert AliyunSms().send(sms()) == "9006^0"
    (form,) = aliyun.sent("/")
    assert form["PhoneNumbers"] == "13900000001"
    assert "anze.example.org" not in str(form), "no link goes into a text message"


def test_a_long_variable_is_cut_before_aliyun_refuses_it(aliyun):
    assert AliyunSms().send(sms(title="长" * 60))


def test_a_number_without_a_phone_is_never_asked_for(aliyun):
    with pytest.raises(BadAddress):
        AliyunSms().send(sms("0519-86551234"))
    assert aliyun.calls == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", BadAddress),
        ("isv.BUSINESS_LIMIT_CONTROL", TryLater),
        ("isv.AMOUNT_NOT_ENOUGH", Misconfigured),
        ("isv.PARAM_NOT_SUPPORT_URL", BadContent),
    ],
)
def test_aliyun_refusals_are_told_apart(aliyun, code, kind):
    aliyun.say({"Code": code, "Message": "…"})
    with pytest.raises(kind):
        AliyunSms().send(sms())


def test_a_wrong_secret_at_aliyun_is_the_administrators_business(aliyun, outward):
    outward["sms"]["secret"] = Told("wrong")
    with pytest.raises(Misconfigured) as refusal:
        AliyunSms().send(sms())
    assert refusal.value.code == "SignatureDoesNotMatch"


def test_the_bureaus_gateway_checks_the_signature(gateway, outward):
    assert SignedSms().send(sms()) == "g-1"
    outward["sms"]["secret"] = Told("wrong")
    with pytest.raises(Misconfigured):
        SignedSms().send(sms())


def test_the_gateway_says_that_a_number_is_dead(gateway):
    with pytest.raises(BadAddress):
        SignedSms().send(sms("13700000001"))


# 电子邮件


def test_mail_carries_words_and_way_back(outward, mailoutbox):
    outward["email"] |= {"host": "mail.example.org", "sender": "安责 <anze@example.org>"}
    first = Email().send(message("lin@example.org"))
    again = Email().send(message("lin@example.org"))
    assert first == again, "each attempt has the same Message-ID"
    assert LINK in mailoutbox[0].body
    assert mailoutbox[0].to == ["lin@example.org"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")}), BadAddress),
        (smtplib.SMTPRecipientsRefused({"x": (451, b"greylisted")}), TryLater),
        (smtplib.SMTPAuthenticationError(535, b"bad"), Misconfigured),
        (smtplib.SMTPDataError(554, b"spam"), BadContent),
        (TimeoutError(), TryLater),
    ],
)
def test_refusals_of_the_mail_server_are_told_apart(outward, monkeypatch, error, kind):
    def fail(*_args: object, **_more: object) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    with pytest.raises(kind):
        Email().send(message("lin@example.org"))


# 群机器人


def robot_file(outward, text: str, mode: int = 0o400) -> str:
    file = outward["robots"] / "r1"
    file.write_text(text)
    file.chmod(mode)
    return "r1"


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_a_robot_says_it_to_its_group(robot, outward, kind):
    slot = robot_file(outward, f"{robot.url}/hook?key=abc\nSEC1")
    robots.say(kind, slot, message(""))
    assert "催办：消防检查" in str(robot.calls[0][1])


def test_a_robot_of_dingtalk_signs_with_the_time(robot, outward):
    slot = robot_file(outward, f"{robot.url}/robot/send?access_token=abc\nSEC1")
    robots.say("dingtalk", slot, message(""))
    made = robots._hmac("SEC1", f"{robot.query['timestamp']}\nSEC1")
    assert robot.query["sign"] == made


def test_a_refusal_inside_a_success_is_a_refusal(robot, outward):
    slot = robot_file(outward, f"{robot.url}/hook?key=abc")
    robot.say({"errcode": 93000, "errmsg": "invalid webhook url"})
    with pytest.raises(BadAddress):
        robots.say("wecom", slot, message(""))


def test_a_robots_address_that_others_may_read_is_not_used(robot, outward):
    slot = robot_file(outward, f"{robot.url}/hook?key=abc", mode=0o644)
    with pytest.raises(Exception, match="chmod 400"):
        robots.say("wecom", slot, message(""))
    assert robot.calls == []


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu", "apprise"])
def test_a_robot_never_leads_into_the_intranet(outward, kind):
    for address in ("http://10.0.0.1/", "https://qyapi.weixin.qq.com.evil.org/", "json://10.0.0.1"):
        assert robots.fault(kind, address)


# the way out


def test_only_named_hosts_are_called(wecom):
    with pytest.raises(ForbiddenHost):
        Egress({"qyapi.weixin.qq.com"}).get_json(wecom.url, {})


def test_a_named_host_with_a_private_address_is_not_called(wecom, monkeypatch):
    """The address that was really reached counts: a name may lead anywhere."""
    way = Egress({wecom.host})
    monkeypatch.setattr(Egress, "_allowed", lambda self, url: wecom.host)
    with pytest.raises(EgressError):
        way.get_json(f"{wecom.url}/cgi-bin/gettoken", {"corpid": "ww1"})
    assert wecom.calls == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "x"],
)
def test_private_addresses_are_known(address):
    assert ways.is_private(address)


def test_public_addresses_are_known():
    assert not ways.is_private("203.119.169.36")
