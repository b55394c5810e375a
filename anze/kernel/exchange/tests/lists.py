"""A list of a room above, as a spec: the places of a campus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange.columns import ROW, Column
from anze.kernel.exchange.specs import Change, Spec, Standing
from anze.kernel.units import rules
from anze.kernel.units import services as units
from anze.kernel.units.models import Place


def current(_ctx: Ctx, scope: UUID, ids: Sequence[str] | None) -> Iterator[Standing]:
    rows = Place.objects.filter(campus_id=scope, valid_to=None)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    for place in rows:
        values = {"name": place.name, "category": place.category, "token": place.token}
        yield Standing(str(place.pk), values, place.name)


def commit(ctx: Ctx, scope: UUID, changes: Sequence[Change]) -> list[str]:
    for change in changes:
        if change.row:
            units.remove_place(ctx, UUID(change.row))
    wanted = [(one.values["name"], one.values["category"]) for one in changes]
    return [str(place.pk) for place in units.add_places(ctx, scope, wanted)]


def remove(ctx: Ctx, _scope: UUID, ids: Sequence[str]) -> None:
    for number in ids:
        units.remove_place(ctx, UUID(number))


def short(text: str) -> str:
    if len(text) > 20:
        raise ValueError("名称超过 20 个字，标牌上印不下。")
    return text


PLACES = Spec(
    kind="testplaces",
    title="场所",
    columns=(
        Column("name", "名称", required=True, check=short, words="场所名称", example="一号楼"),
        Column("category", "类别", required=True, options=rules.PLACE_CATEGORIES),
        Column("token", "二维码", computed=True),
        ROW,
    ),
    key=("name",),
    current=current,
    commit=commit,
    remove=remove,
    needed=("units.describe",),
    levels=frozenset({"campus"}),
)
