"""What a backup says of itself: every part with size and SHA-256, written last.

A folder without ``MANIFEST.json`` is no backup. ``check`` reads every byte again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from anze.lib.disk import sync

FORMAT = "anze-backup/1"
NAME = "MANIFEST.json"
_CHUNK = 1 << 20


class BackupError(Exception):
    """A backup cannot be made, read or restored; the message says why and what to do."""


@dataclass(frozen=True)
class Part:
    """One file of a backup: its path inside it, bytes, and lower-case hex SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """``size`` and ``root`` are those of the ledger inside; ``log`` is its verifier key."""

    made: str
    version: str
    vendor: str
    size: int
    root: str
    log: str
    keys: bool
    parts: list[Part] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    format: str = FORMAT

    @property
    def bytes(self) -> int:
        """Return how many bytes all parts have."""
        return sum(part.size for part in self.parts)

    def write(self, folder: Path) -> None:
        """Write ``MANIFEST.json``; on disk when this returns."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"
        (folder / NAME).write_text(text, encoding="utf-8")
        sync(folder / NAME)
        sync(folder)


def read(folder: Path) -> Manifest:
    """Return the manifest of a backup. Raises BackupError when there is none that can be read."""
    try:
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if said.pop("format") != FORMAT:
            raise ValueError("another format")
        parts = [Part(**part) for part in said.pop("parts")]
        return Manifest(parts=parts, **said)
    except FileNotFoundError:
        raise BackupError(
            f"{folder} 不是完整的备份：没有 {NAME}（可能是中断的备份，请用另一份）"
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{folder / NAME} 读不懂：{error}") from None


def check(folder: Path, manifest: Manifest) -> list[str]:
    """Return what differs from the manifest, each part by name; [] when nothing does."""
    return list(_differences(folder, manifest))


def _differences(folder: Path, manifest: Manifest) -> Iterator[str]:
    for part in manifest.parts:
        path = folder / part.name
        if not _inside(folder, path):
            yield f"{part.name}：路径不在备份之内"
        elif not path.is_file():
            yield f"{part.name}：缺失"
        elif path.stat().st_size != part.size:
            yield f"{part.name}：应为 {part.size} 字节，实为 {path.stat().st_size} 字节"
        elif sha256_of(path) != part.sha256:
            yield f"{part.name}：内容与清单的 sha256 不符"
    known = {part.name for part in manifest.parts} | {NAME}
    for name in sorted(names(folder) - known):
        yield f"{name}：清单里没有这个文件"


def names(folder: Path) -> set[str]:
    """Return every file below a folder, as paths inside it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def part_of(folder: Path, name: str, sha256: str = "") -> Part:
    """Return a file of a backup as a part; its hash is taken unless it is known."""
    path = folder / name
    return Part(name, path.stat().st_size, sha256 or sha256_of(path))


def sha256_of(path: Path) -> str:
    """Return the lower-case hex SHA-256 of a file."""
    seen = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            seen.update(chunk)
    return seen.hexdigest()


def _inside(folder: Path, path: Path) -> bool:
    return folder.resolve() in path.resolve().parents
