"""One district for all journeys of a worker; what a journey does is rolled back after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.journeys import world as places


@pytest.fixture(scope="package")
def _founded(django_db_setup: None, django_db_blocker) -> Iterator[places.World]:
    """Found the district inside a transaction that every journey's own nests in."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield places.found()
        transaction.set_rollback(True)


@pytest.fixture
def world(_founded: places.World, db: None) -> Iterator[places.World]:
    """Return the district at ten in the morning of ``TODAY``."""
    with places.on(places.TODAY):
        yield _founded
