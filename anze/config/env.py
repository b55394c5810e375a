"""What the surroundings decide: the home folder, the databases, keys and switches.

Everything Anze keeps lies under ``$ANZE_HOME`` (default ``./home`` beside ``pyproject.toml`` in a
checkout, ``~/.anze`` when installed), so a machine is moved by moving one folder.
"""

from __future__ import annotations

import os
import secrets
from contextvars import ContextVar
from pathlib import Path

from environs import Env

ROOT = Path(__file__).resolve().parents[2]
env = Env()


def home() -> Path:
    """Return the home folder, made with mode 0700 if it is missing."""
    chosen = env.path("ANZE_HOME", None)
    if chosen is None:
        chosen = ROOT / "home" if (ROOT / "pyproject.toml").exists() else Path.home() / ".anze"
    chosen.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(chosen).resolve()


def secret_key(folder: Path) -> str:
    """Return the key Django signs with, created once in ``keys/django.key`` (mode 0600)."""
    path = folder / "keys" / "django.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        key = secrets.token_urlsafe(48)
        file.write(key)
    return key


def packs_root() -> Path:
    """Return the folder of ``<issuer>/<version>/*.yaml``: the checkout's, or the wheel's."""
    chosen = env.path("ANZE_PACKS", None)
    if chosen is not None:
        return Path(chosen)
    inside_checkout = ROOT / "packs"
    return inside_checkout if inside_checkout.is_dir() else ROOT / "anze" / "_packs"


# The request this thread is answering, so that the log can say its number.
current: ContextVar[object] = ContextVar("anze_request", default=None)
