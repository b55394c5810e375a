"""Restore into a new home, then let the home itself prove what it holds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from anze.interfaces.console.backup import databases, keybox, manifest
from anze.interfaces.console.backup.manifest import BackupError, Manifest
from anze.kernel.bus import schema
from anze.kernel.web.context import DEMO_MARK

TAKEN = ("files/", "spool/", "packs/")
PROVE = "--prove-this-home"


@dataclass(frozen=True)
class Keys:
    """Where the keys come from: a folder kept apart, or a passphrase for the sealed ones."""

    folder: Path | None = None
    passphrase: str = ""


@dataclass(frozen=True)
class Proof:
    """What the restored home says of itself when everything is computed again."""

    size: int
    root: str
    findings: list[str] = field(default_factory=list)
    drifts: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    migrated: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing contradicts."""
        return not self.findings and not self.drifts


def restore(backup: Path, home: Path, keys: Keys, *, database: str = "") -> tuple[Manifest, Proof]:
    """Check a backup byte for byte, put it into an empty ``home``, and have it proved there.

    Raises BackupError when the home is not empty, a part differs, keys are missing, or the ledger
    inside is not the one the manifest states.
    """
    said = manifest.read(backup)
    _need_empty(home)
    if wrong := manifest.check(backup, said):
        raise BackupError("备份已损坏，没有恢复：" + "；".join(wrong[:20]))
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _keys(backup, home, keys)
    for part in said.parts:
        if part.name.startswith(TAKEN) or part.name == DEMO_MARK:
            target = home / part.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(backup / part.name, target)
    databases.load(backup / databases.part_name(said.vendor), home, database)
    proof = _proved(home, database)
    if (proof.size, proof.root) != (said.size, said.root):
        raise BackupError(
            f"恢复出的存证（{proof.size} 条，根 {proof.root}）与清单（{said.size} 条，"
            f"根 {said.root}）不符：不要使用 {home}"
        )
    return said, proof


def _need_empty(home: Path) -> None:
    if home.exists() and any(home.iterdir()):
        raise BackupError(f"{home} 不是空的：恢复只写进新的或空的文件夹，不覆盖任何东西")


def _keys(backup: Path, home: Path, keys: Keys) -> None:
    if keys.folder:
        keybox.copy(keys.folder, home / "keys")
    elif (backup / keybox.NAME).exists() and keys.passphrase:
        keybox.open_into(backup / keybox.NAME, keys.passphrase, home / "keys")
    else:
        raise BackupError(
            "没有密钥就打不开姓名和正文，也验证不了签名：以 --keys 给出另存的 keys 文件夹"
            + ("，或给出封存密钥的口令" if (backup / keybox.NAME).exists() else "")
        )


def _proved(home: Path, database: str) -> Proof:
    """Run ``prove`` in a process whose home is the restored one."""
    surroundings = {key: text for key, text in os.environ.items() if key != "ANZE_DATABASE_URL"}
    surroundings |= {"ANZE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "anze.config.settings"}
    if database:
        surroundings["ANZE_DATABASE_URL"] = database
    done = subprocess.run(
        [sys.executable, "-m", "anze", "restore", PROVE], env=surroundings, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    try:
        return Proof(**json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, ValueError, TypeError):
        raise BackupError(f"恢复出的数据打不开：{done.stderr.strip()[-600:]}") from None


def prove() -> Proof:
    """Compute everything of this home again: ledger, signatures, sealed parts, tables, duties."""
    from anze.kernel.bus.ctx import Ctx
    from anze.kernel.ledger import reconcile, selectors, verify

    size = selectors.size()
    root = selectors.root_at(size).hex()
    migrated = _migrate()
    report = verify.verify()
    drifts = [f"{name}：{one.where}：{one.what}" for name, one in reconcile.run(Ctx.system())]
    return Proof(size, root, report.findings + _files(), drifts, report.notices, migrated)


def _migrate() -> int:
    """Bring an older backup up to this version; return how many migrations that took."""
    from django.core.management import call_command

    steps = schema.missing()
    if steps:
        call_command("migrate", interactive=False, verbosity=0)
    return steps


def _files() -> list[str]:
    """Return the files that rows name and the home does not hold."""
    from anze.kernel.files import store
    from anze.kernel.files.models import State, StoredFile

    rows = StoredFile.objects.exclude(state=State.ERASED)
    hashes = rows.values_list("stored_sha256", "thumb_sha256")
    named = {one for pair in hashes for one in pair if one}
    return [f"材料 {one} 缺失" for one in sorted(named) if not store.path_of(one).is_file()]
