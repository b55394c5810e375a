"""Fixtures of the API's tests."""

from __future__ import annotations

import pytest

from tests.api import world as worlds


@pytest.fixture
def world(db, settings, tmp_path, client_for):
    """The district on a morning in November; the clock stands still."""
    settings.MEDIA_ROOT = tmp_path / "files"
    with worlds.on(worlds.TODAY):
        from tests.cast import build

        yield worlds.build(build(), client_for, tmp_path)
