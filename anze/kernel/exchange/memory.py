"""Columns chosen once are chosen again when the same header comes back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange.models import HeaderMemory, ImportBatch


@dataclass(frozen=True)
class Remembered:
    """What was chosen for this file, else for an earlier one with the same header."""

    kind: str
    scope_id: UUID
    chosen: Mapping[str, Mapping[str, int]] | None = None

    def columns(self, sheet: str, headers: Mapping[int, str]) -> Mapping[str, int] | None:
        """Return field key → column number, None to take the columns as they were found."""
        if self.chosen and sheet in self.chosen:
            return self.chosen[sheet]
        row = HeaderMemory.objects.filter(
            kind=self.kind, scope_id=self.scope_id, signature=signature(headers)
        ).first()
        return dict(json.loads(row.columns)) if row else None


def signature(headers: Mapping[int, str]) -> str:
    """Return the SHA-256 of the titles with their column numbers."""
    plain = json.dumps(sorted(headers.items()), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def keep(ctx: Ctx, batch: ImportBatch, chosen: Mapping[str, Mapping[str, int]]) -> None:
    """Remember the columns a person chose for the sheets of a batch."""
    for table in batch.table_list:
        if table["sheet"] not in chosen:
            continue
        headers = {int(number): title for number, title in table["headers"].items()}
        columns = {k: n for k, n in chosen[table["sheet"]].items() if n in headers}
        HeaderMemory.objects.update_or_create(
            kind=batch.kind,
            scope_id=batch.scope_id,
            signature=signature(headers),
            defaults={"columns": json.dumps(columns), "actor_id": ctx.actor_id, "at": ctx.now},
        )
