from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "anze.interfaces.console"
    label = "console"
    verbose_name = "控制台"
