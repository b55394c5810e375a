"""Wiring of the outreach room."""

from django.apps import AppConfig


class OutreachConfig(AppConfig):
    """Outreach: kinds of entries."""

    name = "anze.domains.outreach"
    label = "outreach"
    verbose_name = "宣传教育"

    def ready(self) -> None:
        """Register the kinds."""
        from anze.domains.outreach import kinds

        kinds.register()
