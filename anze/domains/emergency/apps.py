"""Wiring of the emergency room."""

from django.apps import AppConfig


class EmergencyConfig(AppConfig):
    """Emergency: kinds of entries."""

    name = "anze.domains.emergency"
    label = "emergency"
    verbose_name = "应急"

    def ready(self) -> None:
        """Register the kinds."""
        from anze.domains.emergency import kinds

        kinds.register()
