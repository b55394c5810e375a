"""Calls out of the house: to named hosts only, without redirects, within seconds, in small pieces.

The address a connection really reached is checked after it was made and before a byte is sent, so
that a name which resolves to something else a moment later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

CONNECT_SECONDS = 4.0
READ_SECONDS = 10.0
MOST_BYTES = 256 * 1024


class EgressError(Exception):
    """The other side was not reached, or gave no answer one can read. Trying later may help."""


class ForbiddenHost(EgressError):
    """The address is not one the house may call. Trying later does not help."""


def is_private(address: str) -> bool:
    """Tell whether an IP address is not one of the public internet (or is no address at all)."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    mapped = getattr(ip, "ipv4_mapped", None)
    return not (mapped or ip).is_global


@dataclass(frozen=True)
class Egress:
    """A way out to ``hosts``; those in ``intranet`` may also have private addresses.

    A host is a name, or a name with a port (``127.0.0.1:8080``).
    """

    hosts: Collection[str]
    intranet: Collection[str] = ()
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS
    _cache: dict[str, requests.Session] = field(default_factory=dict, repr=False, compare=False)

    def get_json(self, url: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Ask with GET and return the JSON object of the answer; raises ``EgressError``."""
        return self._call("GET", url, params=dict(query))[1]

    def post_json(self, url: str, body: object, query: Mapping[str, str] | None = None,
                  headers: Mapping[str, str] | None = None) -> dict[str, Any]:  # fmt: skip
        """Send JSON and return the JSON object of the answer; raises ``EgressError``."""
        raw = json.dumps(body, ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        return self._call("POST", url, params=dict(query or {}), data=raw, headers=sent)[1]

    def post_form(self, url: str, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Send a form; return the status and the JSON object, also of a 4xx that has one."""
        return self._call("POST", url, refused_too=True, data=dict(form))

    def _call(
        self, method: str, url: str, *, refused_too: bool = False, **more: Any
    ) -> tuple[int, dict[str, Any]]:
        host = self._allowed(url)
        try:
            answer = self._session(host in self.intranet).request(
                method, url, timeout=(self.connect_seconds, self.read_seconds),
                allow_redirects=False, stream=True, **more,
            )  # fmt: skip
            with answer:
                text = self._body(answer)
        except requests.RequestException as error:
            # Never the error's own words: they hold the address, and that may hold a secret.
            raise EgressError(f"{host}: {_kind(error)}") from None
        if answer.status_code >= 300 and not (refused_too and 400 <= answer.status_code < 500):
            raise EgressError(f"{host}: HTTP {answer.status_code}")
        return answer.status_code, _object(host, text)

    def _allowed(self, url: str) -> str:
        parts = urlsplit(url)
        name = (parts.hostname or "").lower()
        known = {one.lower() for one in self.hosts}
        for host in (parts.netloc.lower(), name):
            plain = parts.scheme == "http" and host in self.intranet
            if host in known and not parts.username and (plain or parts.scheme == "https"):
                return host
        raise ForbiddenHost(f"{name or '?'}: not a host this house may call")

    def _session(self, private: bool) -> requests.Session:
        key = "private" if private else "public"
        if key not in self._cache:
            session = requests.Session()
            session.trust_env = False  # no proxies and no .netrc that nobody meant for this
            for scheme in ("http://", "https://"):
                session.mount(scheme, _Adapter(private=private))
            self._cache[key] = session
        return self._cache[key]

    def _body(self, answer: requests.Response) -> bytes:
        text = b""
        for piece in answer.iter_content(16 * 1024):
            text += piece
            if len(text) > MOST_BYTES:
                raise requests.ConnectionError("too long")
        return text


def _object(host: str, text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise EgressError(f"{host}: the answer is not JSON") from None
    if not isinstance(found, dict):
        raise EgressError(f"{host}: the answer is no JSON object")
    return found


def _kind(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "no trusted certificate"
    return "no connection"


class _Public(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn())


class _PublicTls(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn())


def _checked(sock: socket.socket) -> socket.socket:
    if is_private(str(sock.getpeername()[0])):
        sock.close()
        raise OSError("a private address")
    return sock


class _PublicPool(HTTPConnectionPool):
    ConnectionCls = _Public


class _PublicTlsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicTls


class _Adapter(HTTPAdapter):
    """Connects to public addresses only, unless told otherwise; never tries twice by itself."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        if not self._private:
            self.poolmanager.pool_classes_by_scheme = {
                "http": _PublicPool,
                "https": _PublicTlsPool,
            }
