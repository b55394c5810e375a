from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "anze.interfaces.health"
    label = "health"
    verbose_name = "运行状况"
