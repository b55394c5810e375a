from collections.abc import Iterator

import pytest

from anze.domains.facilities.tests.world import School, morning
from anze.kernel.bus import clock


@pytest.fixture
def school(cast) -> Iterator[School]:
    with clock.travel(morning()):
        yield School(cast)
