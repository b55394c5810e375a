"""Wiring of the burden room."""

from django.apps import AppConfig


class BurdenConfig(AppConfig):
    """Suggestions, collection tasks, and the count of what is asked."""

    name = "anze.domains.burden"
    label = "burden"
    verbose_name = "减负"

    def ready(self) -> None:
        """Register kinds, menu, topics and what else this room connects."""
        from anze.domains.burden import wiring

        wiring.connect()
