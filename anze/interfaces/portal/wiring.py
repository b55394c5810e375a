"""What the portal connects on start: its menu, and who is told of a reminder."""

from __future__ import annotations

from anze.engines.duties.services import Reminded
from anze.interfaces.portal import mine, reminders
from anze.kernel.bus.events import listen
from anze.kernel.web import nav
from anze.kernel.work import selectors as notices

MENU = (
    nav.Entry(
        "home",
        "今天",
        "home",
        "portal:home",
        group="work",
        order=10,
        dock=True,
        count=mine.open_count,
    ),
    nav.Entry("forms", "登记", "edit", "forms:index", "duties.record", order=20, dock=True),
    nav.Entry("notices", "通知", "bell", "work:inbox", "account", order=30, count=notices.unread),
    nav.Entry("units", "单位", "school", "portal:units", "units.view", order=40, dock=True),
    nav.Entry(
        "plan", "方案看板", "layout-board", "portal:plan", "board.view", "oversee", 10, True, "看板"
    ),
    nav.Entry("heat", "履职热力图", "grid-dots", "portal:heat", "board.view", "oversee", 20),
    nav.Entry("late", "谁还没报", "speakerphone", "portal:late", "duties.remind", "oversee", 30),
    nav.Entry("duties", "履职事项", "checklist", "portal:duties", "duties.view", "record", 20),
    nav.Entry("ledger", "存证", "shield-check", "portal:ledger", "", "record", 40),
    nav.Entry("packs", "制度包", "book", "portal:packs", "packs.view", "record", 50),
    nav.Entry(
        "exchange", "导入导出", "file-spreadsheet", "exchange:index", "exchange.import", "system"
    ),
)


def connect() -> None:
    """Register everything; called once from ``ready()``."""
    nav.register(*MENU)
    listen(Reminded, reminders.tell_holders)
