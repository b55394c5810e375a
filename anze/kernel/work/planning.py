"""From notices to deliveries: by which channels, when, and who cannot be reached at all.

It runs apart from the request that told people something. A notice that is not ``planned`` is the
row that says so, and rows of one notice and channel exist once: a kill in between loses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.people.models import Deputy, Grant, Holding, active_on
from anze.kernel.units import selectors as units
from anze.kernel.units import walk
from anze.kernel.units.models import Unit
from anze.kernel.work import channels, topics
from anze.kernel.work.models import (
    Delivery,
    DeliveryState,
    Habit,
    Notice,
    Preference,
)
from anze.kernel.work.quiet import Quiet, release

BATCH = 200
NO_ADDRESS = "没有登记联系方式（{labels}）。请本人在“我的通知设置”填写{phone}，再点重发。"


def plan(ctx: Ctx) -> int:
    """Make out the deliveries of one batch of notices; return how many notices were planned."""
    unplanned = Notice.objects.filter(planned=False).select_related("user")
    rows = list(unplanned.order_by("created", "id")[:BATCH])
    if rows:
        made = _made(ctx, rows)
        with transaction.atomic():
            Delivery.objects.bulk_create(made, ignore_conflicts=True)
            Notice.objects.filter(pk__in=[row.pk for row in rows]).update(planned=True)
    return len(rows)


@dataclass(frozen=True)
class _Known:
    """What is known of the people of one batch."""

    addresses: dict[tuple[UUID, str], str]
    quiet: dict[UUID, Quiet]
    wishes: dict[tuple[UUID, str, str], bool]
    workdays: dict[UUID, Callable[[date], bool]]


def _made(ctx: Ctx, rows: Sequence[Notice]) -> list[Delivery]:
    known = _know(ctx, {row.user_id for row in rows})
    available = channels.available()
    return [made for row in rows for made in _of(ctx, row, known, available)]


def _of(ctx: Ctx, notice: Notice, known: _Known, available: Sequence[str]) -> list[Delivery]:
    topic = topics.get(notice.topic)
    user = notice.user_id
    wanted = [code for code in available if _wants(known, user, topic, code)]
    if not wanted or not notice.user.is_active:
        return []
    reached = [code for code in wanted if (user, code) in known.addresses]
    if not reached:
        return [_unreachable(notice, wanted)]
    now = max(notice.created, ctx.now)  # it may have waited for a house that was closed
    when = release(topic, now, known.quiet.get(user, Quiet()), known.workdays[user])
    return [
        Delivery(
            notice=notice,
            channel=code,
            next_at=when.at,
            bundled=when.bundled,
            created=notice.created,
        )
        for code in reached
    ]


def _wants(known: _Known, user: UUID, topic: topics.Topic, code: str) -> bool:
    default = code in topic.channels
    return (
        default if topic.fixed and default else known.wishes.get((user, topic.code, code), default)
    )


def _unreachable(notice: Notice, wanted: Sequence[str]) -> Delivery:
    labels = "、".join(topics.CHANNELS[code] for code in wanted)
    phone = "，或请管理员补登手机号" if "sms" in wanted else ""
    return Delivery(
        notice=notice,
        channel=wanted[0],
        state=DeliveryState.PERMANENT,
        code="no_address",
        error=NO_ADDRESS.format(labels=labels, phone=phone)[:300],
        created=notice.created,
    )


def _know(ctx: Ctx, users: Collection[UUID]) -> _Known:
    wishes = {
        (row.user_id, row.topic, row.channel): row.wanted
        for row in Preference.objects.filter(user_id__in=users)
    }
    return _Known(channels.addresses(users), quiet_of(users), wishes, workdays(ctx, users))


def quiet_of(users: Collection[UUID]) -> dict[UUID, Quiet]:
    """Return person → quiet hours, of those who have set their own. One query."""
    return {
        row.user_id: Quiet(row.quiet_from, row.quiet_to, row.digest)
        for row in Habit.objects.filter(user_id__in=users)
    }


def workdays(ctx: Ctx, users: Collection[UUID]) -> dict[UUID, Callable[[date], bool]]:
    """Return person → is this a working day where he works; without a post, by statute."""
    homes = _homes(users, ctx.today)
    above = walk.up(set(homes.values()), ctx.today)

    @cache
    def by_district(district: UUID | None) -> Callable[[date], bool]:
        return units.calendar(district).is_workday

    levels = dict(Unit.objects.filter(pk__in=above).values_list("pk", "level"))
    found: dict[UUID, Callable[[date], bool]] = defaultdict(lambda: by_district(None))
    for user, home in homes.items():
        line = [(home, levels.get(home, "")), *above[home]]
        found[user] = by_district(next((pk for pk, level in line if level == "district"), None))
    return found


def _homes(users: Collection[UUID], day: date) -> dict[UUID, UUID]:
    """Return person → a unit where he acts."""
    rows = [
        *Grant.objects.filter(active_on(day), user_id__in=users).values_list("user_id", "unit_id"),
        *Deputy.objects.filter(active_on(day), user_id__in=users).values_list(
            "user_id", "holding__unit_id"
        ),
        *Holding.objects.filter(active_on(day), user_id__in=users)
        .order_by("-valid_from", "-pk")
        .values_list("user_id", "unit_id"),
    ]
    return dict(rows)
