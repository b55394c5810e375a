"""What this engine connects on start: its kinds, providers and subjects, and the ledger's news."""

from __future__ import annotations

from anze.engines.duties import advance, facts, kinds, subjects
from anze.kernel.bus.events import listen
from anze.kernel.ledger.sequencer import Sequenced


def connect() -> None:
    """Register everything; called once from ``ready()``."""
    kinds.register_own()
    facts.register_core()
    subjects.register("post", subjects.posts)
    listen(Sequenced, advance.advance_quietly)
