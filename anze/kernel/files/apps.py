"""Wiring of the files room."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Content-addressed files."""

    name = "anze.kernel.files"
    label = "files"
    verbose_name = "材料"
