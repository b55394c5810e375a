"""Wiring of the outbox room."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Packets and what comes back by them."""

    name = "anze.kernel.outbox"
    label = "outbox"
    verbose_name = "离线上报"

    def ready(self) -> None:
        """Register the kinds of entries, files to hold, and the forgetting of what is not whole."""
        from anze.kernel.files import services as files
        from anze.kernel.outbox import kinds, selectors, sweeping
        from anze.kernel.work import sweep

        kinds.register()
        files.hold(selectors.waiting_files)
        sweep.register("outbox.forget", sweeping.forget, every=timedelta(hours=1))
