"""Sending what is due, and keeping what became of it.

A sender takes a row by putting its next time off (guarded by the count of attempts), sends outside
any transaction, then settles it. Killed in between, the row is due again: a person may then get a
message twice, never not at all; the services drop most of such repeats by the same key.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Case, F, Q, When

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people.channels import (
    BadAddress,
    BadContent,
    Message,
    Misconfigured,
    TryLater,
    Undelivered,
)
from anze.kernel.work import channels, planning, topics
from anze.kernel.work.channels import robots
from anze.kernel.work.channels.dingtalk import DingTalk
from anze.kernel.work.models import DUE, Delivery, DeliveryState, Notice
from anze.kernel.work.quiet import Quiet, waking
from anze.lib.secret import SecretMissing

log = logging.getLogger("anze.work")

HOLD: Final = timedelta(minutes=3)  # longer than any send takes; then another may try
ATTEMPTS: Final = 8  # with the waits below: given up after about a day
_WAITS: Final = (1, 5, 15, 60, 180, 360, 720)  # minutes
ENOUGH: Final = 3  # failures in a row, and a channel rests
REST: Final = timedelta(minutes=5)
ROUND: Final = 100
LISTED: Final = 10  # notices named in one bundled message
ASK_FOR: Final = timedelta(days=2)

Stopping = Callable[[], bool]
Wake = Callable[[Delivery, datetime], datetime]


# Until when a channel rests. In this process only: another one finds out by itself.
_resting: dict[str, datetime] = {}


def wake_channels() -> None:
    """Let every channel be tried at once; for tests."""
    _resting.clear()


def send_due(stopping: Stopping = lambda: False) -> int:
    """Send what is due now, one round; return how many messages were tried."""
    tried = 0
    failed: Counter[str] = Counter()
    for group in _groups():
        if stopping():
            break
        channel = group[0].channel
        if failed[channel] >= ENOUGH:
            continue
        taken = [row for row in group if _take(row)]
        if not taken:
            continue
        tried += 1
        failed[channel] = 0 if _attempt(taken) else failed[channel] + 1
        if failed[channel] >= ENOUGH:
            _resting[channel] = clock.now() + REST
    return tried


def _groups() -> Iterator[list[Delivery]]:
    """Yield what is due: bundled rows of one person and channel together, the others alone.

    Alarms come first, and do not wait for a channel that rests.
    """
    now = clock.now()
    alarms = [topic.code for topic in topics.all_topics() if topic.urgency == "alarm"]
    rows = Delivery.objects.filter(state__in=DUE, next_at__lte=now).alias(
        rank=Case(When(notice__topic__in=alarms, then=0), default=1)
    )
    rows = rows.exclude(rank=1, channel__in=[code for code, at in _resting.items() if at > now])
    chosen = rows.select_related("notice__user", "robot", "circular")
    chosen = chosen.order_by("rank", "next_at", "id")
    groups: dict[object, list[Delivery]] = defaultdict(list)
    for row in _awake(list(chosen[:ROUND])):
        together = (row.notice.user_id, row.channel) if row.bundled and row.notice else row.pk
        groups[together].append(row)
    for key, group in groups.items():
        if isinstance(key, tuple):
            known = {row.pk for row in group}
            more = chosen.filter(notice__user_id=key[0], channel=key[1], bundled=True)
            group += [row for row in more[:ROUND] if row.pk not in known]
        yield group


def _awake(rows: Sequence[Delivery]) -> list[Delivery]:
    """Return the rows that may go out now, and put the others off to the morning, as one message.

    Asked when sending: whatever brought a message here at night, somebody's click or a house that
    was closed, its person is left in peace.
    """
    now, wake, found = clock.now(), _waking(rows), []
    for row in rows:
        if (when := wake(row, now)) == now:
            found.append(row)
        else:
            mine = Delivery.objects.filter(pk=row.pk, state__in=DUE, attempts=row.attempts)
            mine.update(next_at=when, bundled=True)
    return found


def _waking(rows: Sequence[Delivery]) -> Wake:
    """Return what tells from when on one of these rows may go out; groups and alarms always."""
    users = {row.notice.user_id for row in rows if row.notice and not _is_alarm(row.notice)}
    quiet = planning.quiet_of(users) if users else {}
    workdays = planning.workdays(Ctx.system(), users) if users else {}

    def wake(row: Delivery, at: datetime) -> datetime:
        if row.notice is None or _is_alarm(row.notice):
            return at
        user = row.notice.user_id
        return waking(at, quiet.get(user, Quiet()), workdays[user])

    return wake


def _is_alarm(notice: Notice) -> bool:
    return topics.get(notice.topic).urgency == "alarm"


def _take(row: Delivery) -> bool:
    """Take a row for ``HOLD``; drop it when it need not go out any more."""
    mine = Delivery.objects.filter(pk=row.pk, state__in=DUE, attempts=row.attempts)
    if reason := _needless(row):
        mine.update(state=DeliveryState.SUPPRESSED, error=reason, next_at=None)
        return False
    taken = mine.filter(next_at__lte=clock.now()).update(
        attempts=F("attempts") + 1, next_at=clock.now() + HOLD
    )
    row.attempts += 1
    return bool(taken)


def _needless(row: Delivery) -> str:
    if row.notice is None:
        return "" if row.robot and row.robot.active else "这个群机器人已停用。"
    if not row.notice.user.is_active:
        return "账号已停用。"
    # Who has read it already is not told again; an alarm is never held back.
    if row.notice.read_at and not _is_alarm(row.notice):
        return "发送前已在平台上读过。"
    return ""


def _attempt(rows: Sequence[Delivery]) -> bool:
    """Send one message for these rows and settle them; False when the channel itself failed."""
    try:
        said = _send(rows)
    except Undelivered as refusal:
        _settle_refused(rows, refusal)
        return not isinstance(refusal, TryLater)
    except SecretMissing as missing:
        log.error("a channel is not set up: %s", missing)
        _settle_refused(rows, Misconfigured("密钥没有设置，请系统管理员补上。", "secret"))
        return False
    except Exception:
        log.exception("sending by %s failed", rows[0].channel)
        _settle_refused(rows, TryLater("系统出了问题，稍后自动重试；错误已记入日志。", "bug"))
        return False
    for row in rows:
        # The answer of the service is what the row is settled with, whoever holds it by now.
        Delivery.objects.filter(pk=row.pk, state__in=DUE).update(
            state=DeliveryState.SENT,
            provider_id=said,
            sent_at=clock.now(),
            next_at=_ask_at(row.channel),
            code="",
            error="",
        )
    return True


def _ask_at(channel: str) -> object:
    return clock.now() + timedelta(minutes=2) if channel == "dingtalk" else None


def _send(rows: Sequence[Delivery]) -> str:
    first = rows[0]
    if first.robot:
        assert first.circular is not None
        return robots.say(first.robot.kind, first.robot.slot, _to_group(first))
    assert first.notice is not None
    user = first.notice.user
    address = channels.addresses([user.pk]).get((user.pk, first.channel))
    if not address:
        raise BadAddress("联系方式已被删除。请本人在“我的通知设置”重新填写。", "no_address")
    message = _one(first, address) if len(rows) == 1 else _many(rows, address)
    return channels.make(first.channel).send(message)


def absolute(path: str) -> str:
    """Return a path of this site as an address, or nothing when the site's name is not set."""
    site = str(settings.ANZE_CHANNELS["site"])
    return f"{site}{path}" if site and path else ""


def _one(row: Delivery, address: str) -> Message:
    notice = row.notice
    assert notice is not None
    body = notice.body or notice.title
    return Message(
        to=address,
        title=notice.title,
        text=body,
        link=absolute(f"/notices/{notice.pk}/"),
        key=str(row.pk),
        variables={"title": notice.title, "count": "1"},
    )


def _many(rows: Sequence[Delivery], address: str) -> Message:
    """Return one message that names the notices that came together."""
    titles = [row.notice.title for row in rows if row.notice]
    listed = [f"{n}. {title}" for n, title in enumerate(titles[:LISTED], 1)]
    if len(titles) > LISTED:
        listed.append(f"……另有 {len(titles) - LISTED} 条，请到平台查看。")
    return Message(
        to=address,
        title=f"您有 {len(titles)} 条新通知",
        text="\n".join(listed),
        link=absolute("/notices/"),
        key=f"{rows[0].pk}+{len(rows)}",
        variables={"title": titles[0], "count": str(len(titles))},
    )


def _to_group(row: Delivery) -> Message:
    circular = row.circular
    assert circular is not None
    link = absolute(f"/notices/circulars/{circular.pk}/")
    return Message(to="", title=circular.title, text=circular.body, link=link, key=str(row.pk))


def _settle_refused(rows: Sequence[Delivery], refusal: Undelivered) -> None:
    wake = _waking(rows)
    for row in rows:
        mine = Delivery.objects.filter(pk=row.pk, state__in=DUE, attempts=row.attempts)
        mine.update(**_refused(row, refusal, wake))


def _refused(row: Delivery, refusal: Undelivered, wake: Wake) -> dict[str, object]:
    """Return what a row becomes: tried again when its person may be told, or given up."""
    final = isinstance(refusal, BadAddress | BadContent) or row.attempts >= ATTEMPTS
    at = clock.now() + _wait(row.attempts)
    return {
        "state": DeliveryState.PERMANENT if final else DeliveryState.RETRY,
        "next_at": None if final else wake(row, at),
        "code": refusal.code[:60],
        "error": refusal.said[:300],
    }


def _wait(attempts: int) -> timedelta:
    return timedelta(minutes=_WAITS[min(attempts, len(_WAITS)) - 1])


def ask_for_receipts(stopping: Stopping = lambda: False) -> int:
    """Ask DingTalk what became of what it took; return how many rows learnt something."""
    now = clock.now()
    sent = Q(state=DeliveryState.SENT, channel="dingtalk", next_at__lte=now)
    rows = Delivery.objects.filter(sent, notice__isnull=False).select_related("notice__user")
    learnt = 0
    for row in rows.order_by("next_at")[:ROUND]:
        if stopping():
            break
        learnt += _ask(row)
    return learnt


def _ask(row: Delivery) -> bool:
    assert row.notice is not None
    user = row.notice.user_id
    mine = Delivery.objects.filter(
        pk=row.pk, state=DeliveryState.SENT, attempts=row.attempts, provider_id=row.provider_id
    )
    again = clock.now() + timedelta(minutes=30)
    expired = row.sent_at is None or clock.now() > row.sent_at + ASK_FOR
    if not mine.update(next_at=None if expired else again) or expired:
        return False
    address = channels.addresses([user]).get((user, "dingtalk"), "")
    try:
        found = DingTalk().result(row.provider_id, address)
    except (BadAddress, BadContent) as refusal:
        return bool(mine.update(**_refused(row, refusal, _waking([row]))))
    except (TryLater, SecretMissing):
        return False
    if found.outcome == "pending":
        return False
    if found.outcome == "failed":
        lost = TryLater(found.said, found.code)
        return bool(mine.update(**_refused(row, lost, _waking([row]))))
    return bool(mine.update(state=DeliveryState.RECEIPT, receipt_at=clock.now(), next_at=None))
