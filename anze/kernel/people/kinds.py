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


class Account(Facts):
    """Something about the account of ``person``."""

    person: UUID


class Particulars(Private):
    """Who the person is."""

    name: Text
    username: Text
    phone: Text


class PostGiven(Facts):
    """``person`` holds ``post`` in the entry's unit; ``until`` is the first day it no longer is."""

    holding: UUID
    person: UUID
    post: Code
    since: date
    until: date | None = None


class PostEnded(Facts):
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


class RoleGranted(Facts):
    """``person`` has ``role`` over the entry's unit and what lies under it."""

    grant: UUID
    person: UUID
    role: Role
    since: date
    until: date | None = None


class RoleRevoked(Facts):
    """A grant ends."""

    grant: UUID
    person: UUID
    role: Role
    until: date


ACCOUNT_MADE = Kind("people.account_made", 1, Account, "bureau", "开设账号", Particulars)
ACCOUNT_CHANGED = Kind("people.account_changed", 1, Account, "bureau", "账号资料变更", Particulars)
ACCOUNT_CLOSED = Kind("people.account_closed", 1, Account, "bureau", "停用账号")
ACCOUNT_OPENED = Kind("people.account_opened", 1, Account, "bureau", "启用账号")
PASSWORD_ISSUED = Kind("people.password_issued", 1, Account, "bureau", "发放一次性密码")
POST_GIVEN = Kind("people.post_given", 1, PostGiven, "unit", "任职")
POST_ENDED = Kind("people.post_ended", 1, PostEnded, "unit", "离任")
DEPUTY_NAMED = Kind("people.deputy_named", 1, DeputyNamed, "unit", "指定代理")
DEPUTY_ENDED = Kind("people.deputy_ended", 1, DeputyEnded, "unit", "结束代理")
ROLE_GRANTED = Kind("people.role_granted", 1, RoleGranted, "bureau", "授予角色")
ROLE_REVOKED = Kind("people.role_revoked", 1, RoleRevoked, "bureau", "收回角色")

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
)


def register() -> None:
    """Make the kinds known to the ledger."""
    for kind in ALL:
        kinds.register(kind)
