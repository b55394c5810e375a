from collections.abc import Iterator
from datetime import timedelta

import pytest

from anze.interfaces.portal.tests.stage import TODAY, Stage, make_stage
from anze.kernel.bus import clock


@pytest.fixture
def stage(cast, tmp_path) -> Iterator[Stage]:
    made = make_stage(cast, tmp_path)
    with clock.travel(clock.start_of(TODAY) + timedelta(hours=10)):
        yield made
