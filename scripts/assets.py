#!/usr/bin/env python3
"""Fetch the browser libraries that ``assets.lock`` pins, without node_modules or a bundler.

Each package is taken as one tarball by ``npm pack``, checked against its sha512, and only the
listed files are copied to ``anze/kernel/web/static/vendor/`` (ignored by git, shipped inside the
wheel). The icons used are joined into one SVG sprite. What only the browser tests need goes to
``tests/browser/vendor/``, which nobody ships. Needs Python and npm, nothing else.

``scripts/assets.py``            does nothing when the folder already matches the lock
``scripts/assets.py --force``    fetches again
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "assets.lock"
TARGET = ROOT / "anze" / "kernel" / "web" / "static" / "vendor"
FOR_TESTS = ROOT / "tests" / "browser" / "vendor"
SOURCE_MAP = re.compile(rb"\n?(?://[#@] ?sourceMappingURL=\S+|/\*[#@] ?sourceMappingURL=\S+ ?\*/)")
SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
EMPTY_BOX = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


class AssetError(Exception):
    """A package is missing, altered or lacks a listed file; the message says what to do."""


def main(arguments: list[str]) -> int:
    """Make both vendor folders match the lock; return 0, or 1 with the reason on stderr."""
    lock_bytes = LOCK.read_bytes()
    stamp = hashlib.sha256(lock_bytes + Path(__file__).read_bytes()).hexdigest()
    lock = json.loads(lock_bytes)
    folders = [(TARGET, lock["assets"])]
    if FOR_TESTS.parent.exists():
        folders.append((FOR_TESTS, lock["tests"]))
    for target, packages in folders:
        if "--force" not in arguments and is_current(stamp, packages, target):
            continue
        try:
            fetch_all(packages, stamp, target)
        except AssetError as problem:
            print(f"assets: {problem}", file=sys.stderr)
            return 1
        print(f"assets: {len(packages)} packages in {target.relative_to(ROOT)}")
    return 0


def is_current(stamp: str, packages: list[dict[str, Any]], target: Path) -> bool:
    """Tell whether the folder was made from this lock and still has every file."""
    mark = target / ".stamp"
    if not mark.exists() or mark.read_text() != stamp:
        return False
    return all((target / name).exists() for package in packages for name in outputs(package))


def outputs(package: dict[str, Any]) -> list[str]:
    """Return the file names, below the vendor folder, that one locked package gives."""
    sprite = package.get("sprite")
    return [*package["files"].values(), *([sprite["to"]] if sprite else [])]


def fetch_all(packages: list[dict[str, Any]], stamp: str, target: Path) -> None:
    """Build the folder beside the old one and swap it in whole, so no run leaves half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".vendor-") as scratch:
        fresh = Path(scratch) / "vendor"
        for package, tarball in zip(packages, pack(packages, Path(scratch)), strict=True):
            unpack(package, tarball, fresh)
        (fresh / ".stamp").write_text(stamp)
        if target.exists():
            shutil.rmtree(target)
        fresh.rename(target)


def pack(packages: list[dict[str, Any]], folder: Path) -> list[Path]:
    """Download all tarballs in one npm call and return them, checked, in the lock's order."""
    npm = shutil.which("npm")
    if npm is None:
        raise AssetError("npm is missing: install Node 20 (Debian: apt install nodejs npm)")
    names = [f"{package['package']}@{package['version']}" for package in packages]
    command = [npm, "pack", "--json", "--silent", "--ignore-scripts", *names]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssetError(f"npm pack failed: {done.stderr.strip() or done.stdout.strip()}")
    return [checked(package, folder) for package in packages]


def checked(package: dict[str, Any], folder: Path) -> Path:
    """Return the tarball of one package; refuse it when its sha512 is not the locked one."""
    stem = package["package"].removeprefix("@").replace("/", "-")
    tarball = folder / f"{stem}-{package['version']}.tgz"
    if not tarball.exists():
        raise AssetError(f"npm gave no {tarball.name}")
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package["integrity"]:
        raise AssetError(
            f"{tarball.name} is not the locked file (sha512-{digest}). Nothing was copied; "
            "find out why before changing assets.lock"
        )
    return tarball


def unpack(package: dict[str, Any], tarball: Path, target: Path) -> None:
    """Copy the listed files, without source map lines, and draw the sprite if one is asked for."""
    with tarfile.open(tarball) as archive:
        for source, name in package["files"].items():
            write(target / name, SOURCE_MAP.sub(b"", member(archive, source)))
        if sprite := package.get("sprite"):
            write(target / sprite["to"], draw_sprite(archive, sprite))


def member(archive: tarfile.TarFile, source: str) -> bytes:
    """Return the bytes of one file of the package."""
    try:
        handle = archive.extractfile(f"package/{source}")
    except KeyError:
        handle = None
    if handle is None:
        raise AssetError(
            f"{Path(str(archive.name)).name} has no file {source}; correct assets.lock"
        )
    return handle.read()


def draw_sprite(archive: tarfile.TarFile, sprite: dict[str, Any]) -> bytes:
    """Return one SVG with a ``<symbol>`` per icon, so that pages fetch all icons once."""
    symbols = []
    for icon in sprite["icons"]:
        drawing = member(archive, f"{sprite['from']}/{icon}.svg").decode()
        match = SVG_BODY.search(drawing)
        if match is None:
            raise AssetError(f"icon {icon} is no SVG")
        body = " ".join(EMPTY_BOX.sub("", match[1]).split())
        symbols.append(f'<symbol id="{icon}" viewBox="0 0 24 24">{body}</symbol>')
    joined = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{joined}\n</svg>\n'.encode()


def write(path: Path, content: bytes) -> None:
    """Write one file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
