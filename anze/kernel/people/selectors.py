"""Reading people. Those that take a ``ctx`` show only what its actor may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.bus.errors import NotFound
from anze.kernel.people.models import Deputy, Grant, Holding, User, active_on
from anze.kernel.units.known import at, number_of

VIEW = "people.view"


def get(ctx: Ctx, user_id: UUID) -> User:
    """Return a person the actor may see: oneself, or who holds a post in a visible unit."""
    user = User.objects.filter(pk=user_id).first()
    own = ctx.actor_id == user_id
    if user is None or not (own or holdings(ctx).filter(user_id=user_id).exists()):
        raise NotFound("没有这个人员", where=str(user_id))
    return user


def holdings(ctx: Ctx, on_day: date | None = None) -> QuerySet[Holding]:
    """Return the posts held on a day (default today) in the units whose people the actor sees."""
    rows = Holding.objects.filter(active_on(on_day or ctx.today))
    shown = narrow(rows, ctx.access.visible(VIEW))
    return shown.select_related("user", "unit", "post").order_by("user__pinyin", "pk")


def holders(ctx: Ctx, unit_id: UUID, on_day: date | None = None) -> QuerySet[Holding]:
    """Return who holds which post in one unit; NotFound or Denied if the actor may not see it."""
    ctx.access.check(VIEW, unit_id)
    return holdings(ctx, on_day).filter(unit_id=unit_id)


def in_charge(unit_ids: Collection[UUID], day: date) -> dict[UUID, dict[str, list[str]]]:
    """Return unit → post code → names: who answers for what. One query; not private to a unit."""
    rows = Holding.objects.filter(active_on(day), unit_id__in=unit_ids, user__is_active=True)
    found: dict[UUID, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for unit, post, name in rows.order_by("user__pinyin", "pk").values_list(
        "unit_id", "post__code", "user__name"
    ):
        found[unit][post].append(name)
    return {unit: dict(posts) for unit, posts in found.items()}


def own_posts(user_id: UUID, day: date) -> list[Holding]:
    """Return the posts a person holds on a day."""
    rows = Holding.objects.filter(active_on(day), user_id=user_id)
    return list(rows.select_related("unit", "post").order_by("valid_from", "pk"))


def own_deputyships(user_id: UUID, day: date) -> list[Deputy]:
    """Return for whom a person stands in, on a day or later."""
    rows = Deputy.objects.filter(valid_to__gt=day, user_id=user_id)
    related = ("holding__user", "holding__unit", "holding__post")
    return list(rows.select_related(*related).order_by("valid_from", "pk"))


def own_grants(user_id: UUID, day: date) -> list[Grant]:
    """Return the roles a person has apart from posts."""
    rows = Grant.objects.filter(active_on(day), user_id=user_id)
    return list(rows.select_related("unit").order_by("role", "pk"))


def with_post(units: Collection[UUID], posts: Collection[str], day: date) -> set[UUID]:
    """Return the active people who hold one of these posts in these units, deputies included."""
    held = Q(unit_id__in=units, post__code__in=posts)
    there = Holding.objects.filter(held, active_on(day), user__is_active=True)
    stood_in = Deputy.objects.filter(
        active_on(day),
        active_on(day, "holding__"),
        holding__unit_id__in=units,
        holding__post__code__in=posts,
        user__is_active=True,
    )
    return set(there.values_list("user_id", flat=True)) | set(
        stood_in.values_list("user_id", flat=True)
    )


Posts = Mapping[UUID, Mapping[str, tuple[UUID, ...]]]


def load_posts(at_n: int | None, day: date) -> Posts:
    """Return unit → post → people holding it on a day, as known at ledger number ``at_n``.

    One query. Rules read this: a post with nobody in it is absent.
    """
    rows = Holding.objects.filter(valid_from__lte=day)
    if at_n is None:
        rows = rows.filter(active_on(day))
    else:
        rows = at(rows, at_n).annotate(ended_n=number_of("ended_uid"))
        known_end = Q(ended_n__lte=at_n) & Q(valid_to__gt=day)
        stated_end = (Q(ended_n=None) | Q(ended_n__gt=at_n)) & (
            Q(stated_to=None) | Q(stated_to__gt=day)
        )
        rows = rows.filter(known_end | stated_end)
    found: dict[UUID, dict[str, list[UUID]]] = defaultdict(lambda: defaultdict(list))
    for unit, post, user in rows.order_by("user_id").values_list(
        "unit_id", "post__code", "user_id"
    ):
        if user not in found[unit][post]:
            found[unit][post].append(user)
    return {
        unit: {post: tuple(users) for post, users in posts.items()} for unit, posts in found.items()
    }
