"""The bell between processes, by Redis pub/sub. Without Redis each process looks every two seconds.

What is lost here is lost without harm: rows say what is to be done.
"""

from __future__ import annotations

import logging
import threading
from functools import cache
from typing import Any

import redis
from django.conf import settings

from anze.kernel.work import waking

log = logging.getLogger("anze.work")

_WAIT_SECONDS = 1.0
_TROUBLE_SECONDS = 5.0


def channel() -> str:
    """Return the name of the channel: houses that share a Redis by database number stay apart."""
    return f"anze:bell:{settings.ANZE_REDIS_PREFIX}"


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)


def publish(bell: str) -> None:
    """Ring in the other processes; trouble with Redis is logged and forgotten."""
    try:
        _client(settings.ANZE_REDIS_URL).publish(channel(), bell)
    except redis.RedisError as error:
        log.warning("the bell in Redis did not ring: %s", type(error).__name__)


def listen(stop: threading.Event) -> None:
    """Pass on what other processes ring until ``stop``; meant as the body of a thread."""
    while not stop.is_set():
        try:
            _listen_once(stop)
        except (redis.RedisError, OSError) as error:
            log.warning("no bell from Redis: %s", type(error).__name__)
            stop.wait(_TROUBLE_SECONDS)


def _subscription() -> Any:
    return _client(settings.ANZE_REDIS_URL).pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]


def _listen_once(stop: threading.Event) -> None:
    with _subscription() as heard:
        heard.subscribe(channel())
        while not stop.is_set():
            message = heard.get_message(timeout=_WAIT_SECONDS)
            if message:
                waking.hear(bytes(message["data"]).decode(errors="replace"))
