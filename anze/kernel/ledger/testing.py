"""For tests only: lets the test runner empty the tables although the guards forbid it.

``pytest_plugins`` in the root ``conftest.py`` names this module. Nothing of the product imports
it; an architecture test may hold that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Take the guards away inside the block and put them back after it, whatever happens."""
    from anze.kernel.ledger import guards

    with connection.cursor() as cursor:
        present = guards.present(connection)
        ours = [name for name in guards.names(connection.vendor) if name in present]
        for name in ours:
            cursor.execute(guards.drop_statement(connection.vendor, name))
    try:
        yield
    finally:
        if ours:
            guards.install(connection)


@pytest.fixture(scope="session", autouse=True)
def _flush_through_the_guards() -> Iterator[None]:
    """Wrap the one method by which Django empties tables between transactional tests."""
    from django.db.backends.base.operations import BaseDatabaseOperations

    flush = BaseDatabaseOperations.execute_sql_flush

    def through(self: Any, sql_list: list[str]) -> None:
        with lifted(self.connection):
            flush(self, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", through)
        yield
