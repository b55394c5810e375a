"""Readers of what others send: canonical JSON, Merkle proofs, packs, workbooks.

Whatever the bytes, the answer is a value or the one declared error, nothing else, and a mutated
proof is never accepted.
"""

from __future__ import annotations

import random
from argparse import Namespace
from collections.abc import Callable
from functools import cache
from typing import Any

import common


def prove(chosen: Namespace) -> dict[str, Any]:
    """Throw the asked number of mutilated inputs at each reader."""
    with common.home():
        parts: dict[str, Any] = {
            "canon": _canon(random.Random(chosen.seed), chosen.frames),
            "merkle": _merkle(random.Random(chosen.seed + 1), chosen.proofs),
            "packs": _packs(random.Random(chosen.seed + 2), chosen.packs),
            "sheets": _sheets(random.Random(chosen.seed + 3), chosen.books),
        }
    return {**parts, "failures": sum(part["wrong"] for part in parts.values())}


def _count(inputs: int, one: Callable[[], bool | None]) -> dict[str, Any]:
    """Count True as accepted, False as refused; None or an exception is wrong."""
    found: dict[str, Any] = {"inputs": inputs, "accepted": 0, "refused": 0, "wrong": 0, "first": ""}
    for _ in range(inputs):
        try:
            said = one()
        except Exception as error:
            said, found["first"] = None, found["first"] or repr(error)
        found["wrong" if said is None else "accepted" if said else "refused"] += 1
    return found


def mutated(chance: random.Random, data: bytes, pieces: list[bytes]) -> bytes:
    """Return the bytes with one to four wounds."""
    frame = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        where = chance.randrange(len(frame) + 1)
        match chance.randrange(4):
            case 0:
                frame[where:where] = chance.choice(pieces)
            case 1:
                del frame[where : where + chance.randint(1, 8)]
            case 2:
                frame[where : where + 1] = bytes([chance.randrange(256)])
            case _:
                frame[where:where] = frame[: chance.randint(0, 24)]
    return bytes(frame)


def _canon(chance: random.Random, frames: int) -> dict[str, Any]:
    from anze.lib.canon import CanonError, dumps, loads

    seeds = [
        dumps({"a": [1, 2, {"b": "消防"}], "z": "x\\y", "t": True}),
        dumps(["𠮷", -9007199254740991, {}]),
        b'{"a":{"b":{"c":[[[]]]}}}',
    ]
    pieces = [b"[", b"{", b'"', b"\\u", b"\\ud83d", b"null", b"1e9", b"\xff", b"\xe4", b"9" * 30]

    def one() -> bool | None:
        frame = mutated(chance, chance.choice(seeds), pieces)
        try:
            value = loads(frame)
        except CanonError:
            return False
        return True if dumps(value) == frame else None

    return _count(frames, one)


def _merkle(chance: random.Random, proofs: int) -> dict[str, Any]:
    """Mutate true inclusion and consistency proofs: every one must be refused."""
    from anze.lib import merkle

    most = 150
    leaves = [merkle.leaf_hash(str(n).encode()) for n in range(most)]
    roots = [merkle.root(leaves[:size]) for size in range(most + 1)]

    @cache
    def get(level: int, index: int) -> bytes:
        return merkle.root(leaves[index << level : (index + 1) << level])

    def wounded(proof: list[bytes]) -> list[bytes]:
        some = list(proof)
        if not some:
            return [chance.randbytes(32)]
        where = chance.randrange(len(some))
        match chance.randrange(4):
            case 0:
                del some[where]
            case 1:
                some.insert(where, chance.randbytes(32))
            case 2:
                bit = 1 << chance.randrange(256)
                some[where] = (int.from_bytes(some[where], "big") ^ bit).to_bytes(32, "big")
            case _:
                some[where] = some[where][:-1]
        return some

    def one() -> bool | None:
        size = chance.randrange(2, most + 1)
        if chance.random() < 0.5:
            index = chance.randrange(size)
            proof = merkle.inclusion_proof(index, size, get)
            told = wounded(proof)
            good = merkle.verify_inclusion(index, size, leaves[index], told, roots[size])
        else:
            old = chance.randrange(1, size)
            proof = merkle.consistency_proof(old, size, get)
            told = wounded(proof)
            good = merkle.verify_consistency(old, size, roots[old], roots[size], told)
        return None if good and told != proof else False

    return _count(proofs, one)


def _packs(chance: random.Random, count: int) -> dict[str, Any]:
    from anze.kernel.packs import loader
    from anze.kernel.packs.faults import PackError
    from anze.kernel.packs.tests.core_kinds import CORE
    from anze.kernel.packs.tests.small import files
    from anze.kernel.packs.tests.test_fuzz import BITS

    names = list(files())

    def one() -> bool | None:
        pack = files()
        name = chance.choice(names)
        pack[name] = mutated(chance, pack[name], BITS)
        try:
            loader.parse(pack, kinds=CORE)
        except PackError as error:
            return False if error.faults else None
        return True

    return _count(count, one)


def _sheets(chance: random.Random, count: int) -> dict[str, Any]:
    from anze.lib.sheets import SheetError, read_sheets
    from anze.lib.tests.workbooks import make_xls, xlsx_of

    rows = [["学校", "电话"], ["临湖小学", "13800000000"], ["小荷幼儿园", "13900000000"]]
    seeds = [xlsx_of(rows), make_xls(rows), "学校,电话\n临湖小学,138\n".encode("gb18030")]
    pieces = [b"PK\x03\x04", b"\x00" * 9, b"\xff" * 5, b"<!DOCTYPE", b",,,,", b'"', b"\r\n"]

    def one() -> bool | None:
        try:
            read_sheets(mutated(chance, chance.choice(seeds), pieces))
        except SheetError:
            return False
        return True

    return _count(count, one)


if __name__ == "__main__":
    common.main(
        "fuzz", prove, frames=(1_000_000, 20_000), proofs=(200_000, 5_000), packs=(20_000, 200),
        books=(2_000, 30),
    )  # fmt: skip
