"""Posts held over time, and who stands in during leave."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.people import kinds, roles
from anze.kernel.people.models import Deputy, Holding, PostType, User, active_on
from anze.kernel.people.services.base import (
    ALONE,
    MANAGE,
    Two,
    check_alone,
    check_post_action,
    end_span,
    get_user,
    keep_apart,
    never_oneself,
)
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Unit
from anze.lib.ids import uuid7

ONE_DAY = timedelta(days=1)


class PostLike(Protocol):
    """What a post says of itself: a pack's post, or one of the built-in ones."""

    @property
    def code(self) -> str:
        """The code, like ``safety_officer``."""

    @property
    def title(self) -> str:
        """The Chinese title."""

    @property
    def role(self) -> str:
        """The role of the permission table its holder gets (or a pack's name for it)."""

    @property
    def level(self) -> str:
        """The level of body it stands in."""


@transaction.atomic
def sync_post_types(ctx: Ctx, posts: Iterable[PostLike] = roles.BUILT_IN) -> int:
    """Let the table of posts say what a pack says; return how many rows changed.

    Posts the pack no longer names stay, since somebody may hold them. A pack cannot make a post
    give one of the three administrators' roles, nor change a unit's post into one of the bureau.
    """
    ctx.access.check("packs.activate", None)
    known = {post.code: post for post in PostType.objects.all()}
    changed = 0
    for post in posts:
        role = roles.ALIASES.get(post.role, post.role)
        _check_type(post, role, known.get(post.code))
        wanted = {"title": post.title, "role": role, "level": post.level}
        row = known.get(post.code) or PostType(code=post.code)
        if row.pk is None or any(getattr(row, key) != value for key, value in wanted.items()):
            for key, value in wanted.items():
                setattr(row, key, value)
            row.save()
            changed += 1
    return changed


def _check_type(post: PostLike, role: str, known: PostType | None) -> None:
    if role not in roles.ROLES or role in roles.ADMIN_ROLES:
        raise Refused(f"岗位不能给予角色“{role}”", where=post.code, field="role")
    if post.level not in roles.STANDS_IN:
        raise Refused(f"岗位没有“{post.level}”这种层级", where=post.code, field="level")
    if known and known.role in roles.UNIT_ROLES and role not in roles.UNIT_ROLES:
        raise Refused(
            "已有的单位岗位不能改为机关角色", where=post.code, field="role", remedy="请另设岗位"
        )


@transaction.atomic
def give_post(
    ctx: Ctx,
    user_id: UUID,
    *,
    unit_id: UUID,
    post: str,
    since: date | None = None,
    until: date | None = None,
) -> Holding:
    """Let a person hold a post in a unit from a day (default today), up to but not on ``until``.

    Somebody who already holds it then keeps what he has. Never to oneself.
    """
    kind = get_post_type(post)
    check_post_action(ctx, kind.role, unit_id)
    check_alone(ctx, kind.role)
    return enact_post(ctx, ALONE, user_id, unit_id=unit_id, post=post, since=since, until=until)


def enact_post(
    ctx: Ctx,
    two: Two,
    user_id: UUID,
    *,
    unit_id: UUID,
    post: str,
    since: date | None = None,
    until: date | None = None,
) -> Holding:
    """Give a post that has been allowed: soundness is still checked, permission is not."""
    kind = get_post_type(post)
    never_oneself(ctx, user_id)
    user, unit, start = get_user(user_id), _unit(unit_id), since or ctx.today
    _check_place(kind, unit)
    keep_apart(user_id, kind.role, start)
    if until is not None and until <= start:
        raise Refused("结束日应晚于开始日", field="until")
    holdings = Holding.objects.filter(user=user, unit=unit, post=kind)
    if held := holdings.filter(active_on(start)).first():
        return held
    return _hold(ctx, two, user, unit, kind, start, until)


def give_first_post(
    ctx: Ctx, user: User, *, unit_id: UUID, post: str, since: date | None = None
) -> Holding:
    """Let somebody whose account was made in this transaction hold a post; he can hold no other.

    The same checks as ``give_post``, without those that only a person with a past can fail.
    """
    kind = get_post_type(post)
    check_post_action(ctx, kind.role, unit_id)
    check_alone(ctx, kind.role)
    unit = _unit(unit_id)
    _check_place(kind, unit)
    return _hold(ctx, ALONE, user, unit, kind, since or ctx.today, None)


def _hold(
    ctx: Ctx, two: Two, user: User, unit: Unit, kind: PostType, start: date, until: date | None
) -> Holding:
    holding = Holding(
        id=uuid7(),
        user=user,
        unit=unit,
        post=kind,
        valid_from=start,
        valid_to=until,
        stated_to=until,
    )
    facts = {
        "holding": holding.pk,
        "person": user.pk,
        "post": kind.code,
        "since": start,
        "until": until,
        **two.facts,
    }
    entry = ledger.record(ctx, kinds.POST_GIVEN.name, unit_id=unit.pk, facts=facts)
    holding.entry_uid = entry.uid
    holding.save(force_insert=True)
    return holding


def get_post_type(code: str) -> PostType:
    """Return a post of the table by its code; raise Refused."""
    kind = PostType.objects.filter(code=code).first()
    if kind is None:
        raise Refused(f"没有“{code}”这个岗位", field="post", remedy="请从岗位表中选择")
    return kind


def _unit(unit_id: UUID) -> Unit:
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise NotFound("没有这个单位", where=str(unit_id))
    return unit


def _check_place(kind: PostType, unit: Unit) -> None:
    if unit.level not in roles.STANDS_IN[kind.level]:
        raise Refused(
            f"“{kind.title}”不能设在{unit.get_level_display()}",
            field="post",
            where=unit.name,
            remedy="请核对岗位与单位",
        )


@transaction.atomic
def end_post(ctx: Ctx, holding_id: UUID, *, until: date) -> None:
    """End a holding: ``until`` is the first day the person no longer holds the post."""
    holding = get_holding(holding_id)
    check_post_action(ctx, holding.post.role, holding.unit_id)
    check_alone(ctx, holding.post.role)
    enact_end(ctx, ALONE, holding, until)


def enact_end(ctx: Ctx, two: Two, holding: Holding, until: date) -> None:
    """End a holding whose end has been allowed."""
    facts = {
        "holding": holding.pk,
        "person": holding.user_id,
        "post": holding.post_id,
        **two.facts,
    }
    end_span(ctx, holding, kinds.POST_ENDED.name, unit_id=holding.unit_id, until=until, facts=facts)


def end_posts_of(ctx: Ctx, unit_ids: Collection[UUID], *, until: date) -> list[Holding]:
    """End every post held at units that close on ``until``, and return what was ended.

    What would only have begun later never begins. Whoever may close the unit has decided this too:
    no second person is asked. Again it changes nothing. Call it in the transaction of the closing.
    """
    rows = Holding.objects.select_for_update(of=("self",)).select_related("post", "unit", "user")
    standing = rows.filter(Q(valid_to=None) | Q(valid_to__gt=until), unit_id__in=unit_ids)
    ended = list(standing.order_by("unit__pinyin", "post__code", "pk"))
    for holding in ended:
        enact_end(ctx, ALONE, holding, max(until, holding.valid_from))
    return ended


def get_holding(holding_id: UUID) -> Holding:
    """Return a holding with its post and unit, the row locked; raise NotFound."""
    rows = Holding.objects.select_for_update(of=("self",)).select_related("post", "unit")
    holding = rows.filter(pk=holding_id).first()
    if holding is None:
        raise NotFound("没有这条任职", where=str(holding_id))
    return holding


@transaction.atomic
def name_deputy(
    ctx: Ctx, holding_id: UUID, *, user_id: UUID, first_day: date, last_day: date
) -> Deputy:
    """Let somebody stand in for the holder of a post during leave, both days inclusive.

    Named by the holder himself or by who may give the post; the deputy already works in the same
    body, or in the one right above. He gets the role, not the deputyships of the person replaced.
    """
    holding = get_holding(holding_id)
    if ctx.actor_id != holding.user_id:
        check_post_action(ctx, holding.post.role, holding.unit_id)
    never_oneself(ctx, user_id)
    user = get_user(user_id)
    _check_leave(ctx, holding, user.pk, first_day, last_day)
    until = last_day + ONE_DAY
    same = {"holding": holding, "user": user, "valid_from": first_day, "valid_to": until}
    if known := Deputy.objects.filter(**same).first():
        return known
    deputy = Deputy(id=uuid7(), stated_to=until, **same)
    facts = {
        "deputy": deputy.pk,
        "holding": holding.pk,
        "person": user.pk,
        "since": first_day,
        "until": until,
    }
    entry = ledger.record(ctx, kinds.DEPUTY_NAMED.name, unit_id=holding.unit_id, facts=facts)
    deputy.entry_uid = entry.uid
    deputy.save(force_insert=True)
    return deputy


def _check_leave(
    ctx: Ctx, holding: Holding, user_id: UUID, first_day: date, last_day: date
) -> None:
    if last_day < first_day:
        raise Refused("结束日早于开始日", field="last_day")
    if user_id == holding.user_id:
        raise Refused("不能由本人代理自己", field="user_id")
    body = holding.unit_id
    if holding.unit.level in ("campus", "section"):
        body = next(iter(units.ancestors(body, ctx.today)), body)
    near = units.subtree(body, ctx.today)
    if not Holding.objects.filter(active_on(first_day), user_id=user_id, unit__in=near).exists():
        raise Refused("代理人须在同一单位任职", field="user_id", remedy="请先登记其任职")


@transaction.atomic
def end_deputy(ctx: Ctx, deputy_id: UUID, *, until: date) -> None:
    """End a deputyship early: ``until`` is the first day it no longer holds."""
    deputy = Deputy.objects.select_for_update().filter(pk=deputy_id).first()
    if deputy is None:
        raise NotFound("没有这条代理", where=str(deputy_id))
    holding = get_holding(deputy.holding_id)
    if ctx.actor_id not in (holding.user_id, deputy.user_id):
        ctx.access.check(MANAGE, holding.unit_id)
    facts = {"deputy": deputy.pk, "holding": holding.pk, "person": deputy.user_id}
    end_span(
        ctx, deputy, kinds.DEPUTY_ENDED.name, unit_id=holding.unit_id, until=until, facts=facts
    )
