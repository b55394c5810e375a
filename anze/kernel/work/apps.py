"""Wiring of the work room."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig

DAILY = timedelta(days=1)
HOURLY = timedelta(hours=1)


class WorkConfig(AppConfig):
    """Notices and jobs; it also winds the clocks of the floors below, which know no clockwork."""

    name = "anze.kernel.work"
    label = "work"
    verbose_name = "通知与任务"

    def ready(self) -> None:
        """Register the periodic work of the ledger, the files, units, people and this room."""
        from anze.kernel.files import services as files
        from anze.kernel.ledger import sequencer, witnessing
        from anze.kernel.ledger import services as ledger
        from anze.kernel.people import signin
        from anze.kernel.units import services as units
        from anze.kernel.work import kinds, services, sweep, topics

        kinds.register()
        topics.register(
            topics.Topic(
                "notices.circular", "通知单", "normal", ("wecom", "dingtalk", "email"),
                "通知单选定的岗位",
            ),
        )  # fmt: skip
        sweep.register("ledger.number", lambda _ctx: ledger.sweep())
        sweep.register("ledger.requeue", lambda _ctx: sequencer.requeue_lost(), every=DAILY)
        sweep.register("ledger.anchor", lambda _ctx: witnessing.anchor(), every=HOURLY)
        sweep.register("files.unused", files.sweep, every=HOURLY)
        sweep.register("people.codes", signin.sweep, every=DAILY)
        sweep.register("units.settle", units.settle, every=HOURLY)
        sweep.register("work.forget", services.forget_old, every=DAILY)
