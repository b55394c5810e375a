"""The keys in one sealed file, opened by a passphrase only.

Database and keys together are everything a thief needs, so keys go into a backup only when asked
for, and then sealed: scrypt (2^15, 8, 1) makes the key, AES-256-GCM seals a JSON of the files.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from anze.interfaces.console.backup.manifest import BackupError

NAME = "keys.sealed"
SHORTEST = 12
_MAGIC = b"anze-keys/1\n"
_SALT, _NONCE = 16, 12


def seal(folder: Path, passphrase: str) -> bytes:
    """Return the key files of a folder sealed by a passphrase of at least 12 characters."""
    if len(passphrase) < SHORTEST:
        raise BackupError(f"口令至少 {SHORTEST} 个字符")
    files = {
        path.name: base64.b64encode(path.read_bytes()).decode()
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".")
    }
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, json.dumps(files).encode(), _MAGIC)
    return _MAGIC + salt + nonce + sealed


def open_into(box: Path, passphrase: str, folder: Path) -> None:
    """Write the keys of a sealed file into a folder (0700, files 0600). Raises BackupError."""
    data = box.read_bytes()
    if not data.startswith(_MAGIC):
        raise BackupError(f"{box.name} 不是封存的密钥文件")
    data = data[len(_MAGIC) :]
    salt, nonce, sealed = data[:_SALT], data[_SALT : _SALT + _NONCE], data[_SALT + _NONCE :]
    try:
        files = json.loads(AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed, _MAGIC))
    except (InvalidTag, ValueError):
        raise BackupError(f"{box.name} 打不开：口令不对，或文件被改动") from None
    for name, text in files.items():
        _write(folder, Path(name).name, base64.b64decode(text))


def copy(source: Path, folder: Path) -> None:
    """Copy keys kept apart into a folder (0700, files 0600)."""
    found = [path for path in source.iterdir() if path.is_file()]
    if not any(path.name == "ledger-master.key" for path in found):
        raise BackupError(f"{source} 里没有 ledger-master.key")
    for path in found:
        _write(folder, path.name, path.read_bytes())


def _write(folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << 15, r=8, p=1).derive(passphrase.encode())
