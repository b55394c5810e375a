"""A register as a workbook: out, edited, and in again through the house's one importer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from anze.engines.registers import bodies, reading, services, values
from anze.engines.registers.models import IN_USE, Thing
from anze.engines.registers.spec import Field, RegisterSpec
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Refused
from anze.kernel.exchange import specs
from anze.kernel.exchange.columns import ROW, Column
from anze.kernel.exchange.specs import Change, Judge, Standing

LEVELS = frozenset({"unit", "campus"})
YESNO = {"yes": "是", "no": "否"}


def open_to_files(spec: RegisterSpec) -> None:
    """Let a register be imported and exported; called once for each at start."""
    specs.register(of(spec))


def of(spec: RegisterSpec) -> specs.Spec:
    """Return what the importer must know of a register."""
    return specs.Spec(
        kind=spec.code,
        title=f"{spec.label}台账",
        columns=(
            Column("code", "编号", hint="不填则自动编号；已登记的编号会更新那一件", example=""),
            *(_column(one) for one in spec.fields),
            Column("place", "地点", hint="写已登记的地点名称，可不填", words="位置区域"),
            ROW,
        ),
        key=("code",),
        judging=partial(_judging, spec),
        current=partial(_current, spec),
        commit=partial(_commit, spec),
        remove=partial(_remove, spec),
        used=partial(_used, spec),
        check_line=partial(_agree, spec),
        needed=(spec.edit,),
        seen=spec.view,
        levels=LEVELS & frozenset(spec.levels),
    )


def _column(one: Field) -> Column:
    day = one.type == "day"
    return Column(
        one.name,
        one.label,
        "day" if day else "text",
        required=one.required,
        hint="自动算出，不用填" if one.computed else one.help,
        options=YESNO if one.type == "yesno" else one.choices,
        check=None if day or one.type in ("choice", "yesno") else _check(one),
        computed=one.computed,
        width=18,
    )


def _check(one: Field) -> Callable[[str], str]:
    def check(text: str) -> str:
        return values.fact(values.parse(one, text))

    return check


def _agree(spec: RegisterSpec, typed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    try:
        reading.number(typed.get("code", ""))
        reading.read_all(spec, typed, clock.today())
    except reading.WrongFields as wrong:
        yield from wrong.faults.items()


def _judging(spec: RegisterSpec, ctx: Ctx, scope: UUID) -> Judge:
    """Return what says, before anything is written, which lines the services would refuse."""
    places = {one.name for one in bodies.places(scope, ctx.today)}
    things = spec.model._default_manager.filter(unit_id=scope).exclude(state=IN_USE)
    ended = set(things.values_list("code", flat=True))

    def judge(typed: Mapping[str, str], row: Standing | None) -> Iterator[tuple[str, str]]:
        code, place = typed.get("code", ""), typed.get("place", "")
        if place and place not in places:
            yield "place", f"没有“{place}”这个地点；先在单位资料里登记它，或把这一格留空"
        if row is None and code in ended:
            yield "code", f"{code} 已停用，编号不能再用；换一个编号，或留空自动编号"
        if row is not None and code != row.label:
            yield "code", f"编号登记后不能改，应为 {row.label}"

    return judge


def _rows(spec: RegisterSpec, scope: UUID) -> Any:
    return spec.model._default_manager.filter(unit_id=scope, state=IN_USE).select_related("place")


def _current(
    spec: RegisterSpec, ctx: Ctx, scope: UUID, ids: Sequence[str] | None
) -> Iterator[Standing]:
    ctx.access.check(spec.view, scope)
    rows = _rows(spec, scope).order_by("code")
    for thing in rows if ids is None else rows.filter(pk__in=ids):
        yield Standing(str(thing.pk), _shown(spec, thing), thing.code)


def _shown(spec: RegisterSpec, thing: Thing) -> dict[str, str]:
    held = values.of(spec, thing)
    shown = {"code": thing.code, "place": thing.place.name if thing.place else ""}
    return shown | {name: values.fact(value) for name, value in held.items()}


def _commit(spec: RegisterSpec, ctx: Ctx, scope: UUID, changes: Sequence[Change]) -> list[str]:
    places = {one.name: one.pk for one in bodies.places(scope, ctx.today)}
    return [str(_write(spec, ctx, scope, one, places).pk) for one in changes]


def _write(
    spec: RegisterSpec, ctx: Ctx, scope: UUID, change: Change, places: Mapping[str, UUID]
) -> Thing:
    named = change.values.get("place", "")
    if named and named not in places:
        raise Refused(
            f"没有“{named}”这个地点", field="place", where=change.where,
            remedy="先在单位资料里登记这个地点，或把这一格留空",
        )  # fmt: skip
    typed, place = dict(change.values), places.get(named)
    if not change.row:
        return services.add(ctx, spec, scope, typed, code=typed.get("code", ""), place_id=place)
    thing = _rows(spec, scope).select_for_update(of=("self",)).filter(pk=change.row).first()
    if thing is None:
        raise Conflict("这一件已停用或不在这个单位", where=change.where)
    now = _shown(spec, thing)
    if any(now.get(key, "") != was for key, was in change.old.items()):
        raise Conflict(f"{thing.code} 在核对之后被改过", where=change.where, remedy="重新核对一次")
    if typed.get("code", thing.code) != thing.code:
        raise Refused("编号登记后不能改", field="code", where=change.where)
    # What a file leaves out stays as it stands.
    return services.change(
        ctx, spec, thing.pk, {**now, **typed}, version=thing.version, place_id=place
    )


def _remove(spec: RegisterSpec, ctx: Ctx, _scope: UUID, ids: Sequence[str]) -> None:
    for one in ids:
        services.take_back(ctx, spec, UUID(one))


def _used(spec: RegisterSpec, _ctx: Ctx, scope: UUID, ids: Sequence[str]) -> dict[str, str]:
    rows = spec.model._default_manager.filter(unit_id=scope, pk__in=ids)
    touched = {str(one.pk) for one in rows if one.state != IN_USE or one.version > 1}
    return dict.fromkeys(touched, "登记后又改过或已停用，请在台账里办理")
