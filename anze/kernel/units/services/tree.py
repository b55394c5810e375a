"""Units enter, move in, and leave the tree."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.units import kinds, known, rules
from anze.kernel.units.models import Edge, Unit, UnitFact
from anze.kernel.units.names import pinyin_of
from anze.kernel.units.services.base import (
    MANAGE,
    SeesTree,
    checked_uscc,
    free_code,
    locked,
    record_codes,
    refuse,
)
from anze.lib.ids import uuid7


@transaction.atomic
def register_unit(
    ctx: Ctx,
    *,
    level: str,
    name: str,
    parent_id: UUID | None = None,
    kind: str = "",
    short_name: str = "",
    code: str = "",
    uscc: str = "",
    ownership: str = "",
    opened: date | None = None,
    facts: dict[str, str] | None = None,
    main_campus: bool = False,
) -> Unit:
    """Enter a node into the tree and return it; ``facts`` are its first dated facts.

    ``opened`` defaults to today. ``main_campus`` also enters the one campus most units have, under
    the same name. Raises Refused for a place, kind or code the rules do not allow, Conflict if the
    学校标识码 is taken.
    """
    parent = locked(ctx, parent_id) if parent_id else None
    if parent is None:
        ctx.access.check(MANAGE, None)
    refuse(rules.parent_fault(level, parent.level if parent else None), "level")
    refuse(rules.kind_fault(level, kind), "kind")
    first = {**({"ownership": ownership} if ownership else {}), **(facts or {})}
    for key, value in first.items():
        refuse(rules.fact_fault(key, value), key)
    unit = _new_unit(ctx, level, kind, name, short_name, code, uscc, ownership, opened)
    since = min(unit.opened_on, ctx.today)
    entry = _record_registration(ctx, unit, parent, since)
    unit.entry_uid = unit.named_uid = entry.uid
    if unit.code or unit.uscc:
        unit.coded_uid = record_codes(ctx, unit)
    unit.save(force_insert=True)
    if parent:
        Edge.objects.create(
            child=unit, parent=parent, relation=Edge.LINE, valid_from=since, entry_uid=entry.uid
        )
        if isinstance(ctx.access, SeesTree):
            ctx.access.grew(parent.pk, unit.pk)
    _first_facts(ctx, unit, first, entry.uid)
    if main_campus:
        register_unit(
            ctx,
            level="campus",
            kind=kind,
            name=unit.name,
            short_name=unit.short_name,
            parent_id=unit.pk,
            ownership=ownership,
            opened=unit.opened_on,
        )
    return unit


def _new_unit(
    ctx: Ctx,
    level: str,
    kind: str,
    name: str,
    short_name: str,
    code: str,
    uscc: str,
    ownership: str,
    opened: date | None,
) -> Unit:
    plain = _plain_name(name)
    short = short_name.strip() or plain
    pinyin, initials = pinyin_of(plain)
    return Unit(
        id=uuid7(),
        level=level,
        kind=kind,
        name=plain,
        short_name=short[:60],
        code=free_code(code),
        uscc=checked_uscc(uscc),
        ownership=ownership,
        pinyin=pinyin[:400],
        initials=initials[:120],
        opened_on=opened or ctx.today,
    )


def _plain_name(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > 120:
        raise Refused("单位名称应为 1 至 120 个字", field="name")
    return plain


def _record_registration(ctx: Ctx, unit: Unit, parent: Unit | None, since: date) -> Entry:
    facts = {
        "level": unit.level,
        "kind": unit.kind or None,
        "ownership": unit.ownership or None,
        "parent": parent.pk if parent else None,
        "since": since if parent else None,
        "opened": unit.opened_on,
    }
    return ledger.record(
        ctx,
        kinds.REGISTERED.name,
        unit_id=unit.pk,
        facts=facts,
        private={"name": unit.name, "short_name": unit.short_name},
    )


def _first_facts(ctx: Ctx, unit: Unit, facts: dict[str, str], registration: UUID) -> None:
    """Kind and ownership come with the registration; any other fact has an entry of its own."""
    rows = []
    for key in ("kind", "ownership"):
        if value := getattr(unit, key):
            rows.append(_fact_row(unit, key, value, registration))
    for key, value in facts.items():
        if key in ("kind", "ownership"):
            continue
        said = {"key": key, "value": value, "since": unit.opened_on}
        entry = ledger.record(ctx, kinds.FACT_SET.name, unit_id=unit.pk, facts=said)
        rows.append(_fact_row(unit, key, value, entry.uid))
    UnitFact.objects.bulk_create(rows)


def _fact_row(unit: Unit, key: str, value: str, entry_uid: UUID) -> UnitFact:
    return UnitFact(unit=unit, key=key, value=value, valid_from=unit.opened_on, entry_uid=entry_uid)


@transaction.atomic
def set_codes(ctx: Ctx, unit_id: UUID, *, code: str, uscc: str) -> Unit:
    """Correct the official codes of a unit (an empty one means none); the same changes nothing."""
    unit = locked(ctx, unit_id)
    wanted = (free_code(code, except_for=unit.pk), checked_uscc(uscc))
    if wanted == (unit.code, unit.uscc):
        return unit
    unit.code, unit.uscc = wanted
    unit.coded_uid = record_codes(ctx, unit)
    unit.save(update_fields=["code", "uscc", "coded_uid"])
    return unit


@transaction.atomic
def rename(ctx: Ctx, unit_id: UUID, *, name: str, short_name: str = "") -> Unit:
    """Give a unit another name from today on; the same name again changes nothing."""
    unit = locked(ctx, unit_id)
    plain = _plain_name(name)
    short = (short_name.strip() or plain)[:60]
    if (plain, short) == (unit.name, unit.short_name):
        return unit
    entry = ledger.record(
        ctx,
        kinds.RENAMED.name,
        unit_id=unit.pk,
        facts={"since": ctx.today},
        private={"name": plain, "short_name": short},
    )
    unit.name, unit.short_name, unit.named_uid = plain, short, entry.uid
    pinyin, initials = pinyin_of(plain)
    unit.pinyin, unit.initials = pinyin[:400], initials[:120]
    unit.save(update_fields=["name", "short_name", "named_uid", "pinyin", "initials"])
    return unit


@transaction.atomic
def move(ctx: Ctx, unit_id: UUID, *, to: UUID, since: date) -> None:
    """Hang a unit under another parent from a day on; entries keep their unit.

    A day before the present edge began is refused: correct that edge by moving on its own day.
    """
    unit, parent = locked(ctx, unit_id), locked(ctx, to)
    refuse(rules.parent_fault(unit.level, parent.level), "to")
    edge = Edge.objects.filter(child=unit, relation=Edge.LINE, valid_to=None).first()
    if edge and edge.parent_id == parent.pk and edge.valid_from <= since:
        return
    if edge and since < edge.valid_from:
        raise Refused(
            f"现隶属关系自 {edge.valid_from} 起，不能早于这一天调整",
            field="since",
            remedy="请填写不早于该日的日期",
        )
    facts = {"parent": parent.pk, "since": since}
    entry = ledger.record(ctx, kinds.MOVED.name, unit_id=unit.pk, facts=facts)
    if edge:
        _end_edge(edge, since, entry.uid)
    Edge.objects.create(
        child=unit, parent=parent, relation=Edge.LINE, valid_from=since, entry_uid=entry.uid
    )
    if isinstance(ctx.access, SeesTree):
        ctx.access.moved()


def _end_edge(edge: Edge, on: date, entry_uid: UUID) -> None:
    edge.valid_to, edge.ended_uid = on, entry_uid
    edge.save(update_fields=["valid_to", "ended_uid"])


@transaction.atomic
def join_group(ctx: Ctx, unit_id: UUID, *, group_id: UUID, since: date) -> None:
    """Make a unit a member of an education group; a member already changes nothing."""
    unit, group = locked(ctx, unit_id), locked(ctx, group_id)
    if unit.level != "unit" or group.level != "group":
        raise Refused("只有单位可以加入教育集团", field="group_id")
    rows = Edge.objects.filter(child=unit, parent=group, relation=Edge.GROUP)
    if rows.filter(known.in_force(since)).exists():
        return
    facts = {"group": group.pk, "since": since}
    entry = ledger.record(ctx, kinds.GROUP_JOINED.name, unit_id=unit.pk, facts=facts)
    rows.create(
        child=unit, parent=group, relation=Edge.GROUP, valid_from=since, entry_uid=entry.uid
    )


@transaction.atomic
def leave_group(ctx: Ctx, unit_id: UUID, *, group_id: UUID, since: date) -> None:
    """End a unit's membership of an education group on a day."""
    unit = locked(ctx, unit_id)
    rows = Edge.objects.filter(child=unit, parent_id=group_id, relation=Edge.GROUP, valid_to=None)
    edge = rows.first()
    if edge is None or since < edge.valid_from:
        raise Refused("该单位这一天不在这个教育集团", field="group_id")
    facts = {"group": group_id, "since": since}
    entry = ledger.record(ctx, kinds.GROUP_LEFT.name, unit_id=unit.pk, facts=facts)
    _end_edge(edge, since, entry.uid)


@transaction.atomic
def close(ctx: Ctx, unit_id: UUID, *, on: date, successor_id: UUID | None = None) -> Unit:
    """End a unit on a day (merged, revoked); its past stays where it is and visible as before.

    The edges stay, so that those who saw its records still do. Open units below it are refused.
    """
    unit = locked(ctx, unit_id)
    if unit.closed_on is not None:
        if (unit.closed_on, unit.successor_id) == (on, successor_id):
            return unit
        raise Conflict(f"该单位已于 {unit.closed_on} 撤销", where=unit.name)
    if on < unit.opened_on:
        raise Refused("撤销日期早于设立日期", field="on")
    successor = locked(ctx, successor_id) if successor_id else None
    if successor and (successor.pk == unit.pk or successor.level != unit.level):
        raise Refused("承接单位须是同层级的另一个单位", field="successor_id")
    _refuse_open_children(unit, on)
    facts = {"on": on, "successor": successor.pk if successor else None}
    entry = ledger.record(ctx, kinds.CLOSED.name, unit_id=unit.pk, facts=facts)
    unit.closed_on, unit.successor, unit.closed_uid = on, successor, entry.uid
    if on <= ctx.today:
        unit.status = "closed"
    unit.save(update_fields=["closed_on", "successor", "closed_uid", "status"])
    return unit


def _refuse_open_children(unit: Unit, on: date) -> None:
    edges = Edge.objects.filter(known.in_force(on), parent=unit, relation=Edge.LINE)
    child = Unit.objects.filter(pk__in=edges.values("child_id"), closed_on=None).first()
    if child:
        raise Refused(
            "下属单位（校区）尚未撤销或划转",
            where=child.name,
            remedy="请先撤销或划转下属单位（校区）",
        )
