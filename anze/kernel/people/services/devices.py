"""Shared gatehouse devices: made by the head of the unit, enrolled by a code, opened by PINs."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from anze.kernel.bus import clock, readonly
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.people import kinds, reach
from anze.kernel.people.models import Device, Pin, PinTry, User
from anze.kernel.people.services.base import get_user, the_actor
from anze.kernel.units import bodies
from anze.kernel.units.models import Unit
from anze.lib import codes
from anze.lib.ids import uuid7

DEVICES: Final = "people.devices"
CODE_LIVES: Final = timedelta(minutes=10)
TRIES: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
SEEN_EVERY: Final = timedelta(minutes=5)
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_EASY: Final = frozenset(
    {"123456", "654321", "123123", "112233", "121212", "012345", "111222", "123321"}
)


@transaction.atomic
def make_device(ctx: Ctx, campus_id: UUID, name: str) -> tuple[Device, str]:
    """Announce a tablet for a campus; return it and the code to type on it within ten minutes."""
    ctx.access.check(DEVICES, campus_id)
    campus = Unit.objects.filter(pk=campus_id).first()
    if campus is None:
        raise NotFound("没有这个单位", where=str(campus_id))
    if campus.level not in ("campus", "unit") or bodies.campuses_of([campus_id], ctx.today):
        raise Refused("设备要登记在校区", field="campus", remedy="传达室在哪个校区，就选哪个校区")
    plain = codes.tidy(name)
    if not plain or len(plain) > 60:
        raise Refused("名称应为 1 至 60 个字", field="name", remedy="例如：东门传达室平板")
    code = "".join(secrets.choice(_LETTERS) for _ in range(10))
    device = Device(
        id=uuid7(),
        name=plain,
        campus=campus,
        made_by_id=the_actor(ctx),
        made_at=ctx.now,
        code_hash=_hash(code),
        code_until=ctx.now + CODE_LIVES,
    )
    entry = ledger.record(
        ctx,
        kinds.DEVICE_MADE.name,
        unit_id=campus_id,
        facts={"device": device.pk},
        private={"name": plain},
    )
    device.entry_uid = entry.uid
    device.save(force_insert=True)
    return device, f"{code[:5]}-{code[5:]}"


@transaction.atomic
def enroll(ctx: Ctx, typed: str) -> tuple[Device, str]:
    """Bind the browser that asks to the device of this code; return it and its cookie.

    A code opens once and for ten minutes. Raises Refused for any other.
    """
    code = "".join(typed.upper().split()).replace("-", "")
    waiting = Device.objects.filter(
        code_hash=_hash(code), code_until__gt=ctx.now, enrolled_at=None, revoked_at=None
    )
    device, key = waiting.first(), secrets.token_urlsafe(32)
    if device is None or not waiting.update(
        key_hash=_hash(key), code_hash="", enrolled_at=ctx.now, last_seen=ctx.now
    ):
        raise Refused(
            "登记码不对或已过期",
            field="code",
            remedy="请单位负责人在“传达室设备”里重新登记，10 分钟内输入",
        )
    ledger.record(
        ctx, kinds.DEVICE_ENROLLED.name, unit_id=device.campus_id, facts={"device": device.pk}
    )
    device.refresh_from_db()
    return device, f"{device.pk.hex}.{key}"


def by_cookie(cookie: str, now: datetime) -> Device | None:
    """Return the working device of a cookie, or None. Its last-seen time is kept coarsely."""
    pk, _, key = cookie.partition(".")
    try:
        found = Device.objects.select_related("campus").filter(pk=UUID(pk)).first()
    except ValueError:
        return None
    if found is None or not found.works or not hmac.compare_digest(found.key_hash, _hash(key)):
        return None
    if found.last_seen is None or now - found.last_seen > SEEN_EVERY:
        with readonly.tolerated():
            Device.objects.filter(pk=found.pk).update(last_seen=now)
    return found


@transaction.atomic
def revoke_device(ctx: Ctx, device_id: UUID) -> None:
    """Let a device work no more, from the next request on."""
    device = Device.objects.filter(pk=device_id).first()
    if device is None:
        raise NotFound("没有这台设备", where=str(device_id))
    ctx.access.check(DEVICES, device.campus_id)
    if Device.objects.filter(pk=device_id, revoked_at=None).update(revoked_at=ctx.now):
        ledger.record(
            ctx, kinds.DEVICE_REVOKED.name, unit_id=device.campus_id, facts={"device": device.pk}
        )


@transaction.atomic
def set_pin(ctx: Ctx, user_id: UUID, pin: str, *, campus_id: UUID) -> None:
    """Set the PIN of a guard of a campus: by himself, or by the head of the unit."""
    if ctx.actor_id != user_id:
        ctx.access.check(DEVICES, campus_id)
    elif ctx.via == "device":
        raise Denied("不能在公用设备上改 PIN 码", remedy="请用自己的账号登录，或请单位负责人设置")
    if not reach.is_guard(user_id, campus_id, ctx.today):
        raise Refused("只有本校区的保安员可以设 PIN 码", field="pin", remedy="请先登记保安员任职")
    if not (len(pin) == 6 and pin.isascii() and pin.isdigit()):
        raise Refused("PIN 码是 6 位数字", field="pin")
    if pin in _EASY or len(set(pin)) == 1:
        raise Refused("这个 PIN 码太容易猜到", field="pin", remedy="不要用连号、重复的数字")
    user = get_user(user_id)
    Pin.objects.update_or_create(
        user=user, defaults={"pin_hash": make_password(pin), "set_at": ctx.now}
    )
    PinTry.objects.filter(user=user).delete()
    ledger.record(ctx, kinds.PIN_SET.name, unit_id=campus_id, facts={"person": user.pk})


def set_own_pin(ctx: Ctx, pin: str, *, old: str) -> None:
    """Set the actor's own PIN; ``old`` is his password, empty where he has none.

    Raises Denied on a shared device, Refused for a wrong password, a poor PIN and who is no guard.
    """
    user = get_user(the_actor(ctx))
    home = reach.guarded_by(user.pk, ctx.today)
    if home is None:
        raise Refused(
            "您不是保安员，没有 PIN 码", field="pin", remedy="请单位负责人先登记保安员任职"
        )
    if user.has_usable_password() and not user.check_password(old):
        raise Refused("登录密码不正确", field="old")
    set_pin(ctx, user.pk, pin, campus_id=home)


def guard_by_pin(device: Device, user_id: UUID, pin: str, now: datetime) -> User | None:
    """Return the guard whose PIN this is, None for a wrong one.

    Raises Refused while person and device are locked together: five wrong PINs, fifteen minutes.
    The count rises before the comparison and only below the limit: parallel guesses all count.
    """
    user = reach.guards_of(device.campus_id, clock.day_of(now)).filter(pk=user_id).first()
    if user is None:
        raise NotFound("名单里没有这个人", remedy="请单位负责人核对保安员任职")
    _count(device, user, now)
    kept = Pin.objects.filter(user=user).first()
    if kept is None or not check_password(pin, kept.pin_hash):
        return None
    PinTry.objects.filter(device=device, user=user).delete()
    return user


def _count(device: Device, user: User, now: datetime) -> None:
    PinTry.objects.get_or_create(
        device=device, user=user, defaults={"failed": 0, "until": now + LOCKED_FOR}
    )
    row = PinTry.objects.filter(device=device, user=user)
    row.filter(until__lte=now).update(failed=0, until=now + LOCKED_FOR)
    if not row.filter(failed__lt=TRIES).update(failed=F("failed") + 1, until=now + LOCKED_FOR):
        raise Refused(
            "PIN 码错误次数太多，已暂时锁定", remedy="请 15 分钟后再试，或请单位负责人重设"
        )


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
