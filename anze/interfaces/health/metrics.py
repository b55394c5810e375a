"""Counts of this process and figures of the database, for Prometheus."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping

from django.db.models import Count
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from anze.engines.duties.advance import reached
from anze.kernel.bus import clock, readonly
from anze.kernel.ledger import selectors as ledger
from anze.kernel.ledger import spool
from anze.kernel.ledger.models import Entry, Waiting
from anze.kernel.work import sweep
from anze.kernel.work.models import Job

log = logging.getLogger("anze.health")

registry = CollectorRegistry()
requests = Counter(
    "anze_requests", "Requests answered", ["route", "method", "status"], registry=registry
)
seconds = Histogram(
    "anze_request_seconds", "Seconds a request took", ["route"], registry=registry,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
database_errors = Counter(
    "anze_database_errors", "Requests that failed for the database", registry=registry
)

Read = Callable[[], Mapping[str, float] | float]
_figures: dict[str, tuple[str, str, Read]] = {}


def register(name: str, told: str, read: Read, label: str = "") -> None:
    """Add a figure read at each scrape: one number, or one for each value of ``label``."""
    _figures.setdefault(name, (told, label, read))


def exposition() -> tuple[bytes, str]:
    """Return all figures as text, and its content type."""
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Figures:
    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing is read while the registry is built."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read every figure; one that cannot be read is left out, and logged."""
        for name, (told, label, read) in _figures.items():
            try:
                yield _family(name, told, label, read())
            except Exception:
                log.exception("figure %s cannot be read", name)


def _family(
    name: str, told: str, label: str, value: Mapping[str, float] | float
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, told, labels=[label] if label else [])
    for key, number in value.items() if isinstance(value, Mapping) else [("", value)]:
        family.add_metric([key] if label else [], number)
    return family


def _jobs() -> dict[str, float]:
    rows = Job.objects.order_by().values_list("state").annotate(Count("pk"))
    return {str(state): float(count) for state, count in rows}


def _sweep_ages() -> dict[str, float]:
    rows = sweep.runs().exclude(last_ok=None).values_list("name", "last_ok")
    return {name: (clock.now() - at).total_seconds() for name, at in rows}


def _backup_age() -> dict[str, float]:
    made = Entry.objects.filter(kind="system.backed_up").order_by("-pk")
    last = made.values_list("recorded", flat=True).first()
    return {"last": (clock.now() - last).total_seconds()} if last else {}


registry.register(_Figures())  # type: ignore[arg-type]
register("anze_ledger_size", "Numbered entries", lambda: ledger.size())
register("anze_ledger_waiting", "Entries without a number", lambda: Waiting.objects.count())
register("anze_spool_waiting", "Alarms not yet in the ledger", lambda: spool.waiting())
register("anze_duties_behind", "Entries not yet judged", lambda: ledger.size() - reached())
register("anze_jobs", "Jobs by state", _jobs, "state")
register("anze_sweep_age_seconds", "Since a hook last went well", _sweep_ages, "hook")
register(
    "anze_sweep_failing", "Hooks that failed last",
    lambda: sweep.runs().exclude(failure="").count(),
)  # fmt: skip
register("anze_backup_age_seconds", "Since the last backup", _backup_age, "which")
register("anze_read_only", "1 while nothing can be written", lambda: float(readonly.active()))
