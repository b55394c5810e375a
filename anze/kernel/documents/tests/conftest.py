import pytest

from anze.kernel.documents.tests import papers


@pytest.fixture(autouse=True)
def _known(settings, tmp_path):
    """The kinds of the tests are known, the house has an address and a place for files."""
    papers.register()
    settings.ANZE_SITE = "https://anze.example"
    settings.MEDIA_ROOT = tmp_path / "files"
