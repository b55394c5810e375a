"""Wiring of the people room."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """People: accounts, posts, roles, access, sign-in."""

    name = "anze.kernel.people"
    label = "people"
    verbose_name = "人员"
