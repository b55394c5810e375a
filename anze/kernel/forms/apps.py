"""Wiring of the forms room."""

from django.apps import AppConfig


class FormsConfig(AppConfig):
    """Pack-defined forms."""

    name = "anze.kernel.forms"
    label = "forms"
    verbose_name = "登记"

    def ready(self) -> None:
        """Let the ledger find the kinds that forms define."""
        from anze.kernel.forms import definitions
        from anze.kernel.ledger import kinds

        kinds.add_resolver(definitions.find_kind)
