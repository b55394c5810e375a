"""``Authorization: Bearer …`` in front of the JSON interface: whose key, and does it still work?"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest

from anze.kernel.bus import clock, readonly
from anze.kernel.bus.errors import Problem
from anze.kernel.bus.limits import Limit
from anze.kernel.people.models import Token
from anze.kernel.people.services.tokens import PREFIX, hashed

SCHEME: Final = "bearer "
USED_EVERY: Final = timedelta(minutes=1)
PACE: Final = Limit(per_second=10, burst=100)  # of one key


class BadToken(Problem):
    """The key opens nothing (401)."""

    status = 401


def offered(request: HttpRequest) -> bool:
    """Tell whether a request brings a key."""
    return request.headers.get("Authorization", "").lower().startswith(SCHEME)


def token_of(request: HttpRequest, now: datetime) -> Token:
    """Return the working token of a request; raise BadToken with what to do about it.

    When it was used is written at most once a minute.
    """
    secret = request.headers["Authorization"][len(SCHEME) :].strip()
    rows = Token.objects.select_related("account", "unit")
    token = rows.filter(secret_hash=hashed(secret)).first() if secret.startswith(PREFIX) else None
    if token is None:
        raise BadToken("令牌不对", remedy="请核对是否完整复制；令牌只显示一次，丢失请重新申请")
    _check(token, request, now)
    stale = Q(last_used=None) | Q(last_used__lt=now - USED_EVERY)
    if token.last_used is None or now - token.last_used > USED_EVERY:
        with readonly.tolerated():
            Token.objects.filter(stale, pk=token.pk).update(last_used=now)
    return token


def keep_pace(token_id: UUID) -> None:
    """Count one request of a key; raise TooMany (429) when it asks faster than is allowed."""
    PACE.take(token_id, "请求太频繁", "每秒最多 10 次；按 Retry-After 的秒数稍后再试")


def _check(token: Token, request: HttpRequest, now: datetime) -> None:
    if token.revoked_at:
        raise BadToken("令牌已吊销", remedy="请联系教育局系统管理员重新申请")
    if token.confirmed_at is None:
        raise BadToken("令牌还没有启用", remedy="等安全保密管理员确认后再用")
    if clock.day_of(now) >= token.expires_on:
        raise BadToken("令牌已到期", remedy="请联系教育局系统管理员申请新的令牌")
    if not token.account.is_active:
        raise BadToken("令牌的账号已停用", remedy="请联系教育局系统管理员")
    if token.networks and not _comes_from(request, token.networks):
        raise BadToken("请求来自未登记的地址", remedy="请从登记的服务器访问，或申请更改许可地址")


def _comes_from(request: HttpRequest, networks: tuple[str, ...]) -> bool:
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks)
