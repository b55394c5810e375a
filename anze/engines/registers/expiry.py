"""Tells people what ends soon: one notice per body and day, however many things it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from anze.engines.registers.models import IN_USE, NEVER, Told
from anze.engines.registers.spec import RegisterSpec, all_specs
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import selectors as people
from anze.kernel.units.bodies import homes_of
from anze.kernel.work import services as work
from anze.kernel.work.topics import Topic

TOPIC = Topic(
    "registers.ending", "设施设备有效期将满", "normal", ("wecom", "dingtalk"), "管这本台账的岗位"
)
CATCH_UP = 7  # days a server may have slept and still tell of each step
NAMED = 5

Lines = dict[UUID, list[str]]


def tell(ctx: Ctx) -> int:
    """Tell the holders of the posts of each register what ends in 30, 7 and 0 days; how many.

    Runs once a day; days on which nobody ran it are made up for.
    """
    by_posts: dict[tuple[str, ...], list[RegisterSpec]] = defaultdict(list)
    for spec in all_specs():
        by_posts[tuple(sorted(spec.tell))].append(spec)
    return sum(_tell_posts(ctx, posts, specs) for posts, specs in by_posts.items())


@transaction.atomic
def _tell_posts(ctx: Ctx, posts: tuple[str, ...], specs: list[RegisterSpec]) -> int:
    """Tell the same posts what ends in the registers they keep, and remember that they know."""
    lines: Lines = defaultdict(list)
    for spec in specs:
        since = _last(spec, ctx.today)
        if since >= ctx.today:
            continue
        for unit_id, line in _ending(spec, since, ctx.today):
            lines[unit_id].append(line)
        Told.objects.update_or_create(register=spec.code, defaults={"day": ctx.today})
    return _send(ctx, lines, posts)


def _last(spec: RegisterSpec, today: date) -> date:
    row = Told.objects.filter(register=spec.code).first()
    return max(row.day if row else today - timedelta(days=1), today - timedelta(days=CATCH_UP))


def _ending(spec: RegisterSpec, since: date, today: date) -> list[tuple[UUID, str]]:
    """Return unit → what reaches one of its steps on a day in (since, today]."""
    found = []
    told: set[UUID] = set()
    # The nearest step first: what reached two of them while the server slept is told once.
    for lead in sorted(spec.leads):
        first, last = since + timedelta(days=lead + 1), today + timedelta(days=lead)
        rows = spec.model._default_manager.filter(
            state=IN_USE, due_on__gte=first, due_on__lte=min(last, NEVER - timedelta(days=1))
        )
        for thing in rows.order_by("due_on", "code"):
            if thing.pk not in told:
                told.add(thing.pk)
                line = f"{spec.title(thing)} {thing.code}，{thing.due_on:%Y-%m-%d} 到期"
                found.append((thing.unit_id, line))
    return found


def _send(ctx: Ctx, lines: Lines, posts: Collection[str]) -> int:
    homes = homes_of(list(lines), ctx.today)
    which = sha256(" ".join(posts).encode()).hexdigest()[:8]
    sent = 0
    for unit_id, said in sorted(lines.items()):
        told = people.with_post({unit_id}, posts, ctx.today)
        if not told and unit_id in homes:
            told = people.with_post({homes[unit_id]}, posts, ctx.today)
        more = f"；另有 {len(said) - NAMED} 件" if len(said) > NAMED else ""
        sent += work.notify(
            ctx, told, TOPIC.code,
            title=f"设施设备：{len(said)} 件有效期将满",
            body="；".join(said[:NAMED]) + more,
            link=f"/registers/?unit={unit_id}",
            key=f"{TOPIC.code}/{unit_id.hex}/{ctx.today.isoformat()}/{which}",
        )  # fmt: skip
    return sent
