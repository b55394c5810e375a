"""Wiring of the forms room."""

from django.apps import AppConfig


class FormsConfig(AppConfig):
    """Pack-defined forms."""

    name = "anze.kernel.forms"
    label = "forms"
    verbose_name = "登记"

    def ready(self) -> None:
        """Let the ledger find the kinds that forms define, and forms be taken along."""
        from anze.kernel.forms import definitions, offline
        from anze.kernel.ledger import kinds
        from anze.kernel.outbox import shell, works

        kinds.add_resolver(definitions.find_kind)
        works.register(offline.WORK)
        shell.add("forms/fill.css", "forms/fill.js")
