"""No second history is ever cosigned: forks, rollbacks, rewrites, with a forger's best proofs."""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections import Counter
from pathlib import Path
from typing import Any

import common


def prove(chosen: Namespace) -> dict[str, Any]:
    """Attack ``chosen.cases`` witnesses in every way known; each attack has its refusal."""
    with common.home():
        from anze.kernel.ledger import witness
        from anze.kernel.ledger.tests.test_witness import Log, _attacks
        from anze.lib import notes

        answers: Counter[str] = Counter()
        wrong = 0
        for number in range(chosen.cases):
            with tempfile.TemporaryDirectory() as folder:
                signer = notes.Signer.generate("log.example/anze")
                one = witness.init(Path(folder) / "w", "office.example/w1", [str(signer.key)])
                log = Log(chosen.seed + number, signer)
                wrong += witness.answer(one, log.request(0))[0] != 200
                size, root = len(log.leaves), log.root()
                for status, request in _attacks(log, size):
                    said = witness.answer(one, request)[0]
                    answers[str(said)] += 1
                    wrong += said != status
                wrong += one.last(signer.name) != (size, root)
                log.grow()
                wrong += witness.answer(one, log.request(size))[0] != 200
    attacks = sum(answers.values())
    return {"cases": chosen.cases, "attacks": attacks, "refused_with": answers, "failures": wrong}


if __name__ == "__main__":
    common.main("witness_forks", prove, cases=(1000, 30))
