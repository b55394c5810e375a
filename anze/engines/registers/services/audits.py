"""Audits: begin, see, note what is unknown, close. Taps may arrive twice and from several hands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from anze.engines.registers import bodies, kinds, reading, selectors, spec
from anze.engines.registers.models import IN_USE, Audit, AuditLine, Tap
from anze.engines.registers.services.things import turn_up
from anze.kernel.bus.ctx import SYSTEM_ACCESS, Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.units.models import Unit

AUDIT = "registers.audit"
MOST = 3000  # things of one audit; a larger body is counted place by place
SEEN = (AuditLine.FOUND, AuditLine.MOVED)


@transaction.atomic
def start_audit(
    ctx: Ctx, unit_id: UUID, registers: Sequence[str], *, place_id: UUID | None = None
) -> Audit:
    """Begin to count the things of some registers at a body, or at one of its places; return it.

    What is in use now is expected. While the same audit is open it is returned again, so that
    several people count together. Raises Refused when there is nothing to count.
    """
    ctx.access.check(AUDIT, unit_id)
    unit = Unit.objects.select_for_update().filter(pk=unit_id).first()
    if unit is None:
        raise NotFound("没有这个单位", where=str(unit_id))
    chosen = [one for one in spec.all_specs() if one.code in set(registers)]
    if not chosen:
        raise Refused("请选择要盘点的台账", field="registers")
    for one in chosen:
        ctx.access.check(one.audit, unit_id)
    place = reading.place_of(unit_id, bodies.campuses(unit_id, ctx.today), place_id, ctx.today)
    codes = " ".join(one.code for one in chosen)
    same = Audit.objects.filter(unit=unit, place=place, registers=codes, state=Audit.OPEN)
    if running := same.first():
        return running
    audit = Audit(unit=unit, place=place, registers=codes, started=ctx.now)
    audit.started_by = ctx.actor_id
    lines = [line for one in chosen for line in _expected(audit, one)]
    if not lines:
        raise Refused("这里还没有登记在用的设施设备，没有可盘点的", remedy="请先在台账里登记")
    if len(lines) > MOST:
        raise Refused(f"一次最多盘点 {MOST} 件", field="place", remedy="请按地点分几次盘点")
    audit.save(force_insert=True)
    AuditLine.objects.bulk_create(lines, batch_size=400)
    return audit


def _expected(audit: Audit, one: spec.RegisterSpec) -> list[AuditLine]:
    rows = one.model._default_manager.filter(unit_id=audit.unit_id, state=IN_USE)
    if audit.place_id:
        rows = rows.filter(place_id=audit.place_id)
    return [
        AuditLine(
            audit=audit,
            register=one.code,
            thing_id=thing.pk,
            code=thing.code,
            title=one.title(thing)[:120],
            place_id=thing.place_id,
        )
        for thing in rows.order_by("code")[: MOST + 1]
    ]


@transaction.atomic
def see(
    ctx: Ctx,
    audit_id: UUID,
    *,
    client_id: UUID,
    line_id: int | None = None,
    token: str = "",
    place_id: UUID | None = None,
) -> AuditLine:
    """Note that a thing was seen, by its line or by its label, and where; return its line.

    The same ``client_id`` again does nothing again. A label that was not expected here gets a line
    of its own. Raises NotFound for an unknown label, Conflict when the audit is over.
    """
    audit = _open(ctx, audit_id)
    fresh = _tapped(ctx, audit, client_id, "see")
    line = _line(audit, line_id) if line_id is not None else _of_label(ctx, audit, token)
    where = reading.place_of(
        audit.unit_id, bodies.campuses(audit.unit_id, ctx.today), place_id, ctx.today
    )
    if fresh:
        moved = where is not None and line.place_id is not None and where.pk != line.place_id
        _set(
            line, AuditLine.PENDING, AuditLine.MOVED if moved else AuditLine.FOUND,
            seen_at=ctx.now, seen_by=ctx.actor_id, seen_place=where or line.place,
        )  # fmt: skip
    line.refresh_from_db()
    return line


@transaction.atomic
def unsee(ctx: Ctx, audit_id: UUID, line_id: int, *, client_id: UUID) -> None:
    """Take a tap back: an expected thing is pending again, any other line goes."""
    audit = _open(ctx, audit_id)
    if not _tapped(ctx, audit, client_id, "unsee"):
        return
    line = _line(audit, line_id)
    if line.state in (AuditLine.UNKNOWN, AuditLine.FOREIGN):
        line.delete()
        return
    _set(line, line.state, AuditLine.PENDING, seen_at=None, seen_by=None, seen_place=None)


@transaction.atomic
def note_unknown(
    ctx: Ctx,
    audit_id: UUID,
    words: str,
    *,
    client_id: UUID,
    register: str,
    place_id: UUID | None = None,
) -> AuditLine:
    """Note something that is there but on no register; return its line. Idempotent."""
    audit = _open(ctx, audit_id)
    if known := AuditLine.objects.filter(audit=audit, client_id=client_id).first():
        return known
    plain = " ".join(words.split())[:120]
    if not plain:
        raise Refused("请写是什么、在哪里", field="words")
    if register not in audit.codes:
        raise Refused("这次没有盘点这个台账", field="register")
    where = reading.place_of(
        audit.unit_id, bodies.campuses(audit.unit_id, ctx.today), place_id, ctx.today
    )
    return AuditLine.objects.create(
        audit=audit, register=register, code="", title=plain, state=AuditLine.UNKNOWN,
        seen_at=ctx.now, seen_by=ctx.actor_id, seen_place=where, client_id=client_id,
    )  # fmt: skip


@transaction.atomic
def close_audit(ctx: Ctx, audit_id: UUID) -> Audit:
    """End an audit: what was not seen is missing from now on; return it. Twice is once.

    One entry with the counts and the missing things; what had been missing and was seen has turned
    up, each by an entry of its own.
    """
    audit = selectors.audit(ctx, audit_id, AUDIT)
    moved = Audit.objects.filter(pk=audit.pk, state=Audit.OPEN)
    if not moved.update(state=Audit.CLOSED, closed=ctx.now, closed_by=ctx.actor_id):
        audit.refresh_from_db()
        if audit.state == Audit.CLOSED:
            return audit
        raise Conflict("这次盘点已作废", remedy="需要时重新开始一次")
    lost = _by_register(audit, (AuditLine.PENDING,))
    gone = {register: set(_flag(ctx, audit, register, things)) for register, things in lost.items()}
    for register, things in _by_register(audit, SEEN).items():
        _turned_up(ctx, register, things)
    facts = _counts(audit) | {
        "missing_things": sorted(str(one) for things in gone.values() for one in things),
    }
    entry = ledger.record(ctx, kinds.AUDITED.name, unit_id=audit.unit_id, facts=facts)
    Audit.objects.filter(pk=audit.pk).update(entry_uid=entry.uid)
    audit.refresh_from_db()
    return audit


@transaction.atomic
def drop_audit(ctx: Ctx, audit_id: UUID) -> Audit:
    """Give an audit up: nothing is missing because of it. Returns it."""
    audit = selectors.audit(ctx, audit_id, AUDIT)
    rows = Audit.objects.filter(pk=audit.pk, state=Audit.OPEN)
    rows.update(state=Audit.DROPPED, closed=ctx.now, closed_by=ctx.actor_id)
    audit.refresh_from_db()
    if audit.state == Audit.CLOSED:
        raise Conflict("这次盘点已结束，不能作废")
    return audit


def _flag(ctx: Ctx, audit: Audit, register: str, things: list[UUID]) -> list[UUID]:
    """Mark things still in use as missing; return which. One that was missing before stays so."""
    one = spec.get(register)
    rows = one.model._default_manager.filter(pk__in=things, state=IN_USE)
    found = list(rows.values_list("pk", flat=True))
    rows.filter(missing_since=None).update(missing_since=ctx.today, missing_audit=audit.pk)
    return found


def _turned_up(ctx: Ctx, register: str, things: list[UUID]) -> None:
    one = spec.get(register)
    missed = one.model._default_manager.filter(pk__in=things, state=IN_USE)
    for thing_id in missed.exclude(missing_since=None).values_list("pk", flat=True):
        # Who may count may say that a thing is there, though he may not edit it.
        turn_up(replace(ctx, access=SYSTEM_ACCESS), one, thing_id)


def _by_register(audit: Audit, states: Sequence[str]) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = defaultdict(list)
    rows = AuditLine.objects.filter(audit=audit, state__in=states, thing_id__isnull=False)
    for register, thing in rows.values_list("register", "thing_id"):
        if thing is not None:
            found[register].append(thing)
    return found


def _counts(audit: Audit) -> dict[str, Any]:
    rows = AuditLine.objects.filter(audit=audit).values_list("state").annotate(n=Count("pk"))
    n: dict[str, int] = defaultdict(int, dict(rows.order_by()))
    return {
        "audit": audit.pk,
        "registers": audit.codes,
        "place": audit.place_id,
        "expected": n["pending"] + n["found"] + n["moved"],
        "found": n["found"],
        "moved": n["moved"],
        "missing": n["pending"],
        "foreign": n["foreign"],
        "unknown": n["unknown"],
    }


def _open(ctx: Ctx, audit_id: UUID) -> Audit:
    """Return an open audit, its row locked against being closed meanwhile."""
    audit = selectors.audit(ctx, audit_id, AUDIT, lock=True)
    if audit.state != Audit.OPEN:
        raise Conflict("这次盘点已经结束", remedy="结果已定；还有没点到的，请重新开始一次盘点")
    return audit


def _tapped(ctx: Ctx, audit: Audit, client_id: UUID, what: str) -> bool:
    """Keep a tap; False when it is known already."""
    values = {"what": what, "at": ctx.now, "by": ctx.actor_id}
    return Tap.objects.get_or_create(audit=audit, client_id=client_id, defaults=values)[1]


def _line(audit: Audit, line_id: int) -> AuditLine:
    line = AuditLine.objects.filter(audit=audit, pk=line_id).first()
    if line is None:
        raise NotFound("这次盘点里没有这一件")
    return line


def _of_label(ctx: Ctx, audit: Audit, token: str) -> AuditLine:
    one, thing = selectors.labelled(token)
    if one is None or thing is None:
        raise NotFound(
            "没有这个标签", where=token[:20], remedy="标签不是本平台的，或输错了；可记为“未登记”"
        )
    line = AuditLine.objects.filter(audit=audit, thing_id=thing.pk).first()
    if line is not None:
        return line
    own = thing.unit_id in ctx.access.visible(one.view)
    title = one.title(thing)[:100] if own else "别的单位的标签"
    line, _new = AuditLine.objects.get_or_create(
        audit=audit, thing_id=thing.pk,
        defaults={
            "register": one.code, "code": thing.code if own else "", "title": title,
            "place_id": thing.place_id if own else None, "state": AuditLine.FOREIGN,
            "seen_at": ctx.now, "seen_by": ctx.actor_id,
        },
    )  # fmt: skip
    return line


def _set(line: AuditLine, old: str, new: str, **columns: Any) -> None:
    AuditLine.objects.filter(pk=line.pk, state=old).update(state=new, **columns)
