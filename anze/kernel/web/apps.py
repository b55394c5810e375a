"""Wiring of the web room."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The room of base templates, components, kept filters and bulk actions."""

    name = "anze.kernel.web"
    label = "web"
    verbose_name = "页面"

    def ready(self) -> None:
        """Register long runs, their forgetting, the list of notices, what phones keep of us."""
        from anze.kernel.outbox import shell
        from anze.kernel.web import notices
        from anze.kernel.web.bulk import services
        from anze.kernel.work import jobs, sweep

        jobs.register(services.JOB, services.run_job)
        sweep.register("web.bulk", services.sweep, every=timedelta(minutes=5))
        notices.connect()
        shell.add(
            "vendor/tabler/tabler.min.css",
            "vendor/icons/icons.svg",
            *(f"web/{name}.css" for name in ("anze", "parts", "forms", "listing", "print")),
            "web/anze.js",
            "web/mark.svg",
        )
