"""Fixtures of the forms room."""

from __future__ import annotations

import pytest

from anze.kernel.forms.tests.testpack import trial  # noqa: F401


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
