from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "anze.interfaces.console"
    label = "console"
    verbose_name = "控制台"

    def ready(self) -> None:
        from anze.interfaces.console import kinds

        kinds.register_own()
