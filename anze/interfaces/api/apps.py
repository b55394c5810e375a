from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "anze.interfaces.api"
    label = "api"
    verbose_name = "接口"
