"""Wiring of the web room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The room of base templates and components; it has no tables."""

    name = "anze.kernel.web"
    label = "web"
    verbose_name = "页面"
