"""Wiring of the documents room."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """One shape, written as Word and PDF, numbered, and verified by anybody."""

    name = "anze.kernel.documents"
    label = "documents"
    verbose_name = "公文"

    def ready(self) -> None:
        """Register the kinds of entry, the jobs, and the taking up of what was left halfway."""
        from anze.kernel.documents import kinds, making, services
        from anze.kernel.work import jobs, sweep, topics

        kinds.register()
        topics.register(making.TOPIC)
        jobs.register(services.MAKE, making.make)
        jobs.register(services.FINISH, making.finish)
        sweep.register("documents.left", making.take_up, every=timedelta(minutes=5))
