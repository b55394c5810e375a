"""What the services share: who may touch whose account, and never one's own rights (threat X5)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound, Refused
from anze.kernel.people import reach, roles
from anze.kernel.people.models import User

MANAGE, ADMIN, GRANT = "people.manage", "people.admin", "people.grant"


def get_user(user_id: UUID) -> User:
    """Return a user, the row locked; raise NotFound."""
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("没有这个人员", where=str(user_id))
    return user


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
