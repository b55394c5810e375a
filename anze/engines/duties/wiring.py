"""What this engine connects on start: its kinds, providers and subjects, and the ledger's news."""

from __future__ import annotations

from collections.abc import Iterator

from anze.engines.duties import advance, facts, hanging, kinds, receipt, replay, services, subjects
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.events import listen
from anze.kernel.forms import receipts
from anze.kernel.ledger import reconcile
from anze.kernel.ledger.sequencer import Sequenced
from anze.kernel.people import burdens
from anze.kernel.work import sweep


def connect() -> None:
    """Register everything; called once from ``ready()``."""
    kinds.register_own()
    facts.register_core()
    subjects.register("post", subjects.posts)
    listen(Sequenced, advance.advance_quietly)
    sweep.register("duties.days", services.sweep)
    reconcile.register("duties", _drifts)
    burdens.register("duties", "履职事项", hanging.by_post)
    receipts.add_section("duties", receipt.tell)


def _drifts(_ctx: Ctx) -> Iterator[reconcile.Drift]:
    n = advance.reached()
    for one in replay.drift(replay.replay(n), n):
        row, unit, subject, period = one.key
        yield reconcile.Drift(f"duties {row} {unit} {subject} {period}", one.what)
