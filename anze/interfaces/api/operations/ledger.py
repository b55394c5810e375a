"""Entries in sight, and the proofs that anybody can check."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from ninja import Query, Router

from anze.interfaces.api import shared
from anze.interfaces.api.shapes import ledger as shapes
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.ledger import checkpoints, kinds, proofs, tree
from anze.kernel.ledger import selectors as ledger
from anze.kernel.ledger.models import RETRACT, Checkpoint, Entry
from anze.kernel.ledger.services import private_part
from anze.kernel.people import sight
from anze.kernel.people.access import Request
from anze.kernel.web.wire.declare import operation

router = Router(tags=["存证"])


@operation(
    router,
    "GET",
    "/entries",
    action="portal.home",
    answer=shapes.EntryPage,
    summary="存证列表",
)
def list_entries(request: Request, asked: Query[shapes.EntryFilter]) -> shapes.EntryPage:
    """List the numbered entries this person may read, latest first; public ones are everybody's."""
    ctx = request.ctx
    rows = list(_chosen(ctx, asked)[: asked.limit + 1])
    shown = rows[: asked.limit]
    return shapes.EntryPage(
        items=_present(ctx, shown), next=shown[-1].n if len(rows) > asked.limit else None
    )


def _chosen(ctx: Ctx, asked: shapes.EntryFilter) -> Any:
    rows = sight.entries(ctx)
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.unit:
        rows = rows.filter(unit_id=asked.unit)
    if asked.recorded_from:
        rows = rows.filter(recorded__gte=clock.start_of(asked.recorded_from))
    if asked.recorded_to:
        rows = rows.filter(recorded__lt=clock.start_of(asked.recorded_to + timedelta(days=1)))
    if asked.live is True:
        rows = rows.filter(replaced=False).exclude(op=RETRACT)
    if asked.live is False:
        rows = rows.exclude(replaced=False, op="").exclude(replaced=False, op="supersede")
    if asked.before is not None:
        rows = rows.filter(leaf__n__lt=asked.before)
    return rows


def _present(ctx: Ctx, rows: Iterable[Any]) -> list[shapes.EntryOut]:
    found = list(rows)
    names = sight.names_of(ctx, found)
    labels = {name: kinds.label(name) for name in {row.kind for row in found}}
    return [shapes.EntryOut(**_columns(row, names, labels)) for row in found]


def _columns(row: Any, names: dict[UUID, str], labels: dict[str, str]) -> dict[str, Any]:
    plain = (
        "n", "uid", "kind", "unit_id", "subject", "happened", "captured", "recorded", "via", "op",
        "target", "visibility",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in plain},
        "label": labels[row.kind],
        "actor": names.get(row.actor_id, ""),
        "facts": row.data,
        "proofs": row.proof_list,
        "live": not row.replaced and row.op != RETRACT,
    }


@operation(
    router,
    "GET",
    "/entries/{uid}",
    action="portal.home",
    answer=shapes.EntryDetail,
    summary="一条存证",
)
def get_entry(request: Request, uid: UUID) -> shapes.EntryDetail:
    """Return one entry; 404 for one this person may not read."""
    ctx = request.ctx
    row = sight.entry(ctx, uid)
    kept = ledger.receipt(row)
    return shapes.EntryDetail(
        **_columns(row, sight.names_of(ctx, [row]), {row.kind: kinds.label(row.kind)}),
        chain=[one.uid for one in ledger.history(uid)],
        receipt=receipt_of(kept),
        private=_private(ctx, row),
    )


def receipt_of(kept: ledger.Receipt | None) -> shapes.ReceiptOut | None:
    """Return the shape of a receipt."""
    if kept is None:
        return None
    return shapes.ReceiptOut(
        n=kept.n,
        leaf_hash=kept.leaf_hash,
        checkpoint_size=kept.checkpoint_size,
        checkpoint_root=kept.checkpoint_root,
    )


def _private(ctx: Ctx, row: Entry) -> dict[str, Any] | None:
    """Return the private part for those allowed, phone numbers masked as on the page."""
    if not row.commitment or sight.is_restricted(row) or not sight.may_name(ctx, row.unit_id):
        return None
    part = private_part(row)
    return None if part is None else {name: _masked(name, value) for name, value in part.items()}


def _masked(name: str, value: Any) -> Any:
    text = str(value)
    return f"{text[:3]}****{text[-4:]}" if name == "phone" and len(text) == 11 else value


@operation(
    router,
    "GET",
    "/entries/{uid}/proof",
    action="portal.home",
    answer=shapes.ProofOut,
    summary="一条存证的包含证明",
    also=(422,),
)
def prove_entry(request: Request, uid: UUID) -> shapes.ProofOut:
    """Return the inclusion proof; 422 while no checkpoint covers the entry."""
    return shapes.ProofOut(**shared.proof(request.ctx, uid))


@operation(
    router,
    "GET",
    "/checkpoint",
    action="public",
    answer=shapes.CheckpointOut,
    summary="最新检查点",
)
def get_checkpoint(request: Request) -> shapes.CheckpointOut:
    """Return the latest signed checkpoint, and how far witnesses protect it. For everybody."""
    last = _latest()
    state = ledger.protection()
    return shapes.CheckpointOut(
        size=last.size,
        root=bytes(last.root).hex(),
        at=last.at,
        note=proofs.full_note(last),
        log=str(checkpoints.signer().key),
        protection=shapes.ProtectionOut(
            witnesses=state.witnesses, size=state.size, broken=state.broken, text=state.text
        ),
    )


@operation(
    router,
    "GET",
    "/consistency",
    action="public",
    answer=shapes.ConsistencyOut,
    summary="一致性证明",
)
def prove_consistency(
    request: Request, asked: Query[shapes.ConsistencyFilter]
) -> shapes.ConsistencyOut:
    """Return the proof that an older history is a prefix of the latest checkpoint's."""
    last = _latest()
    if asked.old > last.size:
        raise Refused(
            "检查点还没有这么多条",
            field="query.old",
            where=str(asked.old),
            remedy=f"old 应在 1 和 {last.size} 之间",
        )
    return shapes.ConsistencyOut(
        old=asked.old,
        size=last.size,
        old_root=ledger.root_at(asked.old).hex(),
        path=[one.hex() for one in tree.consistency_proof(asked.old, last.size)],
        checkpoint=proofs.full_note(last),
    )


def _latest() -> Checkpoint:
    last = checkpoints.latest()
    if last is None:
        raise NotFound("还没有检查点", remedy="检查点每小时签一次，稍后再来")
    return last
