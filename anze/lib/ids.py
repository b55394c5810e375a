"""Time-ordered identifiers: UUID version 7 (RFC 9562 §5.7), strictly increasing in a process."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

_RANDOM_BITS = 74  # 12 bits rand_a + 62 bits rand_b
_RANDOM_LIMIT = 1 << _RANDOM_BITS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Clock:
    """The last (millisecond, random part) handed out, so that the next one is larger."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.millisecond = -1
        self.tail = 0

    def step(self, now: int) -> tuple[int, int]:
        """Return a (millisecond, tail) pair larger than every pair returned before."""
        with self.lock:
            if now > self.millisecond:
                # One head bit stays clear: room to count upwards within the millisecond.
                self.millisecond, self.tail = now, _random_bits(_RANDOM_BITS - 1)
            else:
                # Same millisecond, or a clock set back: count on by an unguessable step
                # (RFC 9562 §6.2, method 2) instead of going back in time.
                self.tail += 1 + _random_bits(32)
                if self.tail >= _RANDOM_LIMIT:
                    self.millisecond += 1
                    self.tail = _random_bits(_RANDOM_BITS - 1)
            return self.millisecond, self.tail


def _random_bits(bits: int) -> int:
    size = (bits + 7) // 8
    return int.from_bytes(os.urandom(size), "big") >> (size * 8 - bits)


_clock = _Clock()


def _reset() -> None:
    global _clock
    _clock = _Clock()


# A forked child must neither inherit a held lock nor go on from its parent's random part.
os.register_at_fork(after_in_child=_reset)


def uuid7() -> UUID:
    """Return a new UUIDv7, larger than any this process made before (thread-safe).

    The first 48 bits are Unix time in milliseconds. They are a sort key, never evidence of when
    something happened.
    """
    millisecond, tail = _clock.step(time.time_ns() // 1_000_000)
    value = millisecond << 80 | 0x7 << 76 | (tail >> 62) << 64 | 0b10 << 62 | tail & ((1 << 62) - 1)
    return UUID(int=value)


def made_at(value: UUID) -> datetime:
    """Return the aware UTC time, to the millisecond, held in a UUIDv7.

    Raises ValueError for any other version.
    """
    if value.version != 7:
        raise ValueError(f"{value} is not a version 7 UUID")
    return _EPOCH + timedelta(milliseconds=value.int >> 80)


def uuid_or_none(text: object) -> UUID | None:
    """Return the UUID a text or value stands for, None for anything else."""
    if isinstance(text, UUID):
        return text
    try:
        return UUID(str(text))
    except ValueError:
        return None
