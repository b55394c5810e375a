"""Wiring of the exchange room."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Imports in stages, templates, reports of faults."""

    name = "anze.kernel.exchange"
    label = "exchange"
    verbose_name = "导入导出"

    def ready(self) -> None:
        """Register the kind of entry an import leaves, its job, and the forgetting of old files."""
        from anze.kernel.exchange import commit, house, kinds, services, undo
        from anze.kernel.work import jobs, sweep, topics

        kinds.register()
        topics.register(topics.Topic("exchange.batch", "导入结果", "calm", (), "上传文件的人"))
        house.register()
        jobs.register(commit.JOB, commit.run_job)
        jobs.register(undo.JOB, undo.run_job)
        sweep.register("exchange.lost_undo", undo.give_back_lost)
        sweep.register("exchange.lost", services.give_back_lost)
        sweep.register("exchange.forget", services.forget_old, every=timedelta(hours=6))
