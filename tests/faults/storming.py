"""Bring hostile files to the doors and look what became of them."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.exchange import services as exchange
from anze.kernel.exchange.models import ImportBatch
from anze.kernel.files import services, store
from anze.kernel.files.models import StoredFile
from tests.faults.hostile import Hostile, carries


def storm(corpus: Iterable[Hostile], unit: UUID, district: UUID) -> tuple[Counter[str], list[str]]:
    """Return how many files met which fate, and what went otherwise than it must."""
    fates: Counter[str] = Counter()
    wrong: list[str] = []
    for one in corpus:
        try:
            fate = _bring(one, unit, district)
        except Exception as error:  # anything but a refusal is a door that broke
            fate = f"{type(error).__name__}: {error}"[:200]
        fates[fate] += 1
        if fate != one.fate:
            wrong.append(f"{one.name}: {fate}, not {one.fate}")
    return fates, wrong


def _bring(one: Hostile, unit: UUID, district: UUID) -> str:
    before = StoredFile.objects.count() + ImportBatch.objects.count()
    try:
        if one.door == "exchange":
            exchange.upload(Ctx.system(), "roster", district, one.make(), name=f"{one.name}.xlsx")
            return "taken in"
        row, _new = services.receive(Ctx.system(), unit, io.BytesIO(one.make()), name="a.jpg")
    except Refused as refusal:
        if StoredFile.objects.count() + ImportBatch.objects.count() != before:
            return "refused and stored"
        return "refused" if refusal.message else "refused without a reason"
    kept = store.path_of(row.stored_sha256).read_bytes()
    if not row.mime.startswith("image/"):
        return "closed" if row.mime == "application/pdf" else f"kept as {row.mime}"
    left = carries(kept) + carries(store.path_of(row.thumb_sha256).read_bytes())
    return f"carries {left}" if left else "bare"
