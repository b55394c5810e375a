"""Accounts: made, corrected, closed, given a password."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.people import kinds, passwords
from anze.kernel.people.models import Deputy, Grant, Holding, User, active_on
from anze.kernel.people.services.base import MANAGE, check_account, get_user, never_oneself
from anze.kernel.people.services.grants import revoke_role
from anze.kernel.people.services.posts import end_deputy, end_post, give_first_post
from anze.kernel.units.names import pinyin_of
from anze.lib import codes
from anze.lib.ids import uuid7

# Not only digits: eleven of them would be taken for a phone number at the door.
WITHDRAWN = "withdrawn-"  # how the username of an account made by mistake begins
_USERNAME = re.compile(r"(?=.*[a-z])[a-z0-9][a-z0-9._@-]{1,59}")


@transaction.atomic
def create_account(
    ctx: Ctx,
    *,
    username: str,
    name: str,
    phone: str = "",
    unit_id: UUID,
    post: str = "",
    initial_password: str | None = None,
    must_change: bool = True,
) -> User:
    """Make an account, with a first post in ``unit_id`` if one is named, and return the user.

    Without ``initial_password`` the person signs in by text message, or gets one by
    ``issue_password``. Raises Refused for an unsound name, phone or password, Conflict if the
    username or phone is taken.
    """
    ctx.access.check(MANAGE, unit_id)
    plain = _person_name(name)
    user = User(
        id=uuid7(),
        username=_free_username(username),
        name=plain,
        pinyin=pinyin_of(plain)[0][:200],
        initials=pinyin_of(plain)[1][:60],
        phone=_free_phone(phone),
        created_at=ctx.now,
        password=make_password(None),
    )
    entry = ledger.record(
        ctx,
        kinds.ACCOUNT_MADE.name,
        unit_id=unit_id,
        facts={"person": user.pk},
        private=_particulars(user),
    )
    user.entry_uid = entry.uid
    if initial_password is not None:
        _check_password(initial_password, user)
    user.save(force_insert=True)
    if initial_password is not None:
        passwords.store(user, initial_password, ctx.now, must_change=must_change)
    if post:
        give_first_post(ctx, user, unit_id=unit_id, post=post)
    return user


def _particulars(user: User) -> dict[str, str]:
    return {"name": user.name, "username": user.username, "phone": user.phone or ""}


def _person_name(name: str) -> str:
    plain = codes.tidy(name)
    if not plain or len(plain) > 60:
        raise Refused("姓名应为 1 至 60 个字", field="name")
    return plain


def _free_username(typed: str) -> str:
    username = typed.strip().lower()
    if not _USERNAME.fullmatch(username):
        raise Refused(
            "用户名应为 2 至 60 个小写字母、数字或 . _ @ -，且至少有一个字母", field="username"
        )
    if User.objects.filter(username=username).exists():
        raise Conflict("用户名已被使用", field="username", remedy="请换一个，例如加上单位简称")
    return username


def _free_phone(typed: str, except_for: UUID | None = None) -> str | None:
    if not typed.strip():
        return None
    try:
        phone = codes.mobile(typed)
    except codes.CodeError as error:
        raise Refused(str(error), field="phone") from None
    taken = User.objects.filter(phone=phone).first()
    if taken and taken.pk != except_for:
        raise Conflict("手机号已登记在另一个账号", field="phone", remedy="请核对是否已有账号")
    return phone


def _check_password(password: str, user: User | None, field: str = "password") -> None:
    try:
        passwords.check(password, user)
    except ValidationError as error:
        raise Refused("；".join(error.messages), field=field) from None


@transaction.atomic
def change_account(ctx: Ctx, user_id: UUID, *, name: str, phone: str | None) -> User:
    """Correct the name and phone of a person (None: leave it); the same again changes nothing."""
    user = get_user(user_id)
    check_account(ctx, user)
    plain, number = _person_name(name), user.phone
    if phone is not None:
        number = _free_phone(phone, except_for=user.pk)
    if (plain, number) == (user.name, user.phone):
        return user
    full, initials = pinyin_of(plain)
    user.name, user.phone, user.pinyin, user.initials = plain, number, full[:200], initials[:60]
    record_account(ctx, kinds.ACCOUNT_CHANGED.name, user, private=_particulars(user))
    user.save(update_fields=["name", "phone", "pinyin", "initials"])
    return user


@transaction.atomic
def close_account(ctx: Ctx, user_id: UUID) -> None:
    """Let a person sign in no more, from now; posts and history stay as they are."""
    _set_active(ctx, user_id, False, kinds.ACCOUNT_CLOSED.name)


@transaction.atomic
def withdraw_account(ctx: Ctx, user_id: UUID) -> None:
    """Close an account made by mistake and free its name and phone; for one never signed in with.

    Raises Conflict when the person has signed in. Posts are ended by who withdraws it.
    """
    user = get_user(user_id)
    never_oneself(ctx, user_id)
    check_account(ctx, user)
    username = f"{WITHDRAWN}{user.pk.hex}"
    rows = User.objects.filter(pk=user.pk, is_active=True, last_login=None, last_seen=None)
    if not rows.update(is_active=False, username=username, phone=None):
        raise Conflict("本人已经登录过，账号不能撤销", where=user.name, remedy="请改为停用账号。")
    user.username, user.phone, user.is_active = username, None, False
    record_account(ctx, kinds.ACCOUNT_CHANGED.name, user, private=_particulars(user))
    record_account(ctx, kinds.ACCOUNT_CLOSED.name, user)


@transaction.atomic
def open_account(ctx: Ctx, user_id: UUID) -> None:
    """Let a person sign in again."""
    _set_active(ctx, user_id, True, kinds.ACCOUNT_OPENED.name)


def _set_active(ctx: Ctx, user_id: UUID, active: bool, kind: str) -> None:
    user = get_user(user_id)
    never_oneself(ctx, user_id)
    check_account(ctx, user)
    if user.is_active == active:
        return
    user.is_active = active
    record_account(ctx, kind, user)
    user.save(update_fields=["is_active"])


@transaction.atomic
def end_account(ctx: Ctx, user_id: UUID, *, until: date | None = None) -> None:
    """Close an account for good: the posts and deputyships in units end, then nobody signs in.

    Roles beyond one unit are taken back by two people first. The row stays: entries name it.
    """
    user = get_user(user_id)
    never_oneself(ctx, user_id)
    check_account(ctx, user)
    day = until or ctx.today
    standing = active_on(day) | Q(valid_from__gt=day)
    for grant in Grant.objects.filter(standing, user=user):
        revoke_role(ctx, grant.pk, until=max(day, grant.valid_from))
    for holding in Holding.objects.filter(standing, user=user):
        end_post(ctx, holding.pk, until=max(day, holding.valid_from))
    for deputy in Deputy.objects.filter(standing, user=user):
        end_deputy(ctx, deputy.pk, until=max(day, deputy.valid_from))
    user.is_active = False
    record_account(ctx, kinds.ACCOUNT_ENDED.name, user)
    user.save(update_fields=["is_active"])


@transaction.atomic
def lift_lock(ctx: Ctx, user_id: UUID) -> None:
    """Let a person try to sign in again at once after too many wrong passwords."""
    user = get_user(user_id)
    never_oneself(ctx, user_id)
    check_account(ctx, user)
    record_account(ctx, kinds.LOCK_LIFTED.name, user)
    AxesProxyHandler.reset_attempts(username=user.username)


@transaction.atomic
def issue_password(ctx: Ctx, user_id: UUID) -> str:
    """Give a person a new one-time password and return it, to be handed over; never kept.

    It must be changed at the first sign-in, and ends every session of the account.
    """
    user = get_user(user_id)
    never_oneself(ctx, user_id)
    check_account(ctx, user)
    password = passwords.random_password()
    record_account(ctx, kinds.PASSWORD_ISSUED.name, user)
    passwords.store(user, password, ctx.now, must_change=True)
    return password


@transaction.atomic
def change_own_password(ctx: Ctx, *, old: str, new: str) -> User:
    """Change the actor's own password; ``old`` may be empty if there was none.

    Raises Refused for a wrong old password or a new one the profile does not accept.
    """
    if ctx.actor_id is None:
        raise Denied("请先登录")
    user = get_user(ctx.actor_id)
    if user.has_usable_password() and not user.check_password(old):
        raise Refused("原密码不正确", field="old")
    if user.has_usable_password() and old == new:
        raise Refused("新密码不能与原密码相同", field="new")
    _check_password(new, user, field="new")
    passwords.store(user, new, ctx.now, must_change=False)
    return user


def record_account(ctx: Ctx, kind: str, user: User, private: dict[str, str] | None = None) -> None:
    """Record under the unit where the account was first made."""
    from anze.kernel.ledger.models import Entry

    made = Entry.objects.only("unit_id").get(uid=user.entry_uid)
    ledger.record(ctx, kind, unit_id=made.unit_id, facts={"person": user.pk}, private=private)
