"""通知单: sent to posts under a body, read or confirmed by each, nudged by whoever sent it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet

from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.people.models import Deputy, Holding, PostType, active_on
from anze.kernel.units import selectors as units
from anze.kernel.work import kinds, services
from anze.kernel.work.models import Circular, Delivery, Notice, Robot
from anze.kernel.work.waking import ring

ACTION: Final = "notices.send"
TOPIC: Final = "notices.circular"
NUDGE_AFTER: Final = timedelta(hours=4)
TITLE, BODY = 120, 2000
_FIRST: Final = {"principal": 0, "deputy_in_charge": 1, "safety_officer": 2}


@dataclass(frozen=True)
class Draft:
    """What somebody wants to send: ``client_id`` makes sending it twice the same as once."""

    client_id: UUID
    unit_id: UUID
    title: str
    body: str
    asks: str
    posts: tuple[str, ...]
    robots: tuple[UUID, ...] = ()


def issue(ctx: Ctx, draft: Draft) -> Circular:
    """Send a circular to the holders of posts in a body and all under it.

    Raises Refused for empty or long words and when nobody holds these posts, Denied or NotFound
    for a body one may not write to. One that asks to be confirmed is an entry of the ledger.
    """
    units.get(ctx, draft.unit_id, ACTION)
    if known := Circular.objects.filter(pk=draft.client_id).first():
        return _mine(ctx, known)
    _check(draft)
    told = recipients(ctx, draft.unit_id, draft.posts)
    told.pop(_sender(ctx), None)
    if not told:
        raise Refused(
            "没有人收得到：所选单位里没有人担任这些岗位",
            field="posts",
            remedy="换一个范围或多选几个岗位；岗位空缺的，先在人员里任职",
        )
    try:
        with transaction.atomic():
            return _issued(ctx, draft, told)
    except IntegrityError:
        return _mine(ctx, Circular.objects.get(pk=draft.client_id))


def _sender(ctx: Ctx) -> UUID:
    if ctx.actor_id is None:
        raise Refused("通知单要由人发出", remedy="请登录后再发")
    return ctx.actor_id


def _mine(ctx: Ctx, known: Circular) -> Circular:
    if known.sender_id != ctx.actor_id:
        raise Conflict("这个编号已被别的通知单用过", remedy="请重新打开页面再发")
    return known


def _check(draft: Draft) -> None:
    if not draft.title.strip():
        raise Refused("没有标题", field="title", remedy="写一句话说明要对方做什么")
    for words, most, field in ((draft.title, TITLE, "title"), (draft.body, BODY, "body")):
        if len(words) > most:
            raise Refused(f"超过 {most} 字", field=field, remedy="请缩短，细节放到附件或会上")
    if not draft.posts:
        raise Refused("没有选岗位", field="posts", remedy="至少选一个岗位")
    if draft.asks not in ("read", "confirm"):
        raise Refused("没有选要求", field="asks", remedy="选“阅读即可”或“阅读并确认”")


def recipients(ctx: Ctx, unit_id: UUID, posts: Collection[str]) -> dict[UUID, UUID]:
    """Return person → the body for which he gets it: holders and deputies, active accounts."""
    inside = set(units.subtree(unit_id, ctx.today))
    held = Holding.objects.filter(
        active_on(ctx.today), post__code__in=posts, user__is_active=True, unit_id__in=inside
    )
    stood_in = Deputy.objects.filter(
        active_on(ctx.today),
        active_on(ctx.today, "holding__"),
        holding__post__code__in=posts,
        holding__unit_id__in=inside,
        user__is_active=True,
    )
    found = dict(stood_in.order_by("pk").values_list("user_id", "holding__unit_id"))
    return found | dict(held.order_by("pk").values_list("user_id", "unit_id"))


def _issued(ctx: Ctx, draft: Draft, told: dict[UUID, UUID]) -> Circular:
    circular = Circular(
        pk=draft.client_id,
        unit_id=draft.unit_id,
        sender_id=_sender(ctx),
        title=draft.title.strip(),
        body=draft.body.strip(),
        asks=draft.asks,
        posts=",".join(draft.posts),
        created=ctx.now,
    )
    if draft.asks == "confirm":
        entry = ledger.record(
            ctx,
            kinds.ISSUED.name,
            unit_id=draft.unit_id,
            facts={"circular": circular.pk, "recipients": len(told)},
            private={"title": circular.title, "body": circular.body},
            client_id=f"circular/{circular.pk}",
        )
        circular.entry_uid = entry.uid
    circular.save(force_insert=True)
    _tell(ctx, circular, told, circular.title, f"circular/{circular.pk}")
    _to_groups(ctx, circular, draft.robots)
    return circular


def _tell(ctx: Ctx, circular: Circular, told: dict[UUID, UUID], title: str, key: str) -> int:
    by_unit: dict[UUID, list[UUID]] = {}
    for user, unit in told.items():
        by_unit.setdefault(unit, []).append(user)
    return sum(
        services.notify(
            ctx, users, TOPIC, title=title, body=circular.body,
            link=f"/notices/circulars/{circular.pk}/", key=key, circular=circular, unit_id=unit,
        )
        for unit, users in by_unit.items()
    )  # fmt: skip


def _to_groups(ctx: Ctx, circular: Circular, chosen: Collection[UUID]) -> None:
    rows = [
        Delivery(robot=robot, circular=circular, channel="robot", next_at=ctx.now, created=ctx.now)
        for robot in robots(ctx).filter(pk__in=chosen)
    ]
    Delivery.objects.bulk_create(rows)
    if rows:
        transaction.on_commit(lambda: ring("post"))


def robots(ctx: Ctx) -> QuerySet[Robot]:
    """Return the active group robots of bodies the actor may write to."""
    rows = Robot.objects.filter(active=True).select_related("unit")
    return narrow(rows, ctx.access.visible(ACTION))


def sent(ctx: Ctx) -> QuerySet[Circular]:
    """Return the circulars to bodies the actor may write to, with how many have done their part."""
    own = Q(notices__key__startswith="circular/")
    rows = Circular.objects.select_related("unit", "sender").annotate(
        told=Count("notices", filter=own),
        read=Count("notices", filter=own & Q(notices__read_at__isnull=False)),
        confirmed=Count("notices", filter=own & Q(notices__confirmed_at__isnull=False)),
    )
    return narrow(rows, ctx.access.visible(ACTION))


@dataclass(frozen=True)
class Seen:
    """A circular as one person sees it: as who got it (``notice``), as who watches it, or both."""

    circular: Circular
    notice: Notice | None
    watches: bool


def see(ctx: Ctx, circular_id: UUID) -> Seen:
    """Return a circular the actor got or may watch; NotFound otherwise."""
    circular = Circular.objects.select_related("unit", "sender").filter(pk=circular_id).first()
    if circular is None:
        raise NotFound("没有这份通知单")
    notice = _of(circular, ctx.actor_id)
    watches = circular.unit_id in ctx.access.visible(ACTION)
    if notice is None and not watches:
        raise NotFound("没有这份通知单")
    return Seen(circular, notice, watches)


def _of(circular: Circular, user_id: UUID | None) -> Notice | None:
    return _first_notices(circular).filter(user_id=user_id).first() if user_id else None


def _first_notices(circular: Circular) -> QuerySet[Notice]:
    return circular.notices.filter(key=f"circular/{circular.pk}")


def progress(circular: Circular) -> list[Notice]:
    """Return the notices of a circular with person and body, those who have done nothing first."""
    rows = _first_notices(circular).select_related("user", "unit")
    return list(
        rows.order_by(F("confirmed_at").asc(nulls_first=True), F("read_at").asc(nulls_first=True))
    )


def _open(circular: Circular) -> QuerySet[Notice]:
    rows = _first_notices(circular)
    if circular.asks == "confirm":
        return rows.filter(confirmed_at=None)
    return rows.filter(read_at=None)


def confirm(ctx: Ctx, circular_id: UUID) -> Notice:
    """Say for oneself that one has read it and will act; again changes nothing.

    NotFound unless one got it, Refused when it does not ask to be confirmed.
    """
    seen = see(ctx, circular_id)
    notice = seen.notice
    if notice is None:
        raise NotFound("这份通知单不是发给您的")
    if seen.circular.asks != "confirm":
        raise Refused("这份通知单只要求阅读，不需要确认")
    with transaction.atomic():
        fresh = Notice.objects.filter(pk=notice.pk, confirmed_at=None)
        if fresh.update(confirmed_at=ctx.now):
            # Whoever confirms has dealt with the reminders of it too.
            Notice.objects.filter(
                circular=seen.circular, user_id=notice.user_id, read_at=None
            ).update(read_at=ctx.now)
            ledger.record(
                ctx,
                kinds.CONFIRMED.name,
                unit_id=notice.unit_id,
                facts={"circular": seen.circular.pk},
                client_id=f"circular/{seen.circular.pk}/{ctx.actor_id}",
            )
    notice.refresh_from_db()
    return notice


def may_nudge_at(circular: Circular) -> datetime | None:
    """Return from when on one may nudge again; None for at once."""
    return circular.nudged_at + NUDGE_AFTER if circular.nudged_at else None


def nudge(ctx: Ctx, circular_id: UUID) -> int:
    """Remind those who have not done their part; return how many.

    At most once in ``NUDGE_AFTER`` (Conflict says when again), Denied for who only got it.
    """
    seen = see(ctx, circular_id)
    circular = seen.circular
    ctx.access.check(ACTION, circular.unit_id)
    waiting = dict(_open(circular).filter(user__is_active=True).values_list("user_id", "unit_id"))
    if not waiting:
        raise Refused("所有人都已完成，不用再催")
    with transaction.atomic():
        quiet = Q(nudged_at=None) | Q(nudged_at__lte=ctx.now - NUDGE_AFTER)
        if not Circular.objects.filter(quiet, pk=circular.pk).update(
            nudged_at=ctx.now, nudges=F("nudges") + 1
        ):
            raise Conflict("刚刚催办过", remedy="同一份通知单 4 小时内只催一次，请稍后再催")
        circular.refresh_from_db()
        key = f"nudge/{circular.pk}/{circular.nudges}"
        return _tell(ctx, circular, waiting, f"催办：{circular.title}"[:120], key)


def posts() -> list[tuple[str, str]]:
    """Return the posts one may write to, as (code, title)."""
    known = PostType.objects.values_list("code", "title", "level")
    # Those one writes to every day come first, the bureau's own posts last.
    ordered = sorted(known, key=lambda one: (_FIRST.get(one[0], 9), one[2] != "unit", one[1]))
    return [(code, title) for code, title, _level in ordered]
