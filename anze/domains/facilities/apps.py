"""Wiring of the facilities room."""

from django.apps import AppConfig


class FacilitiesConfig(AppConfig):
    """Facilities: three registers, and what duties may ask of them."""

    name = "anze.domains.facilities"
    label = "facilities"
    verbose_name = "设施设备"

    def ready(self) -> None:
        """Open the registers and register what duties may ask."""
        from anze.domains.facilities import registers, validity

        registers.register()
        validity.register()
