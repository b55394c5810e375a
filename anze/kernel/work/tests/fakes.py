"""The services messages go to, as small HTTP servers that check what they are asked.

They answer with the true services' codes; ``say`` makes the next answers something else: a dict,
``"garbage"``, ``"hang"``, ``"redirect"`` or ``"broken"``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit


class Fake:
    """A service: ``calls`` is what it was asked, ``next_answers`` what it says instead."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.next_answers: list[Any] = []
        self.tokens = 0
        self.valid = ""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}"

    def say(self, *answers: Any) -> None:
        self.next_answers += answers

    def answer(self, path: str, query: dict[str, str], body: Any, headers: Any) -> Any:
        raise NotImplementedError

    def sent(self, path: str) -> list[Any]:
        return [body for asked, body in self.calls if asked == path]

    def fresh_token(self) -> dict[str, Any]:
        self.tokens += 1
        self.valid = f"token-{self.tokens}"
        return {"errcode": 0, "errmsg": "ok", "access_token": self.valid, "expires_in": 7200}


class WeComFake(Fake):
    """企业微信: corp ``ww1``, secret ``s3cret``, members lin and zhou; gone is a bad userid."""

    MEMBERS = ("lin", "zhou")

    def answer(self, path: str, query: dict[str, str], body: Any, headers: Any) -> Any:
        if path == "/cgi-bin/gettoken":
            if query.get("corpid") != "ww1":
                return {"errcode": 40013, "errmsg": "invalid corpid"}
            if query.get("corpsecret") != "s3cret":
                return {"errcode": 40001, "errmsg": "invalid credential"}
            return self.fresh_token()
        assert path == "/cgi-bin/message/send", path
        if query.get("access_token") != self.valid:
            return {"errcode": 42001 if self.tokens else 40014, "errmsg": "access_token expired"}
        if body.get("agentid") != 1000002:
            return {"errcode": 40056, "errmsg": "invalid agentid"}
        return self._to(body)

    def _to(self, body: dict[str, Any]) -> Any:
        kind = body["msgtype"]
        assert kind in ("textcard", "text")
        if kind == "textcard":
            card = body["textcard"]
            assert card["url"].startswith("http")
            assert len(card["title"].encode()) <= 128
            assert len(card["description"].encode()) <= 512
        people = body["touser"].split("|")
        bad = [one for one in people if one.lower() not in self.MEMBERS]
        if len(bad) == len(people):
            return {"errcode": 81013, "errmsg": "user & party & tag all invalid"}
        return {"errcode": 0, "errmsg": "ok", "invaliduser": "|".join(bad), "msgid": "wx-1"}


class DingTalkFake(Fake):
    """钉钉: key ``ding1``, secret ``s3cret``; ``results`` is what getsendresult says."""

    def __init__(self) -> None:
        super().__init__()
        self.results: dict[str, Any] = {}

    def answer(self, path: str, query: dict[str, str], body: Any, headers: Any) -> Any:
        if path == "/gettoken":
            if (query.get("appkey"), query.get("appsecret")) != ("ding1", "s3cret"):
                return {"errcode": 40089, "errmsg": "不合法的corpid或corpsecret"}
            return self.fresh_token()
        if query.get("access_token") != self.valid:
            return {"errcode": 40014, "errmsg": "不合法的access_token"}
        assert body["agent_id"] == 77
        if path.endswith("/asyncsend_v2"):
            assert body["msg"]["msgtype"] in ("action_card", "text")
            assert "," not in body["userid_list"]
            return {"errcode": 0, "errmsg": "ok", "task_id": 256271667526}
        assert path.endswith("/getsendresult"), path
        assert body["task_id"] == "256271667526"
        return {"errcode": 0, "errmsg": "ok", "send_result": self.results}


class AliyunFake(Fake):
    """阿里云短信: checks the signature over the form as it came."""

    SECRET = "s3cret"

    def answer(self, path: str, query: dict[str, str], body: Any, headers: Any) -> Any:
        given = body.pop("Signature")
        pairs = "&".join(
            f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(body.items())
        )
        text = f"POST&%2F&{quote(pairs, safe='~')}".encode()
        made = hmac.new(f"{self.SECRET}&".encode(), text, hashlib.sha1).digest()
        if given != base64.b64encode(made).decode():
            return 400, {"Code": "SignatureDoesNotMatch", "Message": "Specified signature …"}
        if body["TemplateCode"] != "SMS_1":
            return {"Code": "isv.SMS_TEMPLATE_ILLEGAL", "Message": "模板不合法"}
        variables = json.loads(body["TemplateParam"])
        if any(len(value) > 35 for value in variables.values()):
            return {"Code": "isv.PARAM_LENGTH_LIMIT", "Message": "参数超出长度限制"}
        if any("http" in value for value in variables.values()):
            return {"Code": "isv.PARAM_NOT_SUPPORT_URL", "Message": "不支持URL"}
        if not body["PhoneNumbers"].startswith("139"):
            return {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "非法手机号"}
        return {"Code": "OK", "Message": "OK", "BizId": "9006^0", "RequestId": "R"}


class GatewayFake(Fake):
    """The bureau's own gateway: checks the HMAC of ``SignedSms``."""

    def answer(self, path: str, query: dict[str, str], body: Any, headers: Any) -> Any:
        raw = headers["raw"]
        text = "\n".join(
            (headers["X-Anze-Time"], headers["X-Anze-Nonce"], hashlib.sha256(raw).hexdigest())
        )
        made = hmac.new(b"s3cret", text.encode(), hashlib.sha256).hexdigest()
        if headers["X-Anze-Signature"] != made or headers["X-Anze-Key"] != "anze":
            return {"ok": False, "code": "refused"}
        if not body["phone"].startswith("139"):
            return {"ok": False, "code": "bad_phone"}
        return {"ok": True, "id": "g-1"}


class RobotFake(Fake):
    """A group robot, of any of the three kinds: accepts and keeps what it was told."""

    def answer(self, path: str, query: dict[str, str], body: Any, headers: Any) -> Any:
        self.query = query
        return (
            {"errcode": 0, "errmsg": "ok"} if "msgtype" in body else {"code": 0, "msg": "success"}
        )


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _serve(self, raw: bytes) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            body = self._read(raw)
            fake.calls.append((parts.path, json.loads(json.dumps(body))))
            headers = {**dict(self.headers), "raw": raw}
            instead = fake.next_answers.pop(0) if fake.next_answers else None
            if isinstance(instead, str):
                return self._misbehave(instead)
            said = instead or fake.answer(parts.path, query, body, headers)
            status, said = said if isinstance(said, tuple) else (200, said)
            return self._say(status, json.dumps(said, ensure_ascii=False).encode())

        def _read(self, raw: bytes) -> Any:
            if "json" in self.headers.get("Content-Type", ""):
                return json.loads(raw)
            return {k: v[0] for k, v in parse_qs(raw.decode(), keep_blank_values=True).items()}

        def _misbehave(self, how: str) -> None:
            if how == "hang":
                time.sleep(3)
            elif how == "redirect":
                self.send_response(302)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()
            elif how == "broken":
                self._say(500, b"<html>oops</html>")
            else:
                self._say(200, b"\x00\xff not json")

        def _say(self, status: int, raw: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def serving(fake: Fake) -> Iterator[Fake]:
    """Serve until the block ends."""
    thread = threading.Thread(target=fake.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.server.shutdown()
        fake.server.server_close()
        thread.join(5)
