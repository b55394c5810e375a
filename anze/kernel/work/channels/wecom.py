"""企业微信应用消息, to one member by his userid.

Sources: 企业微信开发者中心 · 获取access_token, 发送应用消息, 全局错误码. The application must name
this server among its 企业可信IP, and its 可见范围 must hold the people who are to be reached.
"""

from __future__ import annotations

from typing import Any, Final

from anze.kernel.people.channels import (
    BadAddress,
    BadContent,
    Message,
    Misconfigured,
    TryLater,
    Undelivered,
)
from anze.kernel.work.channels.provider import Answer, Provider, cut

# The limits of a 文本卡片, in bytes; what is longer the service would cut inside a character.
TITLE, DESCRIPTION = 128, 512
TEXT: Final = 2048
SAME_WITHIN: Final = 14_400  # seconds in which the service drops a repeated message; its maximum

_NO_PERSON = (40003, 60111, 81013, 60011, 60102)
_BUSY = (-1, 45009, 45033, 50001, 6000)
_WORDS = (40058, 44004, 45002, 45003, 45004)


class WeCom(Provider):
    """One application of one enterprise."""

    code, name, token_path = "wecom", "企业微信", "/cgi-bin/gettoken"
    stale = frozenset((40014, 42001, 41001))

    def send(self, message: Message) -> str:
        """Send a card (with a link) or a text; return ``msgid``. Renews a token that ran out."""
        answer = self.post("/cgi-bin/message/send", self._body(message))
        wrong = f"{answer.get('invaliduser') or ''}|{answer.get('unlicenseduser') or ''}".lower()
        if message.to.lower() in wrong.split("|"):
            raise _no_person("invaliduser")
        return str(answer.get("msgid", ""))[:120]

    def credentials(self) -> dict[str, str]:
        """The enterprise and the secret of the application."""
        return {"corpid": self.config["corp"], "corpsecret": self.config["secret"].reveal()}

    def _body(self, message: Message) -> dict[str, Any]:
        body: dict[str, Any] = {
            "touser": message.to,
            "agentid": self.config["agent"],
            "enable_duplicate_check": 1,
            "duplicate_check_interval": SAME_WITHIN,
        }
        if not message.link:
            return {**body, "msgtype": "text", "text": {"content": cut(message.text, TEXT)}}
        card = {
            "title": cut(message.title, TITLE),
            "description": cut(message.text, DESCRIPTION),
            "url": message.link,
            "btntxt": "去处理",
        }
        return {**body, "msgtype": "textcard", "textcard": card}

    def check(self, answer: Answer) -> None:
        """Raise ``Undelivered`` for a code that refuses."""
        code = answer["errcode"]
        if code == 0:
            return
        if code in _NO_PERSON:
            raise _no_person(str(code))
        if code in _BUSY:
            raise TryLater("企业微信限流或繁忙，稍后自动重试。", str(code))
        if code in _WORDS:
            raise BadContent("企业微信拒绝了内容（过长或为空）。请换个说法后另发。", str(code))
        said = _HOUSE.get(code, f"企业微信不受理（错误码 {code}），请系统管理员对照错误码处理。")
        raise Misconfigured(said, str(code))


def _no_person(code: str) -> Undelivered:
    said = "企业微信里没有这个成员，或他不在应用的可见范围。请核对 userid，或请管理员调整可见范围。"
    return BadAddress(said, code)


_HOUSE: Final[dict[int, str]] = {
    40001: "企业微信应用的 Secret 不对，请系统管理员核对 ANZE_WECOM_SECRET。",
    40013: "企业微信的企业 ID 不对，请系统管理员核对 ANZE_WECOM_CORP。",
    40056: "企业微信的应用 agentid 不对，请系统管理员核对 ANZE_WECOM_AGENT。",
    48002: "企业微信应用没有发消息的权限，请系统管理员在管理后台开通。",
    60020: "服务器地址不在企业微信应用的可信 IP 里，请系统管理员在管理后台加上。",
}
