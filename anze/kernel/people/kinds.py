"""Kinds of entry about people: who held which post or role from when. Names are private."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Code, Facts, Kind, Private

Text = Annotated[str, StringConstraints(max_length=120)]
Role = Literal[
    "sysadmin",
    "secadmin",
    "auditor",
    "desk",
    "leader",
    "section_officer",
    "town_officer",
    "unit_head",
    "safety_officer",
    "staff",
    "guard",
    "inspector",
]


class Two(Facts):
    """Who proposed a change of power and who confirmed it, where two were needed."""

    proposed_by: UUID | None = None
    confirmed_by: UUID | None = None


class Account(Facts):
    """Something about the account of ``person``."""

    person: UUID


class Particulars(Private):
    """Who the person is."""

    name: Text
    username: Text
    phone: Text


class PostGiven(Two):
    """``person`` holds ``post`` in the entry's unit; ``until`` is the first day it no longer is."""

    holding: UUID
    person: UUID
    post: Code
    since: date
    until: date | None = None


class PostEnded(Two):
    """A holding ends."""

    holding: UUID
    person: UUID
    post: Code
    until: date


class DeputyNamed(Facts):
    """``person`` stands in for the holder of ``holding``."""

    deputy: UUID
    holding: UUID
    person: UUID
    since: date
    until: date


class DeputyEnded(Facts):
    """A deputyship ends before its day."""

    deputy: UUID
    holding: UUID
    person: UUID
    until: date


class RoleGranted(Two):
    """``person`` has ``role`` over the entry's unit and what lies under it."""

    grant: UUID
    person: UUID
    role: Role
    since: date
    until: date | None = None


class RoleRevoked(Two):
    """A grant ends."""

    grant: UUID
    person: UUID
    role: Role
    until: date


class HandedOver(Two):
    """``person`` left a post on ``since``; what it answers for passes to ``successor``, if any.

    ``to_holding`` is the post taken up elsewhere; ``open`` counts what was open at that moment.
    """

    holding: UUID
    person: UUID
    post: Code
    since: date
    successor: UUID | None = None
    successor_holding: UUID | None = None
    to_holding: UUID | None = None
    open: int


Change = Literal["grant", "revoke", "post", "end_post", "hand_over", "factor", "token"]


class ChangeProposed(Facts):
    """Somebody proposed a change of power; nothing has changed yet."""

    proposal: UUID
    what: Change
    person: UUID
    role: Code | None = None


class ChangeDecided(Facts):
    """What became of a proposal, and by whom; only ``confirmed`` changes anything."""

    proposal: UUID
    what: Change
    person: UUID
    outcome: Literal["confirmed", "declined", "withdrawn"]
    proposed_by: UUID
    decided_by: UUID


class TokenMade(Facts):
    """A key for a partner platform: inert until confirmed."""

    token: UUID
    account: UUID
    role: Role
    actions: list[Code]
    until: date


class TokenChanged(Two):
    """A token is confirmed, or revoked."""

    token: UUID
    account: UUID


class TokenName(Private):
    """What the token is called."""

    name: Text


class DeviceSaid(Facts):
    """Something about a shared device of the entry's campus."""

    device: UUID


class Revealed(Facts):
    """A phone number was shown to somebody who sees it masked otherwise."""

    person: UUID


class Exported(Facts):
    """A list of people left the house: so many lines, so many whole phone numbers."""

    lines: int
    phones: int


ACCOUNT_MADE = Kind("people.account_made", 1, Account, "bureau", "开设账号", Particulars)
ACCOUNT_CHANGED = Kind("people.account_changed", 1, Account, "bureau", "账号资料变更", Particulars)
ACCOUNT_CLOSED = Kind("people.account_closed", 1, Account, "bureau", "停用账号")
ACCOUNT_OPENED = Kind("people.account_opened", 1, Account, "bureau", "启用账号")
PASSWORD_ISSUED = Kind("people.password_issued", 1, Account, "bureau", "发放一次性密码")
POST_GIVEN = Kind("people.post_given", 2, PostGiven, "unit", "任职")
POST_ENDED = Kind("people.post_ended", 2, PostEnded, "unit", "离任")
DEPUTY_NAMED = Kind("people.deputy_named", 1, DeputyNamed, "unit", "指定代理")
DEPUTY_ENDED = Kind("people.deputy_ended", 1, DeputyEnded, "unit", "结束代理")
ROLE_GRANTED = Kind("people.role_granted", 2, RoleGranted, "bureau", "授予角色")
ROLE_REVOKED = Kind("people.role_revoked", 2, RoleRevoked, "bureau", "收回角色")
ACCOUNT_ENDED = Kind("people.account_ended", 1, Account, "bureau", "注销账号")
LOCK_LIFTED = Kind("people.lock_lifted", 1, Account, "bureau", "解除登录锁定")
HANDED_OVER = Kind("people.handed_over", 1, HandedOver, "unit", "岗位移交")
CHANGE_PROPOSED = Kind("people.change_proposed", 1, ChangeProposed, "bureau", "提出权限变更")
CHANGE_DECIDED = Kind("people.change_decided", 1, ChangeDecided, "bureau", "权限变更办结")
FACTOR_ON = Kind("people.factor_on", 1, Account, "bureau", "启用动态口令")
FACTOR_OFF = Kind("people.factor_off", 1, Account, "bureau", "停用动态口令")
FACTOR_RESET = Kind("people.factor_reset", 1, Account, "bureau", "重置动态口令")
TOKEN_MADE = Kind("people.token_made", 1, TokenMade, "bureau", "申请接口令牌", TokenName)
TOKEN_CONFIRMED = Kind("people.token_confirmed", 1, TokenChanged, "bureau", "启用接口令牌")
TOKEN_REVOKED = Kind("people.token_revoked", 1, TokenChanged, "bureau", "吊销接口令牌")
DEVICE_MADE = Kind("people.device_made", 1, DeviceSaid, "unit", "登记传达室设备", TokenName)
DEVICE_ENROLLED = Kind("people.device_enrolled", 1, DeviceSaid, "unit", "传达室设备启用")
DEVICE_REVOKED = Kind("people.device_revoked", 1, DeviceSaid, "unit", "停用传达室设备")
PIN_SET = Kind("people.pin_set", 1, Account, "unit", "设置 PIN 码")
PHONE_SHOWN = Kind("people.phone_shown", 1, Revealed, "bureau", "查看手机号")
EXPORTED = Kind("people.contacts_exported", 1, Exported, "bureau", "导出通讯录")

ALL = (
    ACCOUNT_MADE,
    ACCOUNT_CHANGED,
    ACCOUNT_CLOSED,
    ACCOUNT_OPENED,
    PASSWORD_ISSUED,
    POST_GIVEN,
    POST_ENDED,
    DEPUTY_NAMED,
    DEPUTY_ENDED,
    ROLE_GRANTED,
    ROLE_REVOKED,
    ACCOUNT_ENDED,
    LOCK_LIFTED,
    HANDED_OVER,
    CHANGE_PROPOSED,
    CHANGE_DECIDED,
    FACTOR_ON,
    FACTOR_OFF,
    FACTOR_RESET,
    TOKEN_MADE,
    TOKEN_CONFIRMED,
    TOKEN_REVOKED,
    DEVICE_MADE,
    DEVICE_ENROLLED,
    DEVICE_REVOKED,
    PIN_SET,
    PHONE_SHOWN,
    EXPORTED,
)


def register() -> None:
    """Make the kinds known to the ledger."""
    for kind in ALL:
        kinds.register(kind)
