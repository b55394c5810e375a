"""A reminder (催办) becomes a notice to whoever answers for the duty."""

from __future__ import annotations

from anze.engines.duties.services import Reminded
from anze.kernel.work import services as work
from anze.kernel.work.topics import Topic

TOPIC = Topic(
    "duties.reminded",
    "催办",
    "normal",
    ("wecom", "dingtalk", "email"),
    "承担该项履职的岗位；无人任职时为单位负责人",
)


def tell_holders(news: Reminded) -> None:
    """Tell the people the engine named."""
    work.notify(
        news.ctx,
        news.people,
        TOPIC.code,
        title=f"催办：{news.title}",
        body="这一项还没有完成记录，请尽快办理。已经办过的，登记后自动计入，不用另行回复。",
        link=news.link,
        key=f"reminded/{news.entry_uid}",
        unit_id=news.unit_id,
    )
