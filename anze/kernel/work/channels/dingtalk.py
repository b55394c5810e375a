"""钉钉工作通知, to one employee by his userid; whether he got and read it is asked for afterwards.

Sources: 钉钉开放平台 · 获取企业内部应用的access_token, 发送工作通知 (asyncsend_v2),
获取工作通知消息的发送结果 (getsendresult) with its table of 流控 codes, 全局错误码.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from anze.kernel.people.channels import BadAddress, BadContent, Message, Misconfigured, TryLater
from anze.kernel.work.channels.provider import Answer, Provider, cut

TITLE, TEXT = 64, 500  # characters
PLAIN: Final = 2048  # bytes

_NO_PERSON = (33012, 40003, 60121, 400002, 1430000)
_BUSY = (-1, 88, 90002, 90018, 143103, 143104, 143203, 143204, 1430003)
_WORDS = (1430002, 40035)
_REPEATED = ("143106", "143206")  # the same words to the same person once a day
_ENOUGH = ("143105", "143205")

Outcome = Literal["read", "arrived", "pending", "failed"]


@dataclass(frozen=True)
class Result:
    """What the service says of a message it took; why, when it ``failed`` and may be sent again."""

    outcome: Outcome
    said: str = ""
    code: str = ""


class DingTalk(Provider):
    """One application of one organisation."""

    code, name, token_path = "dingtalk", "钉钉", "/gettoken"
    stale = frozenset((40014, 42001, 41001))

    def send(self, message: Message) -> str:
        """Hand the message over; return ``task_id``, by which ``result`` asks what became of it."""
        body = {
            "agent_id": self.config["agent"],
            "userid_list": message.to,
            "msg": _content(message),
        }
        answer = self.post("/topapi/message/corpconversation/asyncsend_v2", body)
        return str(answer.get("task_id", ""))[:120]

    def result(self, task: str, userid: str) -> Result:
        """Ask what became of a message.

        Raises ``BadAddress`` or ``BadContent`` when it can never arrive, and what asking itself
        runs into, so that ``TryLater`` always means to ask again, not to send again.
        """
        body = {"agent_id": self.config["agent"], "task_id": task}
        answer = self.post("/topapi/message/corpconversation/getsendresult", body)
        said = answer.get("send_result") or {}
        if not isinstance(said, dict):
            raise TryLater("钉钉的答复读不懂，稍后自动重试。", "garbage")
        if userid in _names(said, "invalid_user_id_list"):
            raise BadAddress(_NOBODY, "invalid_user_id_list")
        if userid in _names(said, "forbidden_user_id_list"):
            return self._forbidden(said, userid)
        if userid in _names(said, "failed_user_id_list"):
            return Result("failed", "钉钉没有送到，稍后自动重试。", "failed_user_id_list")
        if userid in _names(said, "read_user_id_list"):
            return Result("read")
        return Result("arrived" if userid in _names(said, "unread_user_id_list") else "pending")

    def _forbidden(self, said: dict[str, Any], userid: str) -> Result:
        reasons = said.get("forbidden_list") or []
        codes = {str(one.get("code")) for one in reasons if one.get("userid") == userid}
        if codes & set(_REPEATED):
            return Result("arrived")  # an earlier attempt brought the same words
        if codes & set(_ENOUGH):
            raise BadContent("今天发给这个人的钉钉通知已达上限，没有再发。", min(codes))
        return Result(
            "failed", "钉钉限流，没有送到，稍后自动重试。", min(codes, default="forbidden")
        )

    def credentials(self) -> dict[str, str]:
        """The key and the secret of the application."""
        return {"appkey": self.config["key"], "appsecret": self.config["secret"].reveal()}

    def check(self, answer: Answer) -> None:
        """Raise ``Undelivered`` for a code that refuses."""
        code = answer["errcode"]
        if code == 0:
            return
        if code in _NO_PERSON:
            raise BadAddress(_NOBODY, str(code))
        if code in _BUSY:
            raise TryLater("钉钉限流或繁忙，稍后自动重试。", str(code))
        if code in _WORDS:
            raise BadContent("钉钉拒绝了内容。请换个说法后另发。", str(code))
        said = f"钉钉不受理（错误码 {code}），请系统管理员核对 Key、Secret、AgentId 和出口 IP。"
        raise Misconfigured(said, str(code))


_NOBODY = "钉钉里没有这个员工，或他不在应用的使用范围。请核对 userid，或请管理员调整使用范围。"


def _content(message: Message) -> dict[str, Any]:
    if not message.link:
        return {"msgtype": "text", "text": {"content": cut(message.text, PLAIN)}}
    card = {
        "title": message.title[:TITLE],
        "markdown": f"**{message.title[:TITLE]}**\n\n{message.text[:TEXT]}",
        "single_title": "去处理",
        "single_url": message.link,
    }
    return {"msgtype": "action_card", "action_card": card}


def _names(said: dict[str, Any], key: str) -> set[str]:
    return {str(one) for one in said.get(key) or []}
