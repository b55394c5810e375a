"""Wiring of the organisation room."""

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    """Organisation: kinds of entries."""

    name = "anze.domains.organisation"
    label = "organisation"
    verbose_name = "组织领导"

    def ready(self) -> None:
        """Register the kinds."""
        from anze.domains.organisation import kinds

        kinds.register()
