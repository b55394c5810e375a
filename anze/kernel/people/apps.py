"""Wiring of the people room."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """People: accounts, posts, roles, access, sign-in."""

    name = "anze.kernel.people"
    label = "people"
    verbose_name = "人员"

    def ready(self) -> None:
        """Register kinds and the reconciler; collect every room's actions."""
        from anze.kernel.ledger import reconcile as reconcilers
        from anze.kernel.people import actions, kinds, reconcile

        kinds.register()
        reconcilers.register(self.label, reconcile.drift)
        actions.collect()
