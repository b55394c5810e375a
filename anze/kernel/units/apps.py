"""Wiring of the units room."""

from django.apps import AppConfig


class UnitsConfig(AppConfig):
    """Units: the tree of bodies, dated."""

    name = "anze.kernel.units"
    label = "units"
    verbose_name = "单位"

    def ready(self) -> None:
        """Make the kinds and the reconciler of this room known to the ledger."""
        from anze.kernel.ledger import reconcile as reconcilers
        from anze.kernel.units import kinds, reconcile

        kinds.register()
        reconcilers.register(self.label, reconcile.drift)
