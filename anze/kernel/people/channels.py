"""How a message leaves the house for one person: the one idea of a channel.

It lives here, on the floor of people, because signing in sends codes; the room of work has further
channels (e-mail, WeCom, DingTalk) of the same shape. A deployment names its provider of text
messages by ``ANZE_SMS_CHANNEL``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Message:
    """What one person is to be told.

    ``to`` is the address in the channel's own terms (phone, e-mail, user id). ``text`` is the whole
    in plain words; channels with templates fill ``variables`` into the template called ``template``
    (``code`` or ``notice``). ``link`` is an absolute address without any token, or empty. ``key``
    is the same for every attempt, so that a provider may drop what it already has.
    """

    to: str
    text: str
    title: str = ""
    link: str = ""
    key: str = ""
    template: str = "notice"
    variables: Mapping[str, str] = field(default_factory=dict)


class Undelivered(Exception):
    """The message was not accepted. ``said`` is for people: what was wrong, and what to do."""

    def __init__(self, said: str, code: str = "") -> None:
        super().__init__(said)
        self.said, self.code = said, code


class TryLater(Undelivered):
    """Busy, slow or out of order: the same again later may well go through."""


class BadAddress(Undelivered):
    """This person cannot be reached by this address; repeating it is useless."""


class BadContent(Undelivered):
    """The provider refuses these words; repeating them is useless."""


class Misconfigured(TryLater):
    """The house's account with the provider is at fault: nobody is reached until it is mended."""


class Channel(Protocol):
    """A way to send a message to one person."""

    def send(self, message: Message) -> str:
        """Send; return the provider's id of it, or nothing. Raise ``Undelivered`` if refused."""


class ConsoleChannel:
    """Prints the message where the server runs: for trying out and for the first day."""

    def send(self, message: Message) -> str:
        """Print to standard error, past any log file: a code must not be kept."""
        print(f"[短信 {message.to}] {message.text}", file=sys.stderr, flush=True)
        return ""


class MemoryChannel:
    """Keeps messages in a list, for tests."""

    sent: list[tuple[str, str]] = []  # noqa: RUF012 (shared on purpose)

    def send(self, message: Message) -> str:
        """Append (address, text) to ``sent``."""
        self.sent.append((message.to, message.text))
        return f"memory-{len(self.sent)}"


def channel() -> Channel:
    """Return the channel of text messages that ``ANZE_SMS_CHANNEL`` names."""
    made: Channel = import_string(settings.ANZE_SMS_CHANNEL)()
    return made


def sign_in_code(phone: str, code: str, minutes: int) -> Message:
    """Return the message that carries a code for signing in."""
    text = f"【安责】验证码 {code}，{minutes} 分钟内有效。请勿告诉他人。"
    return Message(to=phone, text=text, template="code", variables={"code": code})
