"""What the services share: who may touch whose account, and never one's own rights (threat X5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.people import reach, roles
from anze.kernel.people.models import Dated, User

MANAGE, ADMIN, GRANT = "people.manage", "people.admin", "people.grant"
CONFIRM = "people.confirm"


class NeedsTwo(Denied):
    """One person alone may not do this: it has to be proposed and confirmed."""


@dataclass(frozen=True)
class Two:
    """Who proposed a change of power and who confirmed it; neither when one was enough."""

    proposed_by: UUID | None = None
    confirmed_by: UUID | None = None

    @property
    def facts(self) -> dict[str, UUID | None]:
        """Both as facts of an entry."""
        return {"proposed_by": self.proposed_by, "confirmed_by": self.confirmed_by}


ALONE = Two()


def get_user(user_id: UUID) -> User:
    """Return a user, the row locked; raise NotFound."""
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("没有这个人员", where=str(user_id))
    return user


def the_actor(ctx: Ctx) -> UUID:
    """Return the id of the person who acts; raise Denied for a job or the console."""
    if ctx.actor_id is None:
        raise Denied("这件事须由登录的人办理")
    return ctx.actor_id


def never_oneself(ctx: Ctx, user_id: UUID) -> None:
    """Raise Denied when the actor would change his own rights."""
    if ctx.actor_id == user_id:
        raise Denied("不能给自己授予岗位、代理或角色", remedy="请由另一位管理员办理")


def check_post_action(ctx: Ctx, role: str, unit_id: UUID) -> None:
    """Raise unless the actor may give or end a post of this role here.

    Posts in units come with ``people.manage``. Those of the bureau need ``people.grant``: who makes
    accounts is then never the one who gives them power over the district.
    """
    ctx.access.check(MANAGE if role in roles.UNIT_ROLES else GRANT, unit_id)


def check_alone(ctx: Ctx, role: str) -> None:
    """Raise NeedsTwo for a role beyond one unit, except from the console (founding, demo)."""
    if role not in roles.UNIT_ROLES and ctx.actor_id is not None:
        raise NeedsTwo(
            f"“{roles.ROLES[role]}”的授予、收回和任免须两人办理",
            remedy="请由安全保密管理员在“两人办理”中提出，再由另一位有权的人确认",
        )


def check_account(ctx: Ctx, user: User) -> None:
    """Raise unless the actor may change this account: on every unit where the person acts.

    An account with a role in the bureau needs ``people.admin``; one of the three administrators is
    changed from the console only.
    """
    for root in reach.roots_of(user.pk, ctx.today):
        if root.role in roles.ADMIN_ROLES and ctx.actor_id is not None:
            raise Denied("三类管理员的账号只能在服务器控制台上维护", remedy="请联系运维人员")
        ctx.access.check(MANAGE if root.role in roles.UNIT_ROLES else ADMIN, root.unit_id)
    ctx.access.check(MANAGE, None)


def keep_apart(user_id: UUID, role: str, day: date) -> None:
    """Raise Refused if one person would be an administrator and something else as well."""
    held = {root.role for root in reach.roots_of(user_id, day)} - {role}
    if role in roles.ADMIN_ROLES and held:
        raise Refused(
            f"{roles.ROLES[role]}不能兼任其他角色",
            field="role",
            where="、".join(roles.ROLES[other] for other in sorted(held)),
            remedy="请另设专门账号",
        )
    if held & set(roles.ADMIN_ROLES):
        raise Refused("三类管理员不能兼任其他角色", field="role", remedy="请另设专门账号")


def end_span(
    ctx: Ctx, row: Dated, kind: str, *, unit_id: UUID, until: date, facts: Mapping[str, object]
) -> bool:
    """End a dated row: ``until`` is the first day it no longer holds. Tell whether that is news.

    A row that ends by then anyway stays as it is; one that would end before it began is refused.
    """
    if row.valid_to is not None and row.valid_to <= until:
        return False
    if until < row.valid_from:
        raise Refused("结束日早于开始日", field="until", remedy="请选开始日当天或之后的一天")
    entry = ledger.record(ctx, kind, unit_id=unit_id, facts={**facts, "until": until})
    row.valid_to, row.ended_uid = until, entry.uid
    row.save(update_fields=["valid_to", "ended_uid"])
    return True
