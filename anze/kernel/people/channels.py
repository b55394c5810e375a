"""How a text message leaves the house. A deployment names its provider's class by setting."""

from __future__ import annotations

import sys
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Channel(Protocol):
    """A way to send a short text to a mobile phone."""

    def send(self, phone: str, text: str) -> None:
        """Send the text; raise any exception when it was not accepted."""


class ConsoleChannel:
    """Prints the message where the server runs: for trying out and for the first day."""

    def send(self, phone: str, text: str) -> None:
        """Print to standard error, past any log file: a code must not be kept."""
        print(f"[短信 {phone}] {text}", file=sys.stderr, flush=True)


class MemoryChannel:
    """Keeps messages in a list, for tests."""

    sent: list[tuple[str, str]] = []  # noqa: RUF012 (shared on purpose)

    def send(self, phone: str, text: str) -> None:
        """Append (phone, text) to ``sent``."""
        self.sent.append((phone, text))


def channel() -> Channel:
    """Return the channel that ``ANZE_SMS_CHANNEL`` names."""
    made: Channel = import_string(settings.ANZE_SMS_CHANNEL)()
    return made
