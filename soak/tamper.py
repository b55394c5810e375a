"""Flip bits behind the ledger's back: `verify` finds every one and names what was changed.

In a copy of a demonstration's database the guards are dropped and, a few at a time, one bit of one
random column of one random row is flipped, in every column of the ledger's tables that a decision
or a proof rests on. Each wound must be named by its number, node or size; then it is healed.

Not among them, as the ledger's README says: ``leaf.at``, ``checkpoint.at`` and the row ids of
nodes and checkpoints, which nothing rests on.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from argparse import Namespace
from collections import Counter
from pathlib import Path
from typing import Any

import common

ENTRY = (
    "uid", "kind", "schema_version", "visibility", "unit_id", "subject", "happened", "captured",
    "recorded", "actor_id", "via", "late", "facts", "proofs", "op", "target", "client_id", "salt",
    "header_hash", "digest", "commitment",
)  # fmt: skip
AT_ONCE = 20


def prove(chosen: Namespace) -> dict[str, Any]:
    """Wound ``chosen.flips`` cells, ``AT_ONCE`` together, and look whether each is named."""
    folder = Path(tempfile.mkdtemp(prefix="anze-soak-"))
    try:
        common.settle_in(folder)
        return _prove(chosen, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prove(chosen: Namespace, folder: Path) -> dict[str, Any]:
    from django.core.management import call_command
    from django.db import connection

    from anze.kernel.ledger import checkpoints, guards, selectors, verify

    call_command("migrate", verbosity=0)
    with open("/dev/null", "w") as nowhere:
        call_command("demo", units=chosen.units, stdout=nowhere, stderr=nowhere)
    checkpoints.make()
    clean = verify.verify().findings
    with connection.cursor() as cursor:
        for name in guards.names("sqlite"):
            cursor.execute(guards.drop_statement("sqlite", name))
        cursor.execute("PRAGMA foreign_keys = OFF")
    chance, found, missed = random.Random(chosen.seed), Counter(), []
    done = 0
    while done < chosen.flips:
        wounds = _wounds(chance, min(AT_ONCE, chosen.flips - done))
        findings, crashed = _verify(verify)
        if crashed and len(wounds) > 1:
            findings = None
        for wound in wounds:
            named = _named(wound, findings) if findings is not None else _alone(wound, wounds)
            found[wound["where"]] += named
            if not named:
                missed.append(f"{wound['where']} n={wound['n']}: {crashed}")
        for wound in wounds:
            _write(wound, wound["was"])
        done += len(wounds)
    whole = verify.verify().findings
    return {
        "entries": selectors.size(),
        "flips": done,
        "found_and_named": sum(found.values()),
        "by_column": dict(sorted(found.items())),
        "missed": missed[:30],
        "findings_before_and_after": [len(clean), len(whole)],
        "failures": len(missed) + len(clean) + len(whole),
    }


def _verify(verify: Any) -> tuple[list[str], str]:
    try:
        return verify.verify().findings, ""
    except Exception as error:
        return [], f"verify broke: {error!r}"[:200]


def _alone(wound: dict[str, Any], wounds: list[dict[str, Any]]) -> bool:
    """Look at one wound of a batch that broke the verifier, the others healed meanwhile."""
    from anze.kernel.ledger import verify

    for other in wounds:
        _write(other, other["was"])
    _write(wound, wound["now"])
    findings, crashed = _verify(verify)
    _write(wound, wound["was"])
    if crashed:
        print(wound["where"], crashed, flush=True)
    return _named(wound, findings)


def _named(wound: dict[str, Any], findings: list[str]) -> bool:
    return any(wound["name"] in one for one in findings)


def _wounds(chance: random.Random, count: int) -> list[dict[str, Any]]:
    """Flip a bit in each of ``count`` random cells of different rows; return what was done."""
    wounds: dict[tuple[str, Any], dict[str, Any]] = {}
    while len(wounds) < count:
        wound = _chosen(chance)
        if wound is None or (wound["table"], wound["key"]) in wounds:
            continue
        _write(wound, wound["now"])
        wounds[wound["table"], wound["key"]] = wound
    return list(wounds.values())


def _chosen(chance: random.Random) -> dict[str, Any] | None:
    from anze.kernel.ledger import selectors

    size = selectors.size()
    n = chance.randrange(1, size + 1)
    table, column, key, name = chance.choices(
        [
            ("ledger_entry", chance.choice(ENTRY), _entry_id(n), f"第 {n} 条"),
            ("ledger_leaf", "hash", n, f"第 {n} 条"),
            ("ledger_entryprivate", chance.choice(["ciphertext", "wrapped_key"]), _entry_id(n),
             f"第 {n} 条"),
            _node(chance, size),
            _checkpoint(chance),
        ],
        [70, 12, 12, 3, 3],
    )[0]  # fmt: skip
    was = _read(table, column, key)
    if was is None or was == "":
        return None
    now = flipped(chance, was)
    return {"table": table, "column": column, "key": key, "name": name, "was": was, "now": now,
            "where": f"{table}.{column}", "n": n}  # fmt: skip


def _node(chance: random.Random, size: int) -> tuple[str, str, int, str]:
    from anze.kernel.ledger.models import TreeNode

    pk, level, position = chance.choice(
        list(TreeNode.objects.values_list("pk", "level", "position"))
    )
    return "ledger_treenode", "hash", pk, f"树节点 {level}/{position}"


def _checkpoint(chance: random.Random) -> tuple[str, str, int, str]:
    from anze.kernel.ledger.models import Checkpoint

    pk = chance.choice(list(Checkpoint.objects.values_list("pk", flat=True)))
    return "ledger_checkpoint", chance.choice(["root", "note", "size"]), pk, "检查点"


_ids: dict[int, int] = {}


def _entry_id(n: int) -> int:
    from anze.kernel.ledger.models import Leaf

    if not _ids:
        _ids.update(Leaf.objects.values_list("n", "entry_id"))
    return _ids[n]


_KEYS = {"ledger_leaf": "n", "ledger_entryprivate": "entry_id"}


def _raw() -> Any:
    """Return a connection to the file that knows nothing of types: bytes as they are stored."""
    if not _open:
        from django.conf import settings
        from pysqlite3 import connect

        path = str(settings.DATABASES["default"]["NAME"])
        _open.append(connect(path, timeout=20, isolation_level=None))
    return _open[0]


_open: list[Any] = []


def _read(table: str, column: str, key: int) -> Any:
    where = _KEYS.get(table, "id")
    row = _raw().execute(f"SELECT {column} FROM {table} WHERE {where} = ?", [key]).fetchone()
    return row[0] if row else None


def _write(wound: dict[str, Any], value: Any) -> None:
    where = _KEYS.get(wound["table"], "id")
    said = _raw().execute(
        f"UPDATE {wound['table']} SET {wound['column']} = ? WHERE {where} = ?",
        [value, wound["key"]],
    )
    assert said.rowcount == 1, wound


def flipped(chance: random.Random, value: Any) -> Any:
    """Return the value with one bit of its stored bytes flipped; text stays text."""
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(3)) if value > 1 else 1 - value
    data = bytearray(value.encode() if isinstance(value, str) else bytes(value))
    while True:
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        if not isinstance(value, str):
            return bytes(changed)
        try:
            text = changed.decode()
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:  # SQLite would end the text there
            return text


if __name__ == "__main__":
    common.main("tamper", prove, flips=(1000, 60), units=(8, 4))
