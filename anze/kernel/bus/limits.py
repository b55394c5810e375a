"""How fast one phone, key or address may ask.

A bucket fills by so many looks a second and holds so many at most. It is kept for each process and
forgotten at a restart: it keeps a machine from being overrun and hides no secret.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from threading import Lock

from anze.kernel.bus.errors import TooMany

MOST_KEYS = 10_000
instant = time.monotonic


@dataclass
class Limit:
    """``burst`` at once, then ``per_second``, for each key."""

    per_second: float
    burst: int
    _left: dict[object, tuple[float, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, key: object, said: str, remedy: str) -> None:
        """Count one look; raise TooMany with these words when there is none left."""
        now = instant()
        with self._lock:
            left, since = self._left.get(key, (float(self.burst), now))
            left = min(self.burst, left + (now - since) * self.per_second)
            if left < 1:
                wait = math.ceil((1 - left) / self.per_second)
                raise TooMany(said, remedy=remedy, again=wait)
            if len(self._left) >= MOST_KEYS:
                self._left.clear()
            self._left[key] = (left - 1, now)
