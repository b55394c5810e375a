from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "anze.interfaces.portal"
    label = "portal"
    verbose_name = "门户"

    def ready(self) -> None:
        from anze.interfaces.portal import wiring

        wiring.connect()
