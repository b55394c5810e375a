"""The bell between processes: a nudge by Redis, and no harm without it."""

from __future__ import annotations

import os
import threading
from uuid import uuid4

import pytest

from anze.kernel.work import redis_bell, waking

URL = os.environ.get("ANZE_TEST_REDIS_URL", "")


@pytest.fixture
def bell(settings):
    settings.ANZE_REDIS_URL, settings.ANZE_REDIS_PREFIX = URL, uuid4().hex
    waking.wake.clear()
    yield waking.wake
    waking.wake.clear()


@pytest.mark.services
@pytest.mark.skipif(not URL, reason="no Redis named by ANZE_TEST_REDIS_URL")
def test_a_bell_rung_in_one_process_is_heard_in_another(bell):
    stop = threading.Event()
    listener = threading.Thread(target=redis_bell.listen, args=(stop,), daemon=True)
    listener.start()
    try:
        for _ in range(100):  # until the other side has subscribed
            redis_bell.publish("jobs")
            if bell.wait(0.1):
                break
        assert bell.is_set()
    finally:
        stop.set()
        listener.join(5)


def test_a_redis_that_is_away_hinders_nobody(bell, settings):
    settings.ANZE_REDIS_URL = "redis://127.0.0.1:1/0"
    waking.ring("jobs")
    assert bell.is_set()


def test_an_unknown_bell_is_not_heard(bell):
    waking.hear("whatever")
    assert not bell.is_set()
