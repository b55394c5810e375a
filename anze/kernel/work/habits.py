"""我的通知设置: by which address, which channel for which topic, when not."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.people.models import User
from anze.kernel.work import channels, topics
from anze.kernel.work.models import Contact, Habit, Preference
from anze.kernel.work.quiet import Quiet

OWN: Final = {"email": "邮箱", "wecom": "企业微信 userid", "dingtalk": "钉钉 userid"}
_USERID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}\Z")


@dataclass(frozen=True)
class Line:
    """A topic on the settings page: what is switched on, and whether that may be changed."""

    topic: topics.Topic
    cells: list[tuple[str, bool]]


@dataclass(frozen=True)
class Settings:
    """All that the settings page shows. ``channels`` are those this house has set."""

    quiet: Quiet
    contacts: dict[str, str]
    phone: str
    channels: list[tuple[str, str]]
    lines: list[Line] = field(default_factory=list)


def settings_of(ctx: Ctx) -> Settings:
    """Return the actor's settings; NotFound without an actor. Four queries."""
    user = _actor(ctx)
    row = Habit.objects.filter(user=user).first()
    quiet = Quiet(row.quiet_from, row.quiet_to, row.digest) if row else Quiet()
    contacts = dict(Contact.objects.filter(user=user).values_list("channel", "address"))
    wishes = {
        (topic, channel): wanted
        for topic, channel, wanted in Preference.objects.filter(user=user).values_list(
            "topic", "channel", "wanted"
        )
    }
    open_now = channels.available()
    lines = [
        Line(one, [(code, wishes.get((one.code, code), code in one.channels)) for code in open_now])
        for one in topics.all_topics()
    ]
    named = [(code, topics.CHANNELS[code]) for code in open_now]
    return Settings(quiet, contacts, user.phone or "", named, lines)


def save(
    ctx: Ctx, *, quiet: Quiet, contacts: Mapping[str, str], chosen: Collection[tuple[str, str]]
) -> None:
    """Keep the actor's settings; ``chosen`` are the (topic, channel) that are switched on.

    Raises Refused, naming the field, for an address that cannot be one. What must not be switched
    off stays on; only differences from the default are kept, so that better defaults reach people.
    """
    user = _actor(ctx)
    clean = {code: _address(code, contacts.get(code, "").strip()) for code in OWN}
    with transaction.atomic():
        for code, address in clean.items():
            Contact.objects.update_or_create(user=user, channel=code, defaults={"address": address})
        Habit.objects.update_or_create(
            user=user,
            defaults={
                "quiet_from": quiet.start,
                "quiet_to": quiet.end,
                "digest": quiet.digest,
            },
        )
        _keep_wishes(user.pk, set(chosen))


def _keep_wishes(user: UUID, chosen: set[tuple[str, str]]) -> None:
    open_now = channels.available()
    Preference.objects.filter(user_id=user, channel__in=open_now).delete()
    Preference.objects.bulk_create(
        Preference(user_id=user, topic=one.code, channel=code, wanted=(one.code, code) in chosen)
        for one in topics.all_topics()
        for code in open_now
        if ((one.code, code) in chosen) != (code in one.channels)
        and not (one.fixed and code in one.channels)
    )


def _address(code: str, typed: str) -> str:
    if not typed:
        return ""
    if code == "email":
        try:
            validate_email(typed)
        except ValidationError:
            raise Refused(
                "邮箱地址写法不对", field="email", where=typed[:60], remedy="例如 lin@example.cn"
            ) from None
    elif not _USERID.match(typed):
        raise Refused(
            f"{OWN[code]}写法不对",
            field=code,
            where=typed[:60],
            remedy="只含字母、数字和 _ - @ .，不超过 64 位；在通讯录里查看“账号”",
        )
    return typed[:200]


def clock_time(text: str, where: str) -> time:
    """Return a time of day typed as ``21:30``; Refused, naming the field, for anything else."""
    try:
        return time.fromisoformat(text.strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise Refused("时间写法不对", field=where, remedy="例如 21:30") from None


def _actor(ctx: Ctx) -> User:
    user = User.objects.filter(pk=ctx.actor_id).first() if ctx.actor_id else None
    if user is None:
        raise NotFound("请先登录")
    return user
