"""Key files under ``$ANZE_HOME/keys``, mode 0600, made on first use and never overwritten."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from anze.lib import disk

MASTER = "ledger-master.key"
SIGNING = "ledger-signing.key"


class KeyFileError(RuntimeError):
    """A key file cannot be read or does not hold what it should."""


def folder() -> Path:
    """Return the folder of the keys, made with mode 0700 if it is missing."""
    path = Path(settings.ANZE_HOME) / "keys"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def text_once(path: Path, make: Callable[[], str]) -> str:
    """Return the text of a key file; if there is none, make it and store it whole with 0600.

    Two processes may come at once: the text is written beside and linked into place, so that one
    wins and nobody ever reads half a key.
    """
    try:
        return path.read_text()
    except FileNotFoundError:
        pass
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            return path.read_text()
        disk.sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)
    return path.read_text()


class Ring:
    """The master keys that wrap row keys: one 64-digit hex line each, the last one seals."""

    def __init__(self, text: str) -> None:
        self.keys: dict[bytes, bytes] = {}
        for line in text.split():
            key = bytes.fromhex(line)
            if len(key) != 32:
                raise KeyFileError(f"{MASTER}: each line is 64 hex digits")
            self.keys[key_id(key)] = key
            self.newest = key
        if not self.keys:
            raise KeyFileError(f"{MASTER} is empty")

    def find(self, wanted: bytes) -> bytes:
        """Return the key with this id; raise KeyFileError when the file does not hold it."""
        try:
            return self.keys[wanted]
        except KeyError:
            raise KeyFileError(f"{MASTER} holds no key {wanted.hex()}") from None


def key_id(key: bytes) -> bytes:
    """Return the 4-byte id that stands before everything a key has wrapped."""
    return sha256(b"anze-ledger-master\0" + key).digest()[:4]


def ring() -> Ring:
    """Return the master keys, read once per process (restart after adding a line)."""
    return _ring(folder() / MASTER)


@lru_cache(maxsize=8)
def _ring(path: Path) -> Ring:
    return Ring(text_once(path, lambda: secrets.token_hex(32) + "\n"))
