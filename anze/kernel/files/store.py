"""Bytes on disk under the name of their own hash: ``MEDIA_ROOT/aa/bb/<sha256>``."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings

from anze.lib import disk


def path_of(sha256: str) -> Path:
    """Return where the bytes with this hash (64 hex digits) lie."""
    return Path(settings.MEDIA_ROOT) / sha256[:2] / sha256[2:4] / sha256


def put(data: bytes) -> str:
    """Keep the bytes and return their sha256; they are on the disk when this returns.

    Written again even when they are there already: the time taken must not tell one unit that
    another holds the same file, and a damaged copy is mended by the way.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    target = path_of(sha256)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
    _sync(target.parent)
    return sha256


def drop(sha256: str) -> None:
    """Remove the bytes, if they are there."""
    with contextlib.suppress(FileNotFoundError):
        path_of(sha256).unlink()


def _sync(folder: Path) -> None:
    """Make the rename, and folders just made, outlast a power cut."""
    root = Path(settings.MEDIA_ROOT)
    while True:
        disk.sync(folder)
        if folder == root or root not in folder.parents:
            return
        folder = folder.parent
