"""Signing in by a text message, and what both ways share: the lockout and the session's clock.

Limits (threat N1): five codes an hour per phone, twenty per address, a cap per day for the whole
house; five tries per code; wrong codes count towards the same lockout as wrong passwords. A phone
nobody has is treated alike in everything the asker can see.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from datetime import datetime, timedelta
from typing import Final

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.signals import user_login_failed
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused, TooMany
from anze.kernel.people.channels import channel, sign_in_code
from anze.kernel.people.middleware import SEEN, STARTED
from anze.kernel.people.models import SmsCode, User
from anze.kernel.people.services import factors
from anze.lib import codes

log = logging.getLogger("anze.people")

LIVES: Final = timedelta(minutes=5)
TRIES: Final = 5
HOUR: Final = timedelta(hours=1)
PER_PHONE: Final = 5
PER_ADDRESS: Final = 20
PER_DAY: Final = 5000
PENDING: Final = "anze_pending"
BACKEND: Final = "anze.kernel.people.backends.PasswordBackend"


def send_code(phone: str, ip: str | None, now: datetime) -> None:
    """Send a six-digit code to a phone; the asker learns nothing of whether anybody has it.

    Raises Refused for what is no mobile number, TooMany above the limits.
    """
    number = _mobile(phone)
    _keep_limits(number, ip, now)
    user = User.objects.filter(phone=number, is_active=True).first()
    code = f"{secrets.randbelow(1_000_000):06d}"
    # An older code dies with the new one: there is never more than one to guess.
    SmsCode.objects.filter(phone=number, expires_at__gt=now).update(expires_at=now)
    SmsCode.objects.create(
        phone=number,
        user=user,
        code_hash=_hash(number, code) if user else "",
        ip=ip,
        asked_at=now,
        expires_at=now + LIVES,
    )
    if user:
        try:
            channel().send(sign_in_code(number, code, minutes=5))
        except Exception:
            log.exception("the text message to a phone was not accepted")


def _keep_limits(phone: str, ip: str | None, now: datetime) -> None:
    lately = SmsCode.objects.filter(asked_at__gt=now - HOUR)
    if lately.filter(phone=phone).count() >= PER_PHONE:
        raise TooMany(
            "获取验证码太频繁", remedy="每个手机号每小时最多 5 次，请稍后再试或用密码登录"
        )
    if ip and lately.filter(ip=ip).count() >= PER_ADDRESS:
        raise TooMany("获取验证码太频繁", remedy="请一小时后再试，或用密码登录")
    if SmsCode.objects.filter(asked_at__gt=now - timedelta(days=1)).count() >= PER_DAY:
        log.error("the daily cap of text messages is reached")
        raise TooMany("今天的短信已达上限", remedy="请用密码登录，或联系系统管理员")


def by_code(request: HttpRequest, phone: str, code: str, now: datetime) -> User | None:
    """Return the user whose phone got this code, using it up; None if it is wrong or too late.

    Raises TooMany while the account is locked.
    """
    number = _mobile(phone)
    user = User.objects.filter(phone=number, is_active=True).first()
    credentials = {"username": user.username if user else number}
    keep_out(request, credentials)
    if user and _use(number, code.strip(), now):
        return user
    count_wrong(request, credentials)
    return None


def _use(phone: str, code: str, now: datetime) -> bool:
    sent = SmsCode.objects.filter(phone=phone, used_at=None, expires_at__gt=now).order_by("pk")
    row = sent.last()
    if row is None or not row.code_hash:
        return False
    # The count rises before the comparison and only below the limit: parallel guesses all count.
    counted = SmsCode.objects.filter(pk=row.pk, tries__lt=TRIES).update(tries=F("tries") + 1)
    if not counted or not hmac.compare_digest(row.code_hash, _hash(phone, code)):
        return False
    return bool(SmsCode.objects.filter(pk=row.pk, used_at=None).update(used_at=now))


def keep_out(request: HttpRequest, credentials: dict[str, str]) -> None:
    """Raise TooMany while axes has locked this account."""
    if not AxesProxyHandler.is_allowed(request, credentials):
        raise TooMany("尝试次数太多，已暂时锁定", remedy="请半小时后再试")


def count_wrong(request: HttpRequest, credentials: dict[str, str]) -> None:
    """Count a wrong code towards the one lockout."""
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    # The page stays ours instead of the bare answer of the axes middleware.
    request.axes_locked_out = False  # type: ignore[attr-defined]


def wait_for_second(request: HttpRequest, user: User) -> None:
    """Remember who has passed the first step; nothing is open to him yet."""
    request.session[PENDING] = [str(user.pk), int(clock.now().timestamp())]


def waiting(request: HttpRequest) -> User | None:
    """Return who passed the first step in this browser within the last five minutes."""
    pk, at = request.session.get(PENDING, ("", 0))
    if not pk or clock.now().timestamp() - at > LIVES.total_seconds():
        return None
    return User.objects.filter(pk=pk, is_active=True).first()


def by_second(request: HttpRequest, user: User, code: str) -> bool:
    """Tell whether the second step is passed; wrong codes count towards the one lockout.

    Raises TooMany while the account is locked.
    """
    credentials = {"username": user.username}
    keep_out(request, credentials)
    if factors.use(user, code, clock.now()):
        return True
    count_wrong(request, credentials)
    return False


def begin(request: HttpRequest, user: User) -> None:
    """Start the session of a person who has proved who he is."""
    now = clock.now()
    login(request, user, backend=BACKEND)
    request.session[STARTED] = request.session[SEEN] = int(now.timestamp())
    User.objects.filter(pk=user.pk).update(last_seen=now)


def sweep(ctx: Ctx) -> int:
    """Delete codes older than a day; the periodic job. Returns how many."""
    return SmsCode.objects.filter(asked_at__lt=ctx.now - timedelta(days=1)).delete()[0]


def _mobile(typed: str) -> str:
    try:
        return codes.mobile(typed)
    except codes.CodeError as error:
        raise Refused(str(error), field="phone") from None


def _hash(phone: str, code: str) -> str:
    key = salted_hmac("anze.people.sms", f"{phone}:{code}", algorithm="sha256")
    return key.hexdigest()


def idle_minutes() -> int:
    """Return after how many minutes without a request a session ends."""
    return int(settings.ANZE_IDLE_MINUTES)
