"""Wiring of the units room."""

from django.apps import AppConfig


class UnitsConfig(AppConfig):
    """Units: the tree of bodies, dated."""

    name = "anze.kernel.units"
    label = "units"
    verbose_name = "单位"

    def ready(self) -> None:
        """Make the kinds of this room known to the ledger."""
        from anze.kernel.units import kinds

        kinds.register()
