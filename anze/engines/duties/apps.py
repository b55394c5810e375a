from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "anze.engines.duties"
    label = "duties"
    verbose_name = "履职"

    def ready(self) -> None:
        from anze.engines.duties import wiring

        wiring.connect()
