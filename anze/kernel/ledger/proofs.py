"""Proofs and exports that leave the house, and their checking without a database.

An inclusion proof is one JSON object; an export is JSON lines: a head, one line per entry, and the
checkpoint last. Both are checked against the log's verifier key, which the reader must have from
elsewhere: a key that travels with the proof proves only that the file agrees with itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.ledger import body, checkpoints, kinds, rows, tree
from anze.kernel.ledger.models import Checkpoint, Entry, Leaf
from anze.lib import canon, merkle, notes

PROOF = "anze-proof/1"
EXPORT = "anze-export/1"


class CheckFailed(ValueError):
    """A proof or an export does not hold; the text says where."""


@dataclass(frozen=True)
class Checked:
    """What a valid proof or export shows."""

    size: int
    root: str
    log: str
    cosigners: tuple[str, ...]


def prove(n: int, *, disclose: bool = False) -> dict[str, Any]:
    """Return the inclusion proof of entry ``n`` under the latest checkpoint.

    ``disclose`` adds the whole event without its private part, and the salt that ties it to the
    leaf; without it the proof tells number, uid, kind and time only. Raises NotFound for an unknown
    number and Refused while no checkpoint covers it.
    """
    leaf = Leaf.objects.select_related("entry").filter(n=n).first()
    if leaf is None:
        raise NotFound("没有这一条存证", where=f"n={n}")
    checkpoint = checkpoints.latest()
    if checkpoint is None or checkpoint.size < n:
        raise Refused(
            "尚无检查点覆盖这一条", where=f"n={n}", remedy="先运行 anze ledger checkpoint"
        )
    proof = {
        "format": PROOF,
        "n": n,
        "size": checkpoint.size,
        "leaf": body.leaf_data(leaf.entry, n).decode(),
        "path": [hash_.hex() for hash_ in tree.inclusion_proof(n, checkpoint.size)],
        "checkpoint": full_note(checkpoint),
        "log": str(checkpoints.signer().key),
    }
    return {**proof, **_disclosed(leaf.entry)} if disclose else proof


def full_note(checkpoint: Checkpoint) -> str:
    """Return the checkpoint's note with every cosignature line kept for it."""
    return checkpoint.note + "".join(f"{row.line}\n" for row in checkpoint.cosignatures.all())


def _disclosed(entry: Entry) -> dict[str, Any]:
    return {"event": body.body(entry), "salt": bytes(entry.salt).hex()}


def check_proof(
    proof: dict[str, Any], log_key: str = "", witness_keys: Sequence[str] = ()
) -> Checked:
    """Check an inclusion proof with no database; raise CheckFailed.

    ``log_key`` defaults to the key in the file, which proves agreement with itself only.
    """
    try:
        n, leaf = int(proof["n"]), str(proof["leaf"]).encode()
        path = [bytes.fromhex(text) for text in proof["path"]]
        note_text, log = str(proof["checkpoint"]), log_key or str(proof["log"])
        _need(proof["format"] == PROOF, "不是存证证明文件")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckFailed(f"证明文件残缺：{error!r}") from None
    stated, checked = _open(note_text, log, witness_keys)
    _need(proof.get("size") == stated.size, "证明与检查点的条数不符")
    value = _canonical(leaf)
    _need(value.get("n") == n, "叶中的编号与证明不符")
    whole = merkle.leaf_hash(leaf)
    _need(
        merkle.verify_inclusion(n - 1, stated.size, whole, path, stated.root),
        "路径得不出检查点的根",
    )
    if "event" in proof:
        _check_event(value, proof["event"], str(proof.get("salt", "")))
    return checked


def _check_event(leaf: dict[str, Any], event: Any, salt: str) -> None:
    _need(isinstance(event, dict), "所附内容残缺")
    if "d" in leaf:
        try:
            digest = body.keyed(bytes.fromhex(salt), canon.dumps(event)).hex()
        except ValueError as error:
            raise CheckFailed(f"所附内容残缺：{error}") from None
        _need(digest == leaf["d"], "所附内容不是这一条存证的内容")
    else:
        shown = {key: value for key, value in leaf.items() if key not in ("n", "p")}
        _need(shown == event, "所附内容不是这一条存证的内容")


def _open(text: str, log: str, witness_keys: Sequence[str]) -> tuple[notes.Checkpoint, Checked]:
    try:
        stated, note = notes.open_checkpoint(text.encode(), notes.Key.parse(log))
        known = [notes.Key.parse(key) for key in witness_keys]
        cosigners = notes.verify(note, known) if known else []
    except notes.NoteError as error:
        raise CheckFailed(f"检查点签名不成立：{error}") from None
    names = tuple(sorted(check.key.name for check in cosigners))
    return stated, Checked(stated.size, stated.root.hex(), log, names)


def _canonical(data: bytes) -> dict[str, Any]:
    try:
        value = canon.loads(data)
    except canon.CanonError as error:
        raise CheckFailed(f"叶不是规范 JSON：{error}") from None
    _need(isinstance(value, dict), "叶不是对象")
    return dict(value)


def _need(holds: bool, otherwise: str) -> None:
    if not holds:
        raise CheckFailed(otherwise)


def export(*, restricted: bool = False) -> Iterator[str]:
    """Yield the history up to the latest checkpoint as JSON lines (without line ends).

    Never holds private parts. Entries of kinds seen by few (sealed, vault, reporter) show their
    leaf only, unless ``restricted``. Raises Refused while there is no checkpoint.
    """
    checkpoint = checkpoints.latest()
    if checkpoint is None:
        raise Refused("还没有检查点", remedy="先运行 anze ledger checkpoint")
    yield _line({"format": EXPORT, "size": checkpoint.size, "log": str(checkpoints.signer().key)})
    for row in rows.stream(0, checkpoint.size):
        line: dict[str, Any] = {"n": row.n, "leaf": body.leaf_data(row.entry, row.n).decode()}
        if restricted or row.entry.visibility not in kinds.RESTRICTED:
            line |= _disclosed(row.entry)
        yield _line(line)
    yield _line({"checkpoint": full_note(checkpoint)})


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def check_export(
    lines: Iterable[str], log_key: str = "", witness_keys: Sequence[str] = ()
) -> Checked:
    """Check an export with no database: every leaf, every shown event, the root, the signatures.

    Raises CheckFailed naming the entry.
    """
    head: dict[str, Any] = {}
    edge = merkle.Range()
    for number, text in enumerate(lines):
        line = _json(text, number)
        if number == 0:
            _need(line.get("format") == EXPORT, "不是存证导出文件")
            head = line
        elif "checkpoint" in line:
            return _check_end(line, edge, log_key or str(head.get("log", "")), witness_keys)
        else:
            edge.append(_check_line(line, edge.size + 1))
    raise CheckFailed("导出文件不完整：没有检查点")


def _check_line(line: dict[str, Any], n: int) -> bytes:
    _need(line.get("n") == n, f"第 {n} 条缺失")
    leaf = str(line.get("leaf", "")).encode()
    try:
        value = _canonical(leaf)
        _need(value.get("n") == n, "叶中的编号不符")
        if "event" in line:
            _check_event(value, line["event"], str(line.get("salt", "")))
    except CheckFailed as error:
        raise CheckFailed(f"第 {n} 条：{error}") from None
    return merkle.leaf_hash(leaf)


def _check_end(
    line: dict[str, Any], edge: merkle.Range, log: str, witness_keys: Sequence[str]
) -> Checked:
    stated, checked = _open(str(line["checkpoint"]), log, witness_keys)
    _need(stated.size == edge.size, f"检查点为 {stated.size} 条，文件只有 {edge.size} 条")
    _need(stated.root == edge.root(), "各条算得的根与检查点不符")
    return checked


def _json(text: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise CheckFailed(f"第 {number + 1} 行不是 JSON：{error}") from None
    _need(isinstance(value, dict), f"第 {number + 1} 行不是对象")
    return dict(value)
