"""The ways to one person, by their codes in ``topics.CHANNELS``, as far as this house has them set.

Each is a ``people.channels.Channel``. Addresses: the phone from the person, the rest ``Contact``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from django.conf import settings

from anze.kernel.people.channels import Channel
from anze.kernel.people.channels import channel as sms_channel
from anze.kernel.people.models import User
from anze.kernel.work.channels.dingtalk import DingTalk
from anze.kernel.work.channels.email import Email
from anze.kernel.work.channels.wecom import WeCom
from anze.kernel.work.models import Contact

_MAKERS: dict[str, Callable[[], Channel]] = {
    "wecom": WeCom,
    "dingtalk": DingTalk,
    "email": Email,
    "sms": sms_channel,
}
_CONSOLE = "anze.kernel.people.channels.ConsoleChannel"


def is_set(code: str) -> bool:
    """Tell whether this house can send by a channel."""
    config = settings.ANZE_CHANNELS.get(code, {})
    if code == "sms":
        # Codes may be printed for trying out; notices are never printed.
        if settings.ANZE_SMS_CHANNEL == _CONSOLE:
            return False
        return not settings.ANZE_SMS_CHANNEL.startswith("anze.kernel.people.sms.") or bool(
            config["key"] and config["templates"]["notice"]
        )
    needed = {"wecom": "corp", "dingtalk": "key", "email": "host"}
    return bool(config.get(needed.get(code, ""), ""))


def available() -> list[str]:
    """Return the codes of the channels this house has set."""
    return [code for code in _MAKERS if is_set(code)]


def make(code: str) -> Channel:
    """Return the channel of a code; ``KeyError`` for one there is not."""
    return _MAKERS[code]()


def addresses(user_ids: Collection[UUID]) -> dict[tuple[UUID, str], str]:
    """Return (person, channel) → address. Two queries."""
    rows = Contact.objects.filter(user_id__in=user_ids).exclude(address="")
    found = {(row.user_id, row.channel): row.address for row in rows}
    phones = User.objects.filter(pk__in=user_ids, phone__isnull=False)
    found |= {(pk, "sms"): phone for pk, phone in phones.values_list("pk", "phone") if phone}
    return found
