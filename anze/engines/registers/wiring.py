"""What this engine connects on start: kinds, reconciliation, the hourly look, a menu line."""

from __future__ import annotations

from datetime import timedelta

from anze.engines.registers import expiry, kinds, reconcile, spec, transfer
from anze.kernel.ledger import reconcile as ledger_reconcile
from anze.kernel.web import nav
from anze.kernel.work import sweep, topics

MENU = nav.Entry(
    "registers",
    "设施设备台账",
    "list-details",
    "registers:index",
    "registers.view",
    "record",
    10,
    short="台账",
)


def connect() -> None:
    """Register everything; called once from ``ready()``."""
    kinds.register_own()
    spec.when_opened(transfer.open_to_files)
    ledger_reconcile.register("registers", reconcile.drift)
    topics.register(expiry.TOPIC)
    sweep.register("registers.expiry", expiry.tell, every=timedelta(hours=1))
    nav.register(MENU)
