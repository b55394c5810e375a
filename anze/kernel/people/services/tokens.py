"""Keys for partner platforms: asked for by the system administrator, confirmed by the security one.

A token is one role over one subtree, narrowed to the actions listed. Its secret is shown once and
kept as a hash; it does nothing until confirmed, and at most a year.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.people import kinds, roles, table
from anze.kernel.people.models import Proposal, Token, User
from anze.kernel.people.services.base import GRANT, Two, the_actor
from anze.kernel.units.models import Unit
from anze.kernel.units.names import pinyin_of
from anze.lib import codes
from anze.lib.ids import uuid7

TOKENS: Final = "people.tokens"
LONGEST: Final = timedelta(days=365)
PREFIX: Final = "anze_"
# What a machine never gets, whatever its role: power over people and over keys.
NEVER: Final = frozenset(
    {"people.manage", "people.admin", "people.grant", "people.confirm", TOKENS, "people.devices"}
)


@dataclass(frozen=True)
class Wanted:
    """What a token should be: ``until`` is the first day it no longer works."""

    name: str
    unit_id: UUID
    role: str
    actions: Sequence[str]
    until: date
    addresses: Sequence[str] = ()


def offered(role: str) -> list[str]:
    """Return the actions a token of this role may have: those the table gives it inside a body."""
    return [
        action
        for action in table.TABLE
        if "own" in table.relations(action, role) and action not in NEVER
    ]


def make(ctx: Ctx, wanted: Wanted) -> tuple[Token, str]:
    """Make an inert token with an account of its own; return it and its secret."""
    ctx.access.check(TOKENS, wanted.unit_id)
    name = _checked(ctx, wanted)
    secret = PREFIX + secrets.token_urlsafe(32)
    account = _account(ctx, name, wanted.unit_id)
    token = Token(
        id=uuid7(),
        name=name,
        account=account,
        unit_id=wanted.unit_id,
        role=wanted.role,
        actions=" ".join(sorted(set(wanted.actions))),
        addresses=" ".join(_networks(wanted.addresses)),
        secret_hash=hashed(secret),
        made_by_id=the_actor(ctx),
        made_at=ctx.now,
        expires_on=wanted.until,
    )
    facts = {
        "token": token.pk,
        "account": account.pk,
        "role": token.role,
        "actions": list(token.allowed),
        "until": token.expires_on,
    }
    entry = ledger.record(
        ctx, kinds.TOKEN_MADE.name, unit_id=wanted.unit_id, facts=facts, private={"name": name}
    )
    token.entry_uid = entry.uid
    token.save(force_insert=True)
    return token, secret


def _checked(ctx: Ctx, wanted: Wanted) -> str:
    name = codes.tidy(wanted.name)
    if not name or len(name) > 60:
        raise Refused("名称应为 1 至 60 个字", field="name", remedy="写明给哪个平台用")
    if wanted.role not in roles.ROLES or wanted.role in roles.ADMIN_ROLES:
        raise Refused("令牌不能有这个角色", field="role", remedy="请选择三类管理员以外的角色")
    excess = set(wanted.actions) - set(offered(wanted.role))
    if not wanted.actions or excess:
        raise Refused(
            "权限须从所选角色的权限中挑选，至少一项",
            field="actions",
            where="、".join(sorted(excess)),
            remedy="请核对角色与权限",
        )
    if not ctx.today < wanted.until <= ctx.today + LONGEST:
        raise Refused("到期日应在明天到一年之内", field="until")
    if not Unit.objects.filter(pk=wanted.unit_id).exists():
        raise NotFound("没有这个单位", where=str(wanted.unit_id))
    return name


def _networks(addresses: Sequence[str]) -> list[str]:
    found = []
    for text in addresses:
        try:
            found.append(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError:
            raise Refused(
                f"“{text}”不是 IP 地址或网段",
                field="addresses",
                remedy="例如 10.1.2.3 或 10.1.2.0/24，每行一个",
            ) from None
    return found


def _account(ctx: Ctx, name: str, unit_id: UUID) -> User:
    pk = uuid7()
    full, initials = pinyin_of(name)
    account = User(
        id=pk,
        username=f"token.{pk.hex[-12:]}",
        name=name,
        pinyin=full[:200],
        initials=initials[:60],
        is_active=False,
        created_at=ctx.now,
        password=make_password(None),
    )
    private = {"name": name, "username": account.username, "phone": ""}
    entry = ledger.record(
        ctx, kinds.ACCOUNT_MADE.name, unit_id=unit_id, facts={"person": pk}, private=private
    )
    account.entry_uid = entry.uid
    account.save(force_insert=True)
    return account


def hashed(secret: str) -> str:
    """Return what is kept of a secret. It has 256 bits of chance: no slow hash is needed."""
    return sha256(secret.encode()).hexdigest()


def check_proposal(ctx: Ctx, proposal: Proposal) -> None:
    """Raise unless the actor may ask for tokens on its body."""
    ctx.access.check(TOKENS, proposal.unit_id)


def enact(ctx: Ctx, two: Two, proposal: Proposal) -> None:
    """Let a token work from now on."""
    pk = UUID(proposal.said["token"])
    fresh = Token.objects.filter(pk=pk, confirmed_at=None, revoked_at=None)
    if not fresh.update(confirmed_at=ctx.now):
        raise Conflict("令牌已经启用或已吊销")
    User.objects.filter(pk=proposal.person_id).update(is_active=True)
    facts = {"token": pk, "account": proposal.person_id, **two.facts}
    ledger.record(ctx, kinds.TOKEN_CONFIRMED.name, unit_id=proposal.unit_id, facts=facts)


@transaction.atomic
def revoke_token(ctx: Ctx, token_id: UUID) -> None:
    """Let a token work no more, from the next request on. Doing it twice is doing it once."""
    token = Token.objects.filter(pk=token_id).first()
    if token is None:
        raise NotFound("没有这个令牌", where=str(token_id))
    if token.unit_id not in ctx.access.visible(GRANT):  # who confirms may stop it as well
        ctx.access.check(TOKENS, token.unit_id)
    if not Token.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=ctx.now):
        return
    User.objects.filter(pk=token.account_id).update(is_active=False)
    facts = {"token": token.pk, "account": token.account_id}
    ledger.record(ctx, kinds.TOKEN_REVOKED.name, unit_id=token.unit_id, facts=facts)
