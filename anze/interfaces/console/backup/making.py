"""Make a backup: beside everything else under another name, then whole by one rename.

Order matters. The spool before the database: a spooled alarm is then in one of the two, or in both
and entered once. The database before the files: a file no row names does no harm.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import connection

from anze.interfaces.console.backup import databases, keybox
from anze.interfaces.console.backup.manifest import (
    NAME,
    BackupError,
    Manifest,
    Part,
    names,
    part_of,
    read,
    sha256_of,
)
from anze.interfaces.console.kinds import BACKED_UP
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import checkpoints, selectors, spool
from anze.kernel.ledger import services as ledger
from anze.kernel.web.context import DEMO_MARK
from anze.lib.disk import sync

WHOLE = re.compile(r"\d{8}T\d{6}Z\Z")
MAKING, GOING = ".making-", ".going-"
_FILE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/([0-9a-f]{64})\Z")


@dataclass(frozen=True)
class Made:
    """A finished backup; ``fresh`` files were copied, the others are links to the one before."""

    folder: Path
    manifest: Manifest
    fresh: int
    removed: int


def make(ctx: Ctx, target: Path, *, passphrase: str = "", keep: int = 0) -> Made:
    """Copy the home into a new folder below ``target`` and enter it in the ledger.

    ``passphrase`` puts the keys in, sealed; ``keep`` removes all but the newest N afterwards.
    Raises BackupError; whatever stops it leaves no folder that looks whole.
    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.ANZE_HOME in [target.resolve(), *target.resolve().parents]:
        raise BackupError("备份不能放在数据目录里面：换一个文件夹，最好在另一块盘上")
    with _alone(target):
        _clear(target)
        name = clock.now().strftime("%Y%m%dT%H%M%SZ")
        if (target / name).exists():
            raise BackupError(f"{target / name} 已经有了：过一秒再试")
        scratch = target / f"{MAKING}{name}"
        scratch.mkdir(mode=0o700)
        manifest, fresh = _fill(scratch, latest(target), passphrase)
        scratch.rename(target / name)
        sync(target)
        removed = _thin_out(target, keep) if keep else 0
    _enter(ctx, manifest)
    return Made(target / name, manifest, fresh, removed)


def whole(target: Path) -> list[Path]:
    """Return the finished backups below a folder, oldest first."""
    return sorted(
        path for path in target.glob("*") if WHOLE.match(path.name) and (path / NAME).is_file()
    )


def latest(target: Path) -> Path | None:
    """Return the newest finished backup; None when there is none."""
    found = whole(target)
    return found[-1] if found else None


def _fill(scratch: Path, before: Path | None, passphrase: str) -> tuple[Manifest, int]:
    parts = _spool(scratch)
    vendor = connection.vendor
    size = databases.dump(scratch / databases.part_name(vendor))
    parts.append(part_of(scratch, databases.part_name(vendor)))
    files = _Files(scratch, before)
    parts += files.copy(settings.MEDIA_ROOT)
    parts += _tree(settings.ANZE_PACKS, scratch, "packs")
    if (settings.ANZE_HOME / DEMO_MARK).exists():
        parts.append(_copy(settings.ANZE_HOME / DEMO_MARK, scratch, DEMO_MARK))
    if passphrase:
        (scratch / keybox.NAME).write_bytes(keybox.seal(settings.ANZE_HOME / "keys", passphrase))
        sync(scratch / keybox.NAME)
        parts.append(part_of(scratch, keybox.NAME))
    manifest = Manifest(
        made=clock.now().isoformat(timespec="seconds"), version=version("anze"), vendor=vendor,
        size=size, root=selectors.root_at(size).hex(), log=str(checkpoints.signer().key),
        keys=bool(passphrase), parts=parts, damaged=files.damaged,
    )  # fmt: skip
    manifest.write(scratch)
    return manifest, files.fresh


class _Files:
    """Copies content-addressed files; what the backup before holds already is only linked."""

    def __init__(self, scratch: Path, before: Path | None) -> None:
        self.scratch, self.before = scratch, before
        self.fresh = 0
        self.damaged: list[str] = []
        self._held = {part.name for part in read(before).parts} if before else set()

    def copy(self, root: Path) -> Iterator[Part]:
        """Yield a part for each stored file; one that is not what its name says is noted."""
        for name in sorted(names(root)) if root.is_dir() else ():
            if (match := _FILE.match(name)) and (part := self._one(root, name, match[1])):
                yield part

    def _one(self, root: Path, name: str, sha256: str) -> Part | None:
        held = f"files/{name}"
        target = self.scratch / held
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.before and held in self._held and _linked(self.before / held, target):
            return part_of(self.scratch, held, sha256)
        try:
            shutil.copyfile(root / name, target)
        except FileNotFoundError:  # forgotten by the sweep meanwhile
            return None
        sync(target)
        if sha256_of(target) != sha256:
            target.unlink()
            self.damaged.append(held)
            return None
        self.fresh += 1
        return part_of(self.scratch, held, sha256)


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def _spool(scratch: Path) -> list[Part]:
    """Copy alarms that wait for the ledger, while nobody enters them and takes them away."""
    with (spool.folder() / "drain.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return list(_tree(spool.folder(), scratch, "spool"))


def _tree(root: Path, scratch: Path, name: str) -> Iterator[Part]:
    if root.is_dir():
        for inner in sorted(names(root)):
            if not inner.endswith(".lock"):
                yield _copy(root / inner, scratch, f"{name}/{inner}")


def _copy(source: Path, scratch: Path, name: str) -> Part:
    target = scratch / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    sync(target)
    return part_of(scratch, name)


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    with (target / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"{target} 里正有一份备份在做：等它做完") from None
        yield


def _clear(target: Path) -> None:
    """Remove what a killed backup left behind."""
    for left in [*target.glob(f"{MAKING}*"), *target.glob(f"{GOING}*")]:
        shutil.rmtree(left)


def _thin_out(target: Path, keep: int) -> int:
    old = whole(target)[:-keep]
    for folder in old:
        going = folder.with_name(f"{GOING}{folder.name}")
        folder.rename(going)  # a killed removal leaves nothing that looks whole
        shutil.rmtree(going)
    return len(old)


def _enter(ctx: Ctx, manifest: Manifest) -> None:
    facts = {
        "size": manifest.size, "root": manifest.root, "bytes": manifest.bytes,
        "parts": len(manifest.parts), "keys": manifest.keys, "damaged": len(manifest.damaged),
    }  # fmt: skip
    ledger.record(ctx, BACKED_UP.name, unit_id=None, facts=facts)
