"""Topics of notices: what each is called, how much it presses, and by which channels it goes.

A room registers its topics in ``ready()``. The channels named here are the default matrix; people
change it for themselves on 我的通知设置, but a pressing topic cannot be switched off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Urgency = Literal["alarm", "normal", "calm"]

# In-app is no channel here: every notice is a row of the inbox.
CHANNELS: Final[dict[str, str]] = {
    "wecom": "企业微信",
    "dingtalk": "钉钉",
    "email": "电子邮件",
    "sms": "短信",
}
_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+\Z")


@dataclass(frozen=True)
class Topic:
    """A kind of notice.

    ``alarm`` goes at once, at night too; ``normal`` waits for the morning of a working day;
    ``calm`` is gathered into one message a day. ``audience`` says in words who gets it.
    """

    code: str
    label: str
    urgency: Urgency = "normal"
    channels: tuple[str, ...] = ()
    audience: str = ""

    @property
    def fixed(self) -> bool:
        """Whether people may not switch it off."""
        return self.urgency == "alarm"


_topics: dict[str, Topic] = {}


def register(*topics: Topic) -> None:
    """Make topics known; ``ValueError`` for a bad code, channel, or another topic of that code."""
    for topic in topics:
        check(topic.code)
        if unknown := set(topic.channels) - set(CHANNELS):
            raise ValueError(f"topic {topic.code}: no channel {', '.join(sorted(unknown))}")
        if _topics.setdefault(topic.code, topic) != topic:
            raise ValueError(f"topic {topic.code} is registered twice")


def check(code: str) -> None:
    """Raise ``ValueError`` for what is no topic's code."""
    if not _CODE.match(code) or len(code) > 60:
        raise ValueError(f"{code!r} is not a topic: write it like 'duties.overdue'")


def get(code: str) -> Topic:
    """Return the topic; one that no room registered stays in the inbox only."""
    return _topics.get(code) or Topic(code, "其他通知", "calm")


def all_topics() -> list[Topic]:
    """Return the registered topics, the pressing first."""
    order = ("alarm", "normal", "calm")
    return sorted(_topics.values(), key=lambda one: (order.index(one.urgency), one.label))
