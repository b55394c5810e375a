"""Reading people. Those that take a ``ctx`` show only what its actor may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from anze.kernel.bus.ctx import Ctx, Everything, narrow
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.ledger.models import Entry
from anze.kernel.people.models import (
    Deputy,
    Device,
    Grant,
    Holding,
    Proposal,
    Token,
    User,
    active_on,
)
from anze.kernel.units.known import at, number_of

VIEW, PHONES = "people.view", "contacts.phones"


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


def accounts(ctx: Ctx) -> QuerySet[User]:
    """Return the people whose accounts the actor sees: by a post, a role, or where it was made."""
    units = ctx.access.visible(VIEW)
    people = User.objects.filter(token__isnull=True)
    if isinstance(units, Everything):
        return people
    made = Entry.objects.filter(uid=OuterRef("entry_uid"), unit_id__in=units)
    held = Holding.objects.filter(user=OuterRef("pk"), unit_id__in=units)
    granted = Grant.objects.filter(user=OuterRef("pk"), unit_id__in=units)
    return people.filter(Exists(held) | Exists(granted) | Exists(made))


def account(ctx: Ctx, user_id: UUID) -> User:
    """Return one of ``accounts``; raise NotFound."""
    user = accounts(ctx).filter(pk=user_id).first()
    if user is None:
        raise NotFound("没有这个人员", where=str(user_id))
    return user


def phones_seen(ctx: Ctx) -> QuerySet[Holding]:
    """Return the posts held today by those whose whole phone numbers the actor sees unasked."""
    return narrow(Holding.objects.filter(active_on(ctx.today)), ctx.access.visible(PHONES))


def one_named(ctx: Ctx, typed: str) -> User:
    """Return the one active person in sight of this name, username or phone; raise Refused."""
    text = typed.strip()
    # Who sees a number masked could find out its digits by asking for one after the other.
    by_phone = Q(phone=text) & Exists(phones_seen(ctx).filter(user=OuterRef("pk")))
    named = Q(name=text) | Q(username=text.lower()) | by_phone
    found = list(accounts(ctx).filter(named, is_active=True)[:6])
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(f"没有找到“{text}”", field="person", remedy="请填全名、用户名或手机号")
    names = "、".join(one.username for one in found)
    raise Refused(f"有多个“{text}”", field="person", remedy=f"请改填用户名：{names}")


def grants(ctx: Ctx) -> QuerySet[Grant]:
    """Return the roles granted in the units whose people the actor sees, ended ones included."""
    shown = narrow(Grant.objects.all(), ctx.access.visible(VIEW))
    return shown.select_related("user", "unit")


def proposals(ctx: Ctx) -> QuerySet[Proposal]:
    """Return the changes by two people in sight."""
    rows = narrow(Proposal.objects.all(), ctx.access.visible(VIEW))
    return rows.select_related("person", "unit", "proposed_by", "decided_by")


def tokens(ctx: Ctx) -> QuerySet[Token]:
    """Return the tokens of the bodies in sight."""
    rows = narrow(Token.objects.all(), ctx.access.visible("people.tokens_view"))
    return rows.select_related("unit", "made_by")


def devices(ctx: Ctx) -> QuerySet[Device]:
    """Return the shared devices the actor manages."""
    rows = narrow(Device.objects.all(), ctx.access.visible("people.devices"), "campus_id")
    return rows.select_related("campus", "made_by")


def contacts(ctx: Ctx) -> QuerySet[Holding]:
    """Return the posts held today in the units whose address book the actor may read."""
    rows = Holding.objects.filter(active_on(ctx.today), user__is_active=True)
    shown = narrow(rows, ctx.access.visible("contacts.view"))
    return shown.select_related("user", "unit", "post")


def deputies_of(holdings: Collection[UUID], day: date) -> dict[UUID, list[Deputy]]:
    """Return holding → who stands in for it on a day. One query."""
    found: dict[UUID, list[Deputy]] = defaultdict(list)
    rows = Deputy.objects.filter(active_on(day), holding_id__in=holdings, user__is_active=True)
    for deputy in rows.select_related("user").order_by("pk"):
        found[deputy.holding_id].append(deputy)
    return dict(found)


def masked(phone: str | None) -> str:
    """Return 138****0000: enough to recognise a number one knows."""
    return f"{phone[:3]}****{phone[-4:]}" if phone else ""


def name_of(user_id: UUID) -> str:
    """Return a person's name; empty for nobody."""
    return User.objects.filter(pk=user_id).values_list("name", flat=True).first() or ""
