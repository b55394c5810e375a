"""Whether the phone's word about when it captured something may be believed. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

SKEW = timedelta(minutes=5)
DOUBTS = {
    "missing": "手机没有说明采集时间",
    "before_issue": "采集时间早于随身包发出时间",
    "after_expiry": "采集时间晚于随身包有效期",
    "after_receipt": "采集时间晚于收到时间",
    "clock_off": "手机时钟与服务器相差超过 5 分钟",
}


def doubt(
    captured: datetime | None,
    sent: datetime | None,
    *,
    issued: datetime,
    expires: datetime,
    now: datetime,
) -> str:
    """Return why a capture is not believed (a key of ``DOUBTS``), empty if it is.

    ``captured`` and ``sent`` are instants of the phone's clock, the others of the server's. Sending
    happens while the server is listening, so there the two clocks can be compared; a phone without
    ``sent`` is not believed either. A clock put right between the two shows in ``captured`` itself
    unless it stays inside the packet's time, which is what a packet grants.
    """
    if captured is None or sent is None:
        return "missing"
    if abs(sent - now) > SKEW:
        return "clock_off"
    if captured < issued:
        return "before_issue"
    if captured > now:
        return "after_receipt"
    return "after_expiry" if captured > expires else ""
