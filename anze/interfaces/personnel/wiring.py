"""What this room puts into the menu."""

from __future__ import annotations

from anze.kernel.people.services import proposals
from anze.kernel.web import nav

MENU = (
    nav.Entry(
        "contacts", "通讯录", "message", "personnel:contacts", "contacts.view", "record", 60
    ),
    nav.Entry("people", "人员与岗位", "users", "personnel:people", "people.view", "system", 10),
    nav.Entry(
        "changes", "两人办理", "signature", "personnel:changes", "people.view", "system", 20,
        count=proposals.waiting_for,
    ),
    nav.Entry(
        "tokens", "接口令牌", "link", "personnel:tokens", "people.tokens_view", "system", 30
    ),
    nav.Entry(
        "devices", "传达室设备", "device-mobile", "personnel:devices", "people.devices", "system",
        40,
    ),
)  # fmt: skip


def connect() -> None:
    """Register the menu; called once from ``ready()``."""
    nav.register(*MENU)
