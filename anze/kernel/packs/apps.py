"""Wiring of the packs room."""

from __future__ import annotations

from django.apps import AppConfig


class PacksConfig(AppConfig):
    """Packs: policy as versioned data."""

    name = "anze.kernel.packs"
    label = "packs"
    verbose_name = "制度包"

    def ready(self) -> None:
        """Register the kinds of entry of this room."""
        from anze.kernel.packs import kinds

        kinds.register_own()
