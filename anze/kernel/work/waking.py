"""Bells that tell runners there is something to do: a nudge, never the truth, which is a row."""

from __future__ import annotations

import threading

from django.conf import settings

wake = threading.Event()  # a job was queued in this process
post = threading.Event()  # a message waits to go out
_BELLS = {"jobs": wake, "post": post}


def ring(bell: str) -> None:
    """Ring a bell of this process and, where Redis is set, of all others. Never fails."""
    _BELLS[bell].set()
    if settings.ANZE_REDIS_URL:
        from anze.kernel.work import redis_bell

        redis_bell.publish(bell)


def hear(bell: str) -> None:
    """Ring a bell of this process because another process did."""
    if bell in _BELLS:
        _BELLS[bell].set()
