"""Who am I."""

from __future__ import annotations

from django.middleware.csrf import get_token
from ninja import Router

from anze.interfaces.api.shapes.units import ActionOut, Me, PostOut, RoleOut
from anze.kernel.people import actions, roles
from anze.kernel.people import selectors as people
from anze.kernel.people.access import Request
from anze.kernel.web.wire.base import UnitRef
from anze.kernel.web.wire.declare import operation

router = Router(tags=["我"])


@operation(router, "GET", "", action="account", answer=Me, summary="我是谁")
def who_am_i(request: Request) -> Me:
    """Return the signed-in person, his posts and roles, and the token for unsafe methods."""
    ctx, user = request.ctx, request.user
    stood_in = people.own_deputyships(user.pk, ctx.today)
    posts = people.own_posts(user.pk, ctx.today)
    for held in posts:
        held.user = user  # saves a query for each
    return Me(
        id=user.pk,
        username=user.username,
        name=user.name,
        posts=[PostOut.of(held) for held in posts],
        stands_in_for=[PostOut.of(one.holding) for one in stood_in if one.valid_from <= ctx.today],
        roles=[
            RoleOut(
                role=grant.role,
                label=roles.ROLES[grant.role],
                unit=UnitRef.of(grant.unit),
                valid_to=grant.valid_to,
            )
            for grant in people.own_grants(user.pk, ctx.today)
        ],
        actions=[
            ActionOut(code=one.code, label=one.label)
            for one in sorted(actions.all_actions(), key=lambda one: one.code)
            if ctx.access.holds(one.code)
        ],
        csrf_token=get_token(request),
    )
