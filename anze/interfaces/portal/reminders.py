"""A reminder (催办) becomes a notice to whoever holds the post at the unit."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from anze.engines.duties.services import Reminded
from anze.interfaces.portal import bodies
from anze.kernel.people import selectors as people
from anze.kernel.work import services as work

TOPIC = "duties.reminded"
HEADS = ("principal", "deputy_in_charge", "section_head", "bureau_leader")


def tell_holders(news: Reminded) -> None:
    """Tell the holders of the post; where nobody holds it, those who head the unit."""
    units = set(news.units) | set(bodies.homes_of(news.units, news.ctx.today).values())
    told = people.with_post(units, [news.post], news.ctx.today) or _heads(units, news)
    work.notify(
        news.ctx,
        told,
        TOPIC,
        title=f"催办：{news.title}",
        body="这一项还没有完成记录，请尽快办理。已经办过的，登记后自动计入，不用另行回复。",
        link=news.link,
        key=f"reminded/{news.entry_uid}",
    )


def _heads(units: Collection[UUID], news: Reminded) -> set[UUID]:
    return people.with_post(units, HEADS, news.ctx.today)
