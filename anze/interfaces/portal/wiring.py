"""What the portal connects on start: its menu, and who is told of a reminder."""

from __future__ import annotations

from anze.engines.duties.services import Reminded
from anze.interfaces.portal import finder, mine, papers, reminders, shown
from anze.interfaces.portal.listings import duties, late
from anze.interfaces.portal.listings.entries import EntryList
from anze.interfaces.portal.listings.units import UnitList
from anze.kernel.bus.events import listen
from anze.kernel.web import nav, palette
from anze.kernel.web.bulk import registry as bulk
from anze.kernel.work import selectors as notices
from anze.kernel.work import topics

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
    nav.Entry("outbox", "离线上报", "send", "outbox:index", "outbox.view", order=25),
    nav.Entry("notices", "通知", "bell", "work:inbox", "account", order=30, count=notices.unread),
    nav.Entry("units", "单位", "school", "portal:units", "units.view", order=40, dock=True),
    nav.Entry(
        "plan", "方案看板", "layout-board", "portal:plan", "board.view", "oversee", 10, True, "看板"
    ),
    nav.Entry("heat", "履职热力图", "grid-dots", "portal:heat", "board.view", "oversee", 20),
    nav.Entry("late", "谁还没报", "speakerphone", "portal:late", "duties.remind", "oversee", 30),
    nav.Entry("circulars", "通知单", "send", "portal:circulars", "notices.send", "oversee", 40),
    nav.Entry(
        "deliveries",
        "送达情况",
        "inbox",
        "portal:deliveries",
        "notices.deliveries",
        "system",
        60,
    ),
    nav.Entry("jobs", "后台任务", "hourglass-high", "portal:jobs", "work.jobs", "system", 70),
    nav.Entry("duties", "履职事项", "checklist", "portal:duties", "duties.view", "record", 20),
    nav.Entry("documents", "公文", "file-text", "portal:documents", "documents.view", "record", 30),
    nav.Entry("ledger", "存证", "shield-check", "portal:ledger", "", "record", 40),
    nav.Entry("packs", "制度包", "book", "portal:packs", "packs.view", "record", 50),
    nav.Entry("api", "接口说明", "file-text", "api-docs", "api.docs", "system", 90),
    nav.Entry(
        "upward", "上报表", "file-export", "exchange:upward", "exchange.export", "record", 40
    ),
    nav.Entry(
        "exchange", "导入导出", "file-spreadsheet", "exchange:index", "exchange.import", "system"
    ),
)


LISTS = (
    bulk.OpenList("units", "portal:units", "units.view", lambda _ctx, _query: UnitList()),
    bulk.OpenList("duties", "portal:duties", "duties.view", duties.make),
    bulk.OpenList("late", "portal:late", late.ACTION, late.make),
    bulk.OpenList("ledger", "portal:ledger", "portal.home", lambda _ctx, _query: EntryList()),
)


def connect() -> None:
    """Register everything; called once from ``ready()``."""
    papers.register()
    shown.register()
    nav.register(*MENU)
    for one in LISTS:
        bulk.open_list(one)
    bulk.offer("late", late.REMIND)
    palette.register("units", finder.units)
    topics.register(reminders.TOPIC)
    listen(Reminded, reminders.tell_holders)
