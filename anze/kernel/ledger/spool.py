"""The spool of alarms that came while the ledger could not be written.

One line of JSON each, appended and flushed to disk before the alarm goes on; private parts are
sealed here too. ``drain`` takes the file aside, enters its lines and removes it; entering is
idempotent by client id, so a crash half-way repeats nothing. Lines that can never be entered go to
``ledger.refused`` for a person.
"""

from __future__ import annotations

import base64
import fcntl
import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from pydantic import BaseModel

from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import sealing
from anze.lib.ids import uuid7

log = logging.getLogger("anze.ledger")


@dataclass(frozen=True)
class Item:
    """One spooled call of ``record``."""

    kind: str
    actor_id: UUID | None
    via: str
    content: dict[str, Any]


def folder() -> Path:
    """Return the spool's folder, made with mode 0700 if it is missing."""
    path = Path(settings.ANZE_HOME) / "spool"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def keep(ctx: Ctx, kind: str, content: dict[str, Any], error: Exception) -> None:
    """Append one call of ``record`` to the spool, on disk when this returns. Raises OSError."""
    log.error("ledger not writable (%s): %s spooled", error, kind)
    identifier = uuid7()
    line = {
        "id": str(identifier),
        "kind": kind,
        "actor": str(ctx.actor_id) if ctx.actor_id else "",
        "via": ctx.via,
        "kept": ctx.now.isoformat(),
        "content": {k: v for k, v in content.items() if k != "private" and v is not None},
    }
    if (private := content.get("private")) is not None:
        line["sealed"] = _seal(_plain(private), identifier, kind)
    text = json.dumps(line, ensure_ascii=False, default=_plain).encode() + b"\n"
    _append(folder() / "ledger.jsonl", text)


def waiting() -> int:
    """Return how many lines wait to be entered."""
    return sum(len(path.read_bytes().splitlines()) for path in _files() if path.exists())


def drain(enter: Callable[[Item], None]) -> int:
    """Enter every spooled line by ``enter``; return how many. Stops when the database fails."""
    if not any(_files()):
        return 0
    with (folder() / "drain.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0  # another process is at it
        _set_aside(folder() / "ledger.jsonl")
        return sum(_enter_file(path, enter) for path in sorted(folder().glob("*.entering")))


def _files() -> list[Path]:
    return [*folder().glob("*.entering"), *folder().glob("ledger.jsonl")]


def _enter_file(path: Path, enter: Callable[[Item], None]) -> int:
    entered = 0
    for raw in path.read_bytes().splitlines():
        try:
            enter(_item(raw))
            entered += 1
        except DatabaseError:
            log.exception("spool: the ledger is still not writable")
            return entered
        except Exception as error:
            log.exception("spool: a line cannot be entered")
            refused = {"why": repr(error), "line": raw.decode(errors="replace")}
            text = json.dumps(refused, ensure_ascii=False).encode()
            _append(folder() / "ledger.refused", text + b"\n")
    path.unlink()
    return entered


def _item(raw: bytes) -> Item:
    line = json.loads(raw)
    content = dict(line["content"])
    for name in ("unit_id", "supersedes", "retracts"):
        if name in content:
            content[name] = UUID(content[name])
    for name in ("happened", "captured"):
        if name in content:
            content[name] = datetime.fromisoformat(content[name])
    content.setdefault("unit_id", None)
    if "sealed" in line:
        content["private"] = _unseal(line["sealed"], UUID(line["id"]), line["kind"])
    actor = UUID(line["actor"]) if line["actor"] else None
    return Item(kind=line["kind"], actor_id=actor, via=line["via"], content=content)


def _append(path: Path, text: bytes) -> None:
    while True:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "ab", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # A drain may have taken the file aside while we waited for the lock: open the new one.
            if path.exists() and os.fstat(file.fileno()).st_ino == path.stat().st_ino:
                file.write(text)
                os.fsync(file.fileno())
                return


def _set_aside(path: Path) -> None:
    try:
        file = path.open("ab")
    except FileNotFoundError:
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        path.rename(path.with_name(f"ledger.{uuid7()}.entering"))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict | list | str | int):
        return value
    return str(value) if not isinstance(value, tuple) else list(value)


def _seal(private: dict[str, Any], identifier: UUID, kind: str) -> dict[str, str]:
    text = json.loads(json.dumps(private, default=_plain))
    sealed = sealing.seal(text, sealing.Place(identifier, f"spool:{kind}", 0))
    return {
        "commitment": sealed.commitment,
        "ciphertext": base64.b64encode(sealed.ciphertext).decode(),
        "wrapped_key": base64.b64encode(sealed.wrapped_key).decode(),
    }


def _unseal(stored: dict[str, str], identifier: UUID, kind: str) -> dict[str, Any]:
    sealed = sealing.Sealed(
        stored["commitment"],
        base64.b64decode(stored["ciphertext"]),
        base64.b64decode(stored["wrapped_key"]),
    )
    return sealing.unseal(sealed, sealing.Place(identifier, f"spool:{kind}", 0))
