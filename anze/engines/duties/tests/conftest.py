import pytest

from anze.engines.duties.tests.trial import make_trial


@pytest.fixture
def trial(db, tmp_path):
    return make_trial(tmp_path)
