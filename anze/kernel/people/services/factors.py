"""The second factor: a code of a generator app (RFC 6238, 30 s, 6 digits), and ten spare codes."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

import pyotp
from django.db import transaction
from django.utils.crypto import salted_hmac

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, Refused
from anze.kernel.ledger import sealing
from anze.kernel.people import kinds, reach, second
from anze.kernel.people.models import Proposal, RecoveryCode, SecondFactor, User
from anze.kernel.people.services.accounts import record_account
from anze.kernel.people.services.base import GRANT, Two, check_account, get_user

STEP: Final = 30
DRIFT: Final = (0, -1, 1)  # half a minute of wrong clock either way
SPARE: Final = 10
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"


@transaction.atomic
def begin(ctx: Ctx) -> str:
    """Start enrolling the actor and return the secret, to be shown as a QR code.

    It does not count until ``confirm``; until then beginning again returns the same secret.
    Raises Conflict when a factor counts already.
    """
    user = _oneself(ctx)
    factor = SecondFactor.objects.filter(user=user).first()
    if factor and factor.confirmed_at:
        raise Conflict("动态口令已经启用", remedy="要换手机，请先停用再重新绑定")
    if factor:
        return _secret(factor)
    secret = pyotp.random_base32()
    factor = SecondFactor(user=user, begun_at=ctx.now)
    sealed = sealing.seal({"secret": secret}, _place(factor))
    factor.sealed, factor.wrapped_key = sealed.ciphertext, sealed.wrapped_key
    factor.commitment = sealed.commitment
    factor.save(force_insert=True)
    return secret


def address(user: User, secret: str) -> str:
    """Return the ``otpauth://`` address behind the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name="安责")


@transaction.atomic
def confirm(ctx: Ctx, code: str) -> list[str]:
    """Let the factor count from now and return the spare codes, shown once.

    Raises Refused for a wrong code.
    """
    user = _oneself(ctx)
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None or factor.confirmed_at:
        raise Conflict("没有正在绑定的动态口令", remedy="请从“我的账号”重新开始")
    if not _use_step(factor, code, ctx.now):
        raise Refused(
            "口令不对",
            field="code",
            remedy="请输入手机上最新的 6 位数字，并核对手机时间是否自动校准",
        )
    SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=ctx.now)
    record_account(ctx, kinds.FACTOR_ON.name, user)
    return _spare_codes(user)


@transaction.atomic
def renew_spare_codes(ctx: Ctx, code: str) -> list[str]:
    """Replace the spare codes; needs a present code."""
    user = _oneself(ctx)
    if not use(user, code, ctx.now):
        raise Refused("口令不对", field="code", remedy="请输入手机上最新的 6 位数字")
    return _spare_codes(user)


@transaction.atomic
def switch_off(ctx: Ctx, code: str) -> None:
    """Take the actor's own factor away; needs a present code. Not where it is required."""
    user = _oneself(ctx)
    if second.required(ctx):
        raise Denied("您的岗位必须使用动态口令", remedy="手机丢失或更换，请申请两人办理的重置")
    if not use(user, code, ctx.now):
        raise Refused("口令不对", field="code", remedy="请输入手机上最新的 6 位数字")
    _forget(user)
    record_account(ctx, kinds.FACTOR_OFF.name, user)


def use(user: User, typed: str, now: datetime) -> bool:
    """Tell whether a code or spare code is right, using it up."""
    code = "".join(typed.split()).replace("-", "").lower()
    factor = SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).first()
    if factor is None:
        return False
    if len(code) == 6 and code.isascii() and code.isdigit():
        return _use_step(factor, code, now)
    hashed = _hash(user, code)
    return bool(
        RecoveryCode.objects.filter(user=user, code_hash=hashed, used_at=None).update(used_at=now)
    )


def spare_left(user: User) -> int:
    """Return how many spare codes are left."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def check_reset(ctx: Ctx, proposal: Proposal) -> None:
    """Raise unless the actor manages this account, or is the security administrator over it."""
    if not second.has(proposal.person):
        raise Refused("这个账号没有启用动态口令", field="person")
    bodies = {root.unit_id for root in reach.roots_of(proposal.person_id, ctx.today)}
    if bodies and bodies <= set(ctx.access.visible(GRANT)):
        return
    check_account(ctx, proposal.person)


def enact_reset(ctx: Ctx, _two: Two, proposal: Proposal) -> None:
    """Take the factor away; the person enrols again at the next sign-in."""
    user = get_user(proposal.person_id)
    _forget(user)
    User.objects.filter(pk=user.pk).update(factor_asked_at=ctx.now)
    record_account(ctx, kinds.FACTOR_RESET.name, user)


def _oneself(ctx: Ctx) -> User:
    if ctx.actor_id is None or ctx.via not in ("web", "console"):
        raise Denied("请在网页上登录后办理")
    return get_user(ctx.actor_id)


def _place(factor: SecondFactor) -> sealing.Place:
    return sealing.Place(UUID(str(factor.uid)), "people.second_factor", 1)


def _secret(factor: SecondFactor) -> str:
    sealed = sealing.Sealed(factor.commitment, bytes(factor.sealed), bytes(factor.wrapped_key))
    return str(sealing.unseal(sealed, _place(factor))["secret"])


def _use_step(factor: SecondFactor, code: str, now: datetime) -> bool:
    """Use up the half minute this code belongs to: only one later than the last one used."""
    made = pyotp.TOTP(_secret(factor))
    present = int(now.timestamp()) // STEP
    for step in (present + drift for drift in DRIFT):
        if hmac.compare_digest(made.generate_otp(step), code.strip()):
            later = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
            return bool(later.update(last_step=step))
    return False


def _spare_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(SPARE)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, code_hash=_hash(user, code)) for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _forget(user: User) -> None:
    SecondFactor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def _hash(user: User, code: str) -> str:
    # Fifty bits of chance: a fast keyed hash is enough, and one query finds it.
    return salted_hmac("anze.people.spare", f"{user.pk}:{code}", algorithm="sha256").hexdigest()
