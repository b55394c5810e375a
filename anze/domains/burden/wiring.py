"""What this room connects on start."""

from __future__ import annotations

from datetime import timedelta

from anze.domains.burden import kinds, reconcile, seen
from anze.domains.burden.listings import collections as lists
from anze.domains.burden.selectors import suggestions, tasks
from anze.domains.burden.services import answers
from anze.domains.burden.services import suggestions as suggestion_services
from anze.domains.burden.services import tasks as task_services
from anze.kernel.ledger import reconcile as ledger_reconcile
from anze.kernel.web import nav
from anze.kernel.web.bulk import registry as bulk
from anze.kernel.work import jobs, mine, sweep, topics

MENU = (
    nav.Entry(
        "collections", "临时报表", "clipboard-list", "burden:tasks", "burden.collect",
        "oversee", 50, count=tasks.waiting_count,
    ),
    nav.Entry("burden", "填报负担", "chart-bar", "burden:burden", "burden.count", "oversee", 55),
    nav.Entry(
        "suggestions", "投诉建议", "message", "burden:suggestions", "burden.handle",
        "oversee", 60, count=suggestions.open_count,
    ),
)  # fmt: skip


def connect() -> None:
    """Register everything; called once from ``ready()``."""
    kinds.register()
    topics.register(suggestion_services.TOPIC, task_services.TOPIC, answers.TOPIC)
    nav.register(*MENU)
    nav.add_foot(nav.Foot("say", "投诉建议", "burden:say", "burden.say"))
    seen.teach("forms:fill", seen.form_shown)
    jobs.register(task_services.FAN_OUT, answers.fan_out)
    sweep.register("burden.ends", task_services.end_due, every=timedelta(hours=1))
    mine.register("burden", tasks.waiting)
    bulk.open_list(bulk.OpenList("collections-late", "burden:late", tasks.COLLECT, lists.make_late))
    bulk.offer("collections-late", lists.REMIND)
    ledger_reconcile.register("burden", reconcile.drift)
