from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "anze.engines.registers"
    label = "registers"
    verbose_name = "台账"

    def ready(self) -> None:
        from anze.engines.registers import wiring

        wiring.connect()
