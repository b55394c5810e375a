"""Robots in group chats: they speak to a body's group, never to a person.

The robots of WeCom, DingTalk and Feishu answer HTTP 200 even when they refuse and say so in the
body only, so they are asked here and their answers read; every other service goes through apprise,
which judges by the status. Sources: 企业微信 · 群机器人配置说明; 钉钉开放平台 · 自定义机器人接入;
飞书开放平台 · 自定义机器人使用指南.

The address of a robot is its secret: a file ``keys/robots/<slot>`` that only the owner may read,
first line the address, second line the key for signing where one is set.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from anze.kernel.bus import clock
from anze.kernel.people.channels import BadAddress, Message, Misconfigured, TryLater
from anze.kernel.people.sms import egress
from anze.kernel.work.channels.provider import cut
from anze.lib.egress import Egress, EgressError
from anze.lib.secret import Secret

KINDS: Final[dict[str, str]] = {
    "wecom": "企业微信群机器人",
    "dingtalk": "钉钉群机器人",
    "feishu": "飞书群机器人",
    "apprise": "其他（apprise 地址）",
}
HOSTS: Final[dict[str, str]] = {
    "wecom": "qyapi.weixin.qq.com",
    "dingtalk": "oapi.dingtalk.com",
    "feishu": "open.feishu.cn",
}
# What apprise may be asked for: group chats of services with a fixed host of their own. An address
# with a free host would let who writes it reach into the intranet.
APPRISE: Final = frozenset({"slack", "msteams", "tgram", "discord", "lark", "wxteams"})
MOST: Final = 2000  # bytes

logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines hold addresses, that is secrets


def secret_of(slot: str) -> Secret:
    """Return where a robot's address is kept."""
    return Secret("", settings.ANZE_CHANNELS["robots"] / slot)


def fault(kind: str, address: str) -> str:
    """Return what is wrong with an address, in words; nothing when it will do."""
    if kind == "apprise":
        scheme = address.partition("://")[0].lower()
        return "" if scheme in APPRISE else f"apprise 只支持：{'、'.join(sorted(APPRISE))}"
    parts = urlsplit(address)
    inside = settings.ANZE_CHANNELS["intranet"]
    if parts.netloc in inside or (parts.scheme == "https" and parts.netloc == HOSTS[kind]):
        return ""
    return f"地址应以 https://{HOSTS[kind]}/ 开头"


def say(kind: str, slot: str, message: Message) -> str:
    """Let the robot say it; raise ``Undelivered`` when its service refused."""
    address, _, key = secret_of(slot).reveal().partition("\n")
    if wrong := fault(kind, address):
        raise Misconfigured(f"群机器人的{wrong}。", "address")
    text = cut("\n".join(one for one in (message.title, message.text, message.link) if one), MOST)
    if kind == "apprise":
        return _by_apprise(address, message.title, text)
    url, body = _REQUESTS[kind](address, key.strip(), text)
    try:
        answer = _way(kind, address).post_json(url, body)
    except EgressError as error:
        raise TryLater(f"群机器人没有正常答复（{error}），稍后自动重试。", "network") from None
    _check(answer)
    return ""


def _way(kind: str, address: str) -> Egress:
    return egress(address)


def _wecom(address: str, _key: str, text: str) -> tuple[str, dict[str, Any]]:
    return address, {"msgtype": "text", "text": {"content": text}}


def _dingtalk(address: str, key: str, text: str) -> tuple[str, dict[str, Any]]:
    from urllib.parse import urlencode

    body = {"msgtype": "text", "text": {"content": text}}
    if not key:
        return address, body
    now = str(int(clock.now().timestamp() * 1000))
    sign = _hmac(key, f"{now}\n{key}")
    return f"{address}&{urlencode({'timestamp': now, 'sign': sign})}", body


def _feishu(address: str, key: str, text: str) -> tuple[str, dict[str, Any]]:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if key:
        now = str(int(clock.now().timestamp()))
        # Here time and key together are the key, and nothing is the message.
        body |= {"timestamp": now, "sign": _hmac(f"{now}\n{key}", "")}
    return address, body


_REQUESTS = {"wecom": _wecom, "dingtalk": _dingtalk, "feishu": _feishu}


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


_GONE = (93000, 300001, 19001)  # WeCom: no such key; DingTalk: no such token; Feishu: bad param
_BUSY = (45009, 130101, 660026, 9499, 11232, -1)


def _check(answer: dict[str, Any]) -> None:
    code = answer.get("errcode", answer.get("code"))
    if code == 0:
        return
    if not isinstance(code, int):
        raise TryLater("群机器人的答复读不懂，稍后自动重试。", "garbage")
    if code in _GONE:
        said = "这个群机器人已不存在（可能被移出群）。请在群里重新添加，并登记新的地址。"
        raise BadAddress(said, str(code))
    if code in _BUSY:
        raise TryLater("群机器人限流（每分钟 20 条），稍后自动重试。", str(code))
    said = f"群机器人不受理（错误码 {code}），请核对加签密钥、关键词或 IP 白名单。"
    raise Misconfigured(said, str(code))


def _by_apprise(address: str, title: str, text: str) -> str:
    import apprise  # 0.3 s at import, and few houses use it

    asset = apprise.AppriseAsset(secure_logging=True)
    service = apprise.Apprise.instantiate(address, asset=asset)
    if service is None:
        raise Misconfigured("群机器人的地址 apprise 不认得，请重新登记。", "address")
    service.redirects = False
    service.socket_connect_timeout, service.socket_read_timeout = 4.0, 10.0
    if not service.notify(body=text, title=title):
        raise TryLater("群消息没有被接受，稍后自动重试。", "refused")
    return ""
