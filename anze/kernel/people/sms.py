"""Text messages by a provider's HTTP interface. Secrets come from ``settings.ANZE_CHANNELS``.

Both classes fill a template that the provider has approved; no link goes into a text message.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit
from uuid import uuid4

from django.conf import settings

from anze.kernel.bus import clock
from anze.kernel.people.channels import (
    BadAddress,
    BadContent,
    Message,
    Misconfigured,
    TryLater,
    Undelivered,
)
from anze.lib import codes
from anze.lib.egress import Egress, EgressError

VARIABLE: Final = 30  # characters; Aliyun refuses variables over 35


def egress(url: str) -> Egress:
    """Return a way out to the host of a configured address."""
    host = urlsplit(url).netloc
    return Egress({host}, settings.ANZE_CHANNELS["intranet"])


class _Sms:
    """What both share: the phone, the template, the cut variables."""

    def __init__(self) -> None:
        self.config = settings.ANZE_CHANNELS["sms"]
        self.way = egress(self.config["url"])

    def _phone(self, message: Message) -> str:
        try:
            return codes.mobile(message.to)
        except codes.CodeError as error:
            raise BadAddress(f"手机号不对：{error}。请在人员信息里改正。", "phone") from None

    def _template(self, message: Message) -> str:
        found = str(self.config["templates"].get(message.template, ""))
        if not found:
            raise Misconfigured("没有设置这类短信的模板编号，请系统管理员补上。", "template")
        return found

    def _variables(self, message: Message) -> dict[str, str]:
        return {name: _cut(text) for name, text in message.variables.items()}


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= VARIABLE else plain[: VARIABLE - 1] + "…"


class SignedSms(_Sms):
    """A gateway of the bureau's own, asked by signed JSON.

    ``POST`` ``{"phone", "template", "sign", "variables", "key"}`` with ``X-Anze-Key``,
    ``X-Anze-Time`` (seconds), ``X-Anze-Nonce`` and ``X-Anze-Signature``: the hex HMAC-SHA256, under
    the shared secret, of time, nonce and the body's hex SHA-256, one a line. Answer:
    ``{"ok": true, "id": "…"}`` or ``{"ok": false, "code": "bad_phone" | "bad_content" | "refused"
    | "busy"}``. ``key`` is the same for each attempt.
    """

    def send(self, message: Message) -> str:
        """Hand the message to the gateway; return its id of it."""
        body = {
            "phone": self._phone(message),
            "template": self._template(message),
            "sign": self.config["sign"],
            "variables": self._variables(message),
            "key": message.key,
        }
        try:
            answer = self.way.post_json(self.config["url"], body, headers=self._signed(body))
        except EgressError as error:
            raise TryLater(f"短信网关没有正常答复（{error}），稍后自动重试。", "network") from None
        if answer.get("ok") is True:
            return str(answer.get("id", ""))[:120]
        code = str(answer.get("code", ""))
        kind, said = _GATEWAY.get(code, (TryLater, "短信网关没有受理，稍后自动重试。"))
        raise kind(said, code[:40])

    def _signed(self, body: Mapping[str, Any]) -> dict[str, str]:
        raw = json.dumps(body, ensure_ascii=False).encode()
        now, nonce = str(int(clock.now().timestamp())), uuid4().hex
        text = "\n".join((now, nonce, hashlib.sha256(raw).hexdigest())).encode()
        key = self.config["secret"].reveal().encode()
        return {
            "X-Anze-Key": self.config["key"],
            "X-Anze-Time": now,
            "X-Anze-Nonce": nonce,
            "X-Anze-Signature": hmac.new(key, text, hashlib.sha256).hexdigest(),
        }


_GATEWAY: dict[str, tuple[type[Undelivered], str]] = {
    "bad_phone": (BadAddress, "短信网关说这个号码不存在或已停用。请核对手机号。"),
    "bad_content": (BadContent, "短信网关拒绝了内容。请缩短或换个说法后另发。"),
    "refused": (Misconfigured, "短信网关不认本平台的密钥或签名，请系统管理员核对设置。"),
}


class AliyunSms(_Sms):
    """阿里云短信服务 SendSms, version 2017-05-25, signed as its RPC interface asks.

    Source: 阿里云帮助中心 · 短信服务 · SendSms 与 RPC 签名机制 (HMAC-SHA1 over the sorted,
    percent-encoded parameters, the key being the secret with ``&`` behind it).
    """

    def send(self, message: Message) -> str:
        """Hand the message to Aliyun; return its ``BizId``."""
        form = self._parameters(message)
        form["Signature"] = signature(form, self.config["secret"].reveal())
        try:
            _status, answer = self.way.post_form(self.config["url"], form)
        except EgressError as error:
            raise TryLater(f"短信服务没有正常答复（{error}），稍后自动重试。", "network") from None
        code = str(answer.get("Code", ""))
        if code == "OK":
            return str(answer.get("BizId", ""))[:120]
        raise _aliyun(code)

    def _parameters(self, message: Message) -> dict[str, str]:
        return {
            "AccessKeyId": self.config["key"],
            "Action": "SendSms",
            "Format": "JSON",
            "RegionId": "cn-hangzhou",
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": uuid4().hex,
            "SignatureVersion": "1.0",
            "Timestamp": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
            "Version": "2017-05-25",
            "PhoneNumbers": self._phone(message),
            "SignName": self.config["sign"],
            "TemplateCode": self._template(message),
            "TemplateParam": json.dumps(self._variables(message), ensure_ascii=False),
            "OutId": message.key[:120],
        }


def signature(parameters: Mapping[str, str], secret: str, method: str = "POST") -> str:
    """Return the signature of an Aliyun RPC call over all parameters but itself."""
    pairs = "&".join(f"{_enc(name)}={_enc(parameters[name])}" for name in sorted(parameters))
    text = f"{method}&{_enc('/')}&{_enc(pairs)}".encode()
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text, hashlib.sha1).digest()).decode()


def _enc(text: str) -> str:
    return quote(text, safe="~")


_BAD_PHONE = ("isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.BLACK_KEY")
_BAD_WORDS = ("isv.PARAM_LENGTH_LIMIT", "isv.PARAM_NOT_SUPPORT_URL", "isv.INVALID_PARAMETERS",
              "isv.TEMPLATE_PARAMS_ILLEGAL")  # fmt: skip
_BUSY = ("isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isp.SYSTEM_ERROR", "isp.GATEWAY",
         "isv.SYSTEM", "Throttling", "ServiceUnavailable", "InternalError")  # fmt: skip


def _aliyun(code: str) -> Undelivered:
    if code.startswith(_BAD_PHONE):
        return BadAddress("短信服务说这个号码无效。请在人员信息里改正手机号。", code)
    if code.startswith(_BAD_WORDS):
        return BadContent("短信服务拒绝了模板变量（过长或含网址）。请换个说法后另发。", code)
    if code.startswith(_BUSY):
        return TryLater("短信服务限流或繁忙，稍后自动重试。", code)
    said = f"短信服务不受理本平台的账号、签名或模板（{code or '无代码'}），请系统管理员核对。"
    return Misconfigured(said, code)
