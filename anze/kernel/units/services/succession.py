"""Units merge and split: changes of the tree that belong together, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.units import kinds, known
from anze.kernel.units.models import Edge, Succession, Unit
from anze.kernel.units.services.base import locked
from anze.kernel.units.services.tree import close, move, register_unit


@dataclass(frozen=True)
class Part:
    """A unit that a split makes, and the campuses that go to it."""

    name: str
    campuses: tuple[UUID, ...]
    code: str = ""


@transaction.atomic
def merge(ctx: Ctx, sources: Sequence[UUID], *, into: UUID, on: date) -> Unit:
    """Let ``into`` take over units from a day on, and return it.

    Their campuses hang under it from that day, they themselves close with it as successor; entries
    keep the unit they were recorded for. The same merge again changes nothing. Raises Refused for
    a unit merged into itself, one closed already, or one of another district's.
    """
    target = _standing(ctx, into, on)
    for source_id in sorted(set(sources)):
        if source_id == target.pk:
            raise Refused("单位不能并入自己", field="sources", where=target.name)
        source = locked(ctx, source_id)
        if (source.closed_on, source.successor_id) == (on, target.pk):
            continue
        _standing(ctx, source_id, on)
        for campus in _campuses(source, on):
            move(ctx, campus.pk, to=target.pk, since=on)
        close(ctx, source.pk, on=on, successor_id=target.pk)
        _succeed(ctx, source, target, on, "merged")
    return target


@transaction.atomic
def split(ctx: Ctx, source_id: UUID, parts: Sequence[Part], *, on: date, keep: bool) -> list[Unit]:
    """Make new units out of one from a day on, each with the campuses named for it; return them.

    The new units have the kind, ownership and parent of the old one. Without ``keep`` the old one
    closes, and every campus of it must be named. Raises Refused for a campus named twice, of
    another unit, or left over.
    """
    source = _standing(ctx, source_id, on)
    _check_parts(source, parts, on, keep)
    parent = Edge.objects.get(known.in_force(on), child=source, relation=Edge.LINE).parent_id
    made = []
    for part in parts:
        unit = register_unit(
            ctx, level=source.level, name=part.name, parent_id=parent, kind=source.kind,
            code=part.code, ownership=source.ownership, opened=on,
        )  # fmt: skip
        for campus in part.campuses:
            move(ctx, campus, to=unit.pk, since=on)
        _succeed(ctx, source, unit, on, "split")
        made.append(unit)
    if not keep:
        close(ctx, source.pk, on=on)
    return made


@transaction.atomic
def dissolve(ctx: Ctx, unit_id: UUID, *, on: date) -> Unit:
    """Close a unit and every campus it still has, on one day, with nobody to take over."""
    unit = _standing(ctx, unit_id, on)
    for campus in _campuses(unit, on):
        close(ctx, campus.pk, on=on)
    return close(ctx, unit.pk, on=on)


def _standing(ctx: Ctx, unit_id: UUID, on: date) -> Unit:
    unit = locked(ctx, unit_id)
    if unit.level != "unit":
        raise Refused("只有单位可以合并或分立", where=unit.name, remedy="校区请用“划转”")
    if unit.closed_on is not None:
        raise Refused(f"该单位已于 {unit.closed_on} 撤销", where=unit.name)
    if on < unit.opened_on:
        raise Refused("日期早于设立日期", field="on", where=unit.name)
    return unit


def _campuses(unit: Unit, on: date) -> list[Unit]:
    edges = Edge.objects.filter(known.in_force(on), parent=unit, relation=Edge.LINE)
    rows = Unit.objects.filter(pk__in=edges.values("child_id"), closed_on=None)
    return list(rows.order_by("pk"))


def _check_parts(source: Unit, parts: Sequence[Part], on: date, keep: bool) -> None:
    here = {campus.pk: campus.name for campus in _campuses(source, on)}
    named = [campus for part in parts for campus in part.campuses]
    if not parts or any(not part.campuses for part in parts):
        raise Refused("每个新单位至少要有一个校区", field="parts", where=source.name)
    if len(named) != len(set(named)):
        raise Refused("同一个校区只能划给一个新单位", field="parts", where=source.name)
    if set(named) - set(here):
        raise Refused("有校区不属于这个单位", field="parts", where=source.name)
    left = [name for campus, name in here.items() if campus not in named]
    if left and not keep:
        raise Refused(
            "还有校区没有去向", field="parts", where="、".join(left),
            remedy="写明划给哪个新单位，或保留原单位",
        )  # fmt: skip
    if keep and not left:
        raise Refused(
            "原单位一个校区也没有留下", field="parts", where=source.name, remedy="改为不保留原单位"
        )


def _succeed(ctx: Ctx, source: Unit, target: Unit, on: date, how: str) -> None:
    entry = ledger.record(
        ctx, kinds.SUCCEEDED.name, unit_id=target.pk,
        facts={"predecessor": source.pk, "since": on, "how": how},
    )  # fmt: skip
    Succession.objects.create(
        predecessor=source, successor=target, since=on, how=how, entry_uid=entry.uid
    )
