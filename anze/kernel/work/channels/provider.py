"""What two services have in common: a token that runs out, an ``errcode``, answers that fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings

from anze.kernel.people.channels import TryLater
from anze.kernel.people.sms import egress
from anze.kernel.work.channels import tokens
from anze.lib.egress import EgressError

Answer = dict[str, Any]


class Provider:
    """One application of one organisation at a service that hands out access tokens."""

    code: ClassVar[str]  # the key in ANZE_CHANNELS
    name: ClassVar[str]
    token_path: ClassVar[str]
    stale: ClassVar[frozenset[int]]  # codes by which the service says that a token ran out

    def __init__(self) -> None:
        self.config = settings.ANZE_CHANNELS[self.code]
        self.url: str = self.config["url"]
        self.way = egress(self.url)

    def credentials(self) -> dict[str, str]:
        """Return what the service asks for a token."""
        raise NotImplementedError

    def check(self, answer: Answer) -> None:
        """Raise ``Undelivered`` for an answer that refuses."""
        raise NotImplementedError

    def post(self, path: str, body: Answer) -> Answer:
        """Ask with the token kept, once more with a new one if it ran out."""
        answer = self._post(path, body, self._token())
        if self.stale & {answer["errcode"], _number(answer.get("sub_code"))}:
            answer = self._post(path, body, self._token(anew=True))
        self.check(answer)
        return answer

    def _post(self, path: str, body: Answer, token: str) -> Answer:
        return self._call(
            lambda: self.way.post_json(f"{self.url}{path}", body, {"access_token": token})
        )

    def _token(self, *, anew: bool = False) -> str:
        # The account whose token it is: everything the service is asked with, but the secret.
        asked = sorted(key for key in self.config if key != "secret")
        key = (self.code, *(str(self.config[name]) for name in asked))
        return tokens.token(key, self._fetch, anew=anew)

    def _fetch(self) -> tuple[str, int]:
        credentials = self.credentials()
        answer = self._call(lambda: self.way.get_json(f"{self.url}{self.token_path}", credentials))
        self.check(answer)
        return str(answer["access_token"]), int(answer.get("expires_in", 7200))

    def _call(self, ask: Callable[[], Answer]) -> Answer:
        try:
            found = ask()
        except EgressError as error:
            said = f"{self.name}没有正常答复（{error}），稍后自动重试。"
            raise TryLater(said, "network") from None
        if not isinstance(found.get("errcode"), int):
            raise TryLater(f"{self.name}的答复读不懂，稍后自动重试。", "garbage")
        return found


def _number(code: object) -> int:
    return int(code) if isinstance(code, str) and code.isascii() and code.isdigit() else 0


def cut(text: str, most: int) -> str:
    """Return as much of a text as fits into ``most`` bytes, cut between characters."""
    raw = text.encode()
    if len(raw) <= most:
        return text
    return raw[: most - 3].decode(errors="ignore") + "…"
