"""Wiring of the ledger room."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    """The ledger: lowest room with tables; knows units and people as plain ids only."""

    name = "anze.kernel.ledger"
    label = "ledger"
    verbose_name = "存证"

    def ready(self) -> None:
        """Register the ledger's own kinds, its checks, and the guards made after each migration."""
        from anze.kernel.ledger import checks, guards, kinds  # noqa: F401

        kinds.register_own()
        post_migrate.connect(guards.after_migrate, sender=self)
