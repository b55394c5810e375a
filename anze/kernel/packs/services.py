"""Load a pack for good, and let it bind a unit from a day on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.bus.events import Event, announce
from anze.kernel.ledger import services as ledger
from anze.kernel.packs import kinds, loader, lock, selectors
from anze.kernel.packs.faults import PackError
from anze.kernel.packs.models import Activation, Ending, Pack
from anze.kernel.packs.schema import Pack as Parsed
from anze.kernel.people import services as people
from anze.kernel.units import selectors as units


class PackRefused(Refused):
    """A pack was refused whole; ``faults`` names every reason."""

    def __init__(self, error: PackError) -> None:
        super().__init__(str(error), where=error.pack, remedy="按所列逐处改正后再装载")
        self.faults = error.faults


@dataclass(frozen=True)
class Activated(Event):
    """A pack binds ``scope`` and all under it from ``from_day`` on."""

    pack_id: UUID
    scope: UUID
    from_day: dt.date
    entry_uid: UUID


@dataclass(frozen=True)
class Ended(Event):
    """Nothing of ``issuer`` binds ``scope`` from ``from_day`` on."""

    issuer: str
    scope: UUID
    from_day: dt.date
    entry_uid: UUID


def load_pack(ctx: Ctx, folder: Path) -> Pack:
    """Load the pack in ``folder`` and, before it, those it depends on; return its row.

    Loading the same content again returns the first row. Raises PackRefused with every fault of
    the files or of their LOCK, and Conflict when a released version is known with other content.
    """
    ctx.access.check("packs.activate", None)
    try:
        found = loader.load(folder, kinds=kinds.core(), earlier=_in_use(folder))
        lock.verify(folder, found)
    except PackError as error:
        raise PackRefused(error) from error
    with transaction.atomic():
        for name in found.pack.meta.depends:
            load_pack(ctx, folder.resolve().parents[1] / name)
        return _keep(ctx, found)


def _in_use(folder: Path) -> list[Parsed]:
    """Return the released, lower versions of the same issuer that are already loaded."""
    issuer, version = folder.resolve().parts[-2:]
    rows = Pack.objects.filter(issuer=issuer, released=True)
    lower = [row for row in rows if loader.order(row.version) < loader.order(version)]
    return [selectors.parsed(row) for row in lower]


def _keep(ctx: Ctx, found: loader.Loaded) -> Pack:
    meta = found.pack.meta
    versions = Pack.objects.filter(issuer=meta.issuer, version=meta.version)
    same: Pack | None = versions.filter(hash=found.hash).first()
    if same is not None:
        return same
    if versions.filter(released=True).exists():
        raise Conflict(
            f"{meta.name} 已发布，内容不能再变", where=meta.name, remedy="改成新的版本号再装载"
        )
    facts = {
        "pack": meta.name,
        "hash": found.hash,
        "released": meta.status == "released",
        "requirements": len(found.pack.requirements),
        "forms": len(found.pack.forms),
    }
    entry = ledger.record(ctx, kinds.LOADED.name, unit_id=None, facts=facts, subject=meta.name)
    row: Pack = Pack.objects.create(
        issuer=meta.issuer,
        version=meta.version,
        title=meta.title,
        hash=found.hash,
        content=found.content.decode(),
        released=meta.status == "released",
        loaded_at=ctx.now,
        entry_uid=entry.uid,
    )
    return row


def activate(ctx: Ctx, pack: Pack, unit_id: UUID, from_day: dt.date) -> Activation:
    """Let a released pack bind a unit and all under it from ``from_day`` on.

    The same activation again returns the first. What the pack depends on must be in force for the
    same unit or be activated too; it is not activated silently. The posts the pack names can be
    held from now on. Raises Refused for a draft.
    """
    ctx.access.check("packs.activate", unit_id)
    if not pack.released:
        raise Refused(f"{pack.name} 还是草案", where=pack.name, remedy="发布后再启用")
    days = Activation.objects.filter(pack=pack, scope=unit_id)
    same: Activation | None = days.filter(from_day=from_day).first()
    if same is not None:
        return same
    with transaction.atomic():
        people.sync_post_types(ctx, selectors.parsed(pack).roles.posts)
        facts = {
            "pack": pack.name,
            "hash": pack.hash,
            "scope": unit_id,
            "from_day": from_day,
        }
        entry = ledger.record(
            ctx, kinds.ACTIVATED.name, unit_id=unit_id, facts=facts, subject=pack.name
        )
        made: Activation = Activation.objects.create(
            pack=pack, scope=unit_id, from_day=from_day, entry_uid=entry.uid
        )
        announce(Activated(pack.id, unit_id, from_day, entry.uid))
    return made


def end(ctx: Ctx, issuer: str, unit_id: UUID, from_day: dt.date) -> Ending:
    """Let nothing of ``issuer`` bind a unit from ``from_day`` on, with no successor.

    What is owed for periods that start on that day or later is withdrawn; what began before is
    judged to its end. The same ending again returns the first. Raises Refused when nothing of
    the issuer is in force for just this unit on the day before, or another pack rests on it.
    """
    ctx.access.check("packs.activate", unit_id)
    same: Ending | None = Ending.objects.filter(
        issuer=issuer, scope=unit_id, from_day=from_day
    ).first()
    if same is not None:
        return same
    _check_ending(issuer, unit_id, from_day)
    with transaction.atomic():
        entry = ledger.record(
            ctx, kinds.ENDED.name, unit_id=unit_id, subject=issuer,
            facts={"issuer": issuer, "scope": unit_id, "from_day": from_day},
        )  # fmt: skip
        made: Ending = Ending.objects.create(
            issuer=issuer, scope=unit_id, from_day=from_day, entry_uid=entry.uid
        )
        announce(Ended(issuer, unit_id, from_day, entry.uid))
    return made


def _check_ending(issuer: str, unit_id: UUID, from_day: dt.date) -> None:
    standing = selectors.active_packs(from_day - dt.timedelta(days=1))
    if not any((one.row.issuer, one.scope) == (issuer, unit_id) for one in standing):
        raise Refused(
            f"{from_day} 前一天这里没有 {issuer} 的制度包在用",
            field="from_day",
            remedy="停用日期要晚于启用日期",
        )
    resting = _resting_on(issuer, unit_id, from_day)
    if resting:
        raise Refused(
            f"{'、'.join(resting)} 以它为依据", field="from_day", remedy="先停用以它为依据的制度包"
        )


def _resting_on(issuer: str, unit_id: UUID, from_day: dt.date) -> list[str]:
    """Return the packs that rest on ``issuer`` from that day on, where nobody else brings it."""
    if _brought_from_above(issuer, unit_id, from_day):
        return []
    under = {unit_id} | units.subtree(unit_id, from_day)
    names = {
        one.row.name
        for one in selectors.activations()
        if one.scope in under
        and (one.ends is None or max(one.from_day, from_day) < one.ends)
        and issuer in {name.partition("/")[0] for name in one.pack.meta.depends}
        and not _replaced(one, from_day)
    }
    return sorted(names)


def _brought_from_above(issuer: str, unit_id: UUID, from_day: dt.date) -> bool:
    above = set(units.ancestors(unit_id, from_day)) - {unit_id}
    standing = selectors.active_packs(from_day)
    return any(one.row.issuer == issuer and one.scope in above for one in standing)


def _replaced(one: selectors.Active, from_day: dt.date) -> bool:
    """Whether a later version of the same issuer has taken the place before that day."""
    standing = {
        (other.row.issuer, other.scope): other.row.pk for other in selectors.active_packs(from_day)
    }
    now = standing.get((one.row.issuer, one.scope))
    return one.from_day <= from_day and now != one.row.pk


def load_all(ctx: Ctx, root: Path) -> list[Pack]:
    """Load every pack under ``packs/``; all or none."""
    folders = pack_folders(root)
    if not folders:
        raise NotFound(f"{root} 里没有制度包", remedy="检查 ANZE_PACKS")
    with transaction.atomic():
        return [load_pack(ctx, folder) for folder in folders]


def pack_folders(root: Path) -> list[Path]:
    """Return the folders ``<issuer>/<version>`` under a root that hold a pack."""
    return sorted(path.parent for path in root.glob("*/*/pack.yaml"))
