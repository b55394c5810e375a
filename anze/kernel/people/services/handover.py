"""Handing a post over (岗位移交), with or without moving the person to another one (调动)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.people import burdens, kinds
from anze.kernel.people.models import Holding
from anze.kernel.people.services.base import ALONE, Two, check_alone, check_post_action
from anze.kernel.people.services.posts import (
    enact_end,
    enact_post,
    get_holding,
    get_post_type,
)


@dataclass(frozen=True)
class HandOver:
    """From ``day`` on ``successor`` holds the post, and who held it the post ``to`` if given."""

    holding_id: UUID
    day: date
    successor_id: UUID | None = None
    to_unit: UUID | None = None
    to_post: str = ""


@dataclass(frozen=True)
class HandedOver:
    """What came of it: ``open`` counts the work that passes on."""

    left: Holding
    taken: Holding | None
    moved: Holding | None
    open: int


@transaction.atomic
def hand_over(ctx: Ctx, asked: HandOver) -> HandedOver:
    """End a holding and begin those of the successor and of the person moved, on one day.

    The actor needs the permission for every post concerned. Raises Refused when successor and
    person are the same, or nothing would change.
    """
    holding = get_holding(asked.holding_id)
    for role, unit in touched(holding, asked):
        check_post_action(ctx, role, unit)
        check_alone(ctx, role)
    return enact_hand_over(ctx, ALONE, asked)


def touched(holding: Holding, asked: HandOver) -> list[tuple[str, UUID]]:
    """Return the roles and bodies a hand-over is about: both have to be the actor's to give."""
    found = [(holding.post.role, holding.unit_id)]
    if asked.to_unit and asked.to_post:
        found.append((get_post_type(asked.to_post).role, asked.to_unit))
    return found


def enact_hand_over(ctx: Ctx, two: Two, asked: HandOver) -> HandedOver:
    """Carry out a hand-over that has been allowed."""
    holding = get_holding(asked.holding_id)
    _check(holding, asked)
    passing = burdens.open_for(ctx, holding.unit_id, holding.post_id)
    enact_end(ctx, two, holding, asked.day)
    taken = _taken(ctx, two, holding, asked)
    moved = _moved(ctx, two, holding, asked)
    facts = {
        "holding": holding.pk,
        "person": holding.user_id,
        "post": holding.post_id,
        "since": asked.day,
        "successor": asked.successor_id,
        "successor_holding": taken.pk if taken else None,
        "to_holding": moved.pk if moved else None,
        "open": passing,
        **two.facts,
    }
    ledger.record(ctx, kinds.HANDED_OVER.name, unit_id=holding.unit_id, facts=facts)
    return HandedOver(holding, taken, moved, passing)


def _check(holding: Holding, asked: HandOver) -> None:
    if asked.successor_id == holding.user_id:
        raise Refused("接手人不能是移交人本人", field="successor")
    if bool(asked.to_unit) != bool(asked.to_post):
        raise Refused("调往的单位和岗位要一起选", field="to_post")
    if (asked.to_unit, asked.to_post) == (holding.unit_id, holding.post_id):
        raise Refused("调往的岗位就是现在的岗位", field="to_post")
    if asked.day < holding.valid_from:
        raise Refused("移交日早于任职日", field="day")
    if holding.valid_to is not None and holding.valid_to <= asked.day:
        raise Refused("这个任职在移交日之前已经结束", field="day", remedy="请核对任职的起止日")


def _taken(ctx: Ctx, two: Two, holding: Holding, asked: HandOver) -> Holding | None:
    if asked.successor_id is None:
        return None
    return enact_post(
        ctx, two, asked.successor_id, unit_id=holding.unit_id, post=holding.post_id,
        since=asked.day,
    )  # fmt: skip


def _moved(ctx: Ctx, two: Two, holding: Holding, asked: HandOver) -> Holding | None:
    if asked.to_unit is None:
        return None
    return enact_post(
        ctx, two, holding.user_id, unit_id=asked.to_unit, post=asked.to_post, since=asked.day
    )
