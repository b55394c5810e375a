"""Adding, changing and ending things. Each: permission, guarded change, entry, announcement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Length

from anze.engines.registers import bodies, kinds, reading, values
from anze.engines.registers.models import ENDED, IN_USE, Thing, new_token
from anze.engines.registers.spec import RegisterSpec, Values
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.units.models import Place, Unit
from anze.lib.ids import uuid7

BACK = timedelta(days=3660)


class Stale(Conflict):
    """Somebody changed the thing meanwhile. ``thing`` is how it stands now."""

    def __init__(self, thing: Thing) -> None:
        super().__init__(
            "这件在您打开之后已被别人改过",
            where=thing.code,
            remedy="请对照现在的值和您填的值，改好后再保存一次",
        )
        self.thing = thing


@transaction.atomic
def add(
    ctx: Ctx,
    spec: RegisterSpec,
    unit_id: UUID,
    typed: Mapping[str, Any],
    *,
    code: str = "",
    place_id: UUID | None = None,
    client_id: UUID | None = None,
) -> Thing:
    """Put a thing on a register and return it; without a ``code`` the next number is given.

    The same ``client_id`` again returns the first thing. Raises WrongFields, Conflict for a number
    already used, Refused for a body that keeps no such register.
    """
    unit = _locked_unit(ctx, spec, unit_id)
    if client_id and (first := spec.model._default_manager.filter(client_id=client_id).first()):
        if first.unit_id != unit_id:
            raise Conflict("这次登记已用在别的单位", where=first.code)
        return first
    found = reading.read_all(spec, typed, ctx.today)
    campuses = bodies.campuses(unit_id, ctx.today)
    place = reading.place_of(unit_id, campuses, place_id, ctx.today)
    number = reading.number(code) or _next_number(spec, unit_id)
    if taken := spec.model._default_manager.filter(unit_id=unit_id, code=number).first():
        gone = "（已停用）" if taken.state == ENDED else ""
        raise Conflict(
            f"编号 {number} 已登记{gone}", field="code", remedy="换一个编号，或留空自动编号"
        )
    thing = spec.model(id=uuid7(), unit=unit, code=number, token=new_token(spec.mark))
    thing.client_id, thing.place, thing.changed = client_id, place, ctx.now
    entry = _record(
        ctx, kinds.ADDED.name, spec, thing, values.words(spec, found),
        client_id=f"{spec.code}/{client_id}" if client_id else "",
        values=_facts(_codes(spec, found, place)),
    )  # fmt: skip
    _put(spec, thing, found)
    thing.entry_uid = entry.uid
    thing.save(force_insert=True)
    return thing


@transaction.atomic
def change(
    ctx: Ctx,
    spec: RegisterSpec,
    thing_id: UUID,
    typed: Mapping[str, Any],
    *,
    version: int,
    place_id: UUID | None = None,
) -> Thing:
    """Give a thing other values and return it; the same values again change nothing.

    ``typed`` holds all fields. Raises Stale when ``version`` is not the one that stands,
    WrongFields, Refused when the thing has ended.
    """
    thing = _locked(ctx, spec, thing_id)
    campuses = bodies.campuses(thing.unit_id, ctx.today)
    found = reading.read_all(spec, typed, ctx.today)
    if place_id != thing.place_id:
        place = reading.place_of(thing.unit_id, campuses, place_id, ctx.today)
    else:
        place = thing.place
    said = _difference(spec, thing, found, place)
    if said is None:
        return thing
    if version != thing.version:
        raise Stale(thing)
    _put(spec, thing, found)
    thing.place = place
    return _changed(ctx, spec, thing, said)


@transaction.atomic
def turn_up(ctx: Ctx, spec: RegisterSpec, thing_id: UUID) -> Thing:
    """Take back that a thing is missing: it was found. Returns it."""
    thing = _locked(ctx, spec, thing_id)
    if thing.missing_since is None:
        return thing
    thing.missing_since = thing.missing_audit = None
    return _changed(ctx, spec, thing, Said({"missing": "no"}))


@transaction.atomic
def end(
    ctx: Ctx,
    spec: RegisterSpec,
    thing_id: UUID,
    reason: str,
    *,
    on: date | None = None,
    note: str = "",
) -> Thing:
    """Keep a thing no longer (报废、移出…) and return it; ending it again changes nothing.

    It is never deleted: page, history and label stay. Raises Refused for an unknown reason or a
    day in the future or more than ten years back.
    """
    thing = _row(ctx, spec, thing_id)
    if thing.state == ENDED:
        return thing
    day = on or ctx.today
    if reason not in spec.end_reasons:
        raise Refused("请选择停用原因", field="reason")
    if not ctx.today - BACK <= day <= ctx.today:
        raise Refused("停用日期不能晚于今天，也不能早于十年前", field="on")
    note = " ".join(note.split())[:200]
    entry = _record(
        ctx, kinds.ENDED.name, spec, thing, {"note": note} if note else {},
        reason=reason, on=day,
    )  # fmt: skip
    _guard(
        spec, thing,
        state=ENDED, ended_on=day, end_reason=reason, ended_uid=entry.uid, changed=ctx.now,
        missing_since=None, missing_audit=None,
    )  # fmt: skip
    return thing


@transaction.atomic
def take_back(ctx: Ctx, spec: RegisterSpec, thing_id: UUID) -> None:
    """Undo an import: retract that a thing was added, as long as nobody has touched it since.

    The entry and its retraction stay in the ledger; the row goes, and its number is free again.
    """
    thing = _locked(ctx, spec, thing_id)
    if thing.version > 1 or thing.missing_since is not None:
        raise Conflict(f"{thing.code} 登记后又改过，不能撤回", remedy="请按“登记有误”停用")
    entry = Entry.objects.get(uid=thing.entry_uid)
    ledger.retract(ctx, entry, "import_undone")
    thing.delete()


@dataclass(frozen=True)
class Said:
    """What a change says: values as codes, fields emptied, texts by field (empty: taken away)."""

    values: Mapping[str, str] = field(default_factory=dict)
    cleared: Sequence[str] = ()
    words: Mapping[str, str] = field(default_factory=dict)


def _difference(
    spec: RegisterSpec, thing: Thing, found: Values, place: Place | None
) -> Said | None:
    """Return what differs from how the thing stands; None for nothing."""
    before = _codes(spec, values.of(spec, thing), thing.place)
    after = _codes(spec, found, place)
    said_before, said_after = values.words(spec, values.of(spec, thing)), values.words(spec, found)
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    cleared = [key for key in before if key not in after]
    worded = {
        key: said_after.get(key, "")
        for key in {**said_before, **said_after}
        if said_before.get(key) != said_after.get(key)
    }
    return Said(changed, cleared, worded) if changed or cleared or worded else None


def _changed(ctx: Ctx, spec: RegisterSpec, thing: Thing, said: Said) -> Thing:
    words = dict(said.words)
    _record(
        ctx, kinds.CHANGED.name, spec, thing, words,
        values=_facts(said.values), cleared=list(said.cleared), worded=list(words),
    )  # fmt: skip
    kept = {one.name: getattr(thing, one.name) for one in spec.fields}
    _guard(
        spec, thing, **kept,
        place_id=thing.place_id, due_on=thing.due_on, changed=ctx.now,
        missing_since=thing.missing_since, missing_audit=thing.missing_audit,
    )  # fmt: skip
    return thing


def _guard(spec: RegisterSpec, thing: Thing, **columns: Any) -> None:
    """Write columns if the thing is still in use and as it was read; raise Stale otherwise."""
    rows = spec.model._default_manager.filter(pk=thing.pk, version=thing.version, state=IN_USE)
    if not rows.update(version=thing.version + 1, **columns):
        raise Stale(spec.model._default_manager.get(pk=thing.pk))
    thing.refresh_from_db()


def _put(spec: RegisterSpec, thing: Thing, found: Values) -> None:
    for one in spec.fields:
        setattr(thing, one.name, reading.column(one, found.get(one.name)))
    thing.due_on = reading.due_on(spec, found)


def _codes(spec: RegisterSpec, found: Values, place: Place | None) -> dict[str, str]:
    where = {"place": str(place.pk)} if place else {}
    return where | values.codes(spec, found)


def _facts(codes: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"field": key, "value": value} for key, value in codes.items()]


def _record(
    ctx: Ctx,
    kind: str,
    spec: RegisterSpec,
    thing: Thing,
    words: Mapping[str, str],
    *,
    client_id: str = "",
    **facts: Any,
) -> Entry:
    """Record an entry about a thing; its number is the subject, so that duties can be for each."""
    return ledger.record(
        ctx,
        kind,
        unit_id=thing.unit_id,
        facts={"register_code": spec.code, "thing": thing.pk, "code": thing.code, **facts},
        private={"words": dict(words)} if words else None,
        subject=thing.code,
        client_id=client_id,
    )


def _next_number(spec: RegisterSpec, unit_id: UUID) -> str:
    """Return the number after the highest given out here, such as ``XF-0042``."""
    head = f"{spec.prefix}-"
    rows = spec.model._default_manager.filter(unit_id=unit_id, code__startswith=head)
    for last in rows.order_by(Length("code").desc(), "-code").values_list("code", flat=True)[:50]:
        if (digits := last.removeprefix(head)).isascii() and digits.isdigit():
            return f"{head}{int(digits) + 1:04d}"
    return f"{head}0001"


def _locked_unit(ctx: Ctx, spec: RegisterSpec, unit_id: UUID) -> Unit:
    """Return the body, its row locked: numbers are given out one after another."""
    ctx.access.check(spec.edit, unit_id)
    unit = Unit.objects.select_for_update().filter(pk=unit_id).first()
    if unit is None:
        raise NotFound("没有这个单位", where=str(unit_id))
    if unit.level not in spec.levels or unit.closed_on is not None:
        raise Refused(f"{unit.name}不能登记{spec.label}", field="unit", remedy="请选择校区或单位")
    return unit


def _row(ctx: Ctx, spec: RegisterSpec, thing_id: UUID) -> Thing:
    rows = spec.model._default_manager.select_for_update().select_related(None)
    thing = rows.filter(pk=thing_id).first()
    if thing is None:
        raise NotFound(f"没有这件{spec.noun}", remedy=f"请从{spec.label}台账进入")
    ctx.access.check(spec.edit, thing.unit_id)
    return thing


def _locked(ctx: Ctx, spec: RegisterSpec, thing_id: UUID) -> Thing:
    thing = _row(ctx, spec, thing_id)
    if thing.state == ENDED:
        raise Refused(
            f"{thing.code} 已停用，不能再改",
            where=thing.code,
            remedy="登记错了就重新登记一件，停用的这件保留在历史里",
        )
    return thing
