"""Registers as JSON: the same selectors and services as the pages."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from ninja import Field, Query, Router, Schema
from ninja.responses import Status
from pydantic import StringConstraints

from anze.engines.registers import selectors, services, spec, values
from anze.engines.registers.models import NEVER, Thing
from anze.engines.registers.spec import RegisterSpec
from anze.kernel.people.access import Request
from anze.kernel.web.wire.base import Day, Moment, Search, Slug, UnitRef
from anze.kernel.web.wire.declare import operation
from anze.kernel.web.wire.paging import Page, Paging, page

router = Router(tags=["台账"])
ROUTERS = (("/registers", router),)

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, StringConstraints(max_length=500)]


class RegisterField(Schema):
    """One field of a register."""

    name: str
    label: str
    type: Literal["choice", "integer", "decimal", "day", "yesno", "text"]
    required: bool
    computed: bool = Field(description="Filled in by the platform; never sent.")
    ends: bool = Field(description="A day after which the thing is no longer in order.")
    choices: dict[str, str]


class RegisterOut(Schema):
    """One register, and how it stands in sight."""

    code: str
    label: str
    fields: list[RegisterField]
    end_reasons: dict[str, str]
    in_use: int
    over: int = Field(description="In use, with an end of validity that has passed.")
    soon: int = Field(description="In use, with an end within 30 days.")
    missing: int = Field(description="Not found by the last audit.")

    @classmethod
    def of(cls, standing: selectors.Standing) -> RegisterOut:
        """Return the shape of a register."""
        one = standing.spec
        names = ("name", "label", "type", "required", "computed", "ends")
        fields = [
            RegisterField(**{name: getattr(f, name) for name in names}, choices=dict(f.choices))
            for f in one.fields
        ]
        counts = {name: getattr(standing, name) for name in ("in_use", "over", "soon", "missing")}
        reasons = dict(one.end_reasons)
        return cls(code=one.code, label=one.label, fields=fields, end_reasons=reasons, **counts)


class ThingOut(Schema):
    """One thing of a register."""

    id: UUID
    register_code: str
    code: str = Field(description="Its number at the body.")
    unit: UnitRef
    place: str = Field(description="The name of its place, or empty.")
    state: Literal["in_use", "ended"]
    version: int = Field(description="To be named when it is changed.")
    due_on: date | None = Field(description="The earliest end of validity.")
    missing_since: date | None
    ended_on: date | None
    end_reason: str
    values: dict[str, str] = Field(description="The fields as text: codes, days, numbers, words.")
    changed: Moment

    @classmethod
    def of(cls, one: RegisterSpec, row: Thing) -> ThingOut:
        """Return the shape of a thing."""
        same = ("id", "code", "state", "version", "missing_since", "ended_on", "end_reason")
        return cls(
            **{name: getattr(row, name) for name in (*same, "changed")},
            register_code=one.code,
            unit=UnitRef.of(row.unit),
            place=row.place.name if row.place else "",
            due_on=None if row.due_on == NEVER else row.due_on,
            values=_values(one, row),
        )


def _values(one: RegisterSpec, row: Thing) -> dict[str, str]:
    found = {f.name: getattr(row, f.name) for f in one.fields}
    return {name: values.fact(value) for name, value in found.items() if value not in (None, "")}


class StepOut(Schema):
    """One field, from what to what, in words."""

    label: str
    before: str
    after: str


class ChapterOut(Schema):
    """One entry of a thing's history."""

    entry: UUID
    kind: str
    title: str
    when: Moment
    who: str
    steps: list[StepOut]


class ThingDetail(ThingOut):
    """A thing with its history from the ledger, oldest first."""

    history: list[ChapterOut]


class ThingFilter(Schema):
    """Which things."""

    unit: UUID | None = Field(None, description="Only of this body.")
    state: Literal["in_use", "ended"] | None = None
    due_before: Day | None = Field(None, description="Only with an end of validity before a day.")
    code: Search = Field("", description="Only of this number.")


class ThingIn(Schema):
    """A thing to register."""

    client_id: UUID = Field(description="Made by the sender; the same again is the same thing.")
    unit: UUID
    place: UUID | None = None
    code: Text = Field("", description="Its number; empty: the next one is given.")
    values: dict[Name, Text]


class ThingChange(Schema):
    """All fields of a thing as they are to stand."""

    version: int = Field(ge=1, le=2_000_000_000, description="The version that was seen.")
    place: UUID | None = None
    values: dict[Name, Text]


class ThingEnd(Schema):
    """Why a thing is kept no longer."""

    reason: Slug
    on: Day | None = Field(None, description="Absent: today.")
    note: Text = ""


@operation(
    router, "GET", "", action="registers.view", answer=list[RegisterOut], summary="有哪些台账"
)
def list_registers(request: Request) -> list[RegisterOut]:
    """List the registers in sight with their fields."""
    return [RegisterOut.of(one) for one in selectors.standing(request.ctx)]


@operation(
    router, "GET", "/{code}", action="registers.view", answer=Page[ThingOut], summary="台账里的物品"
)
def list_things(
    request: Request, code: str, asked: Query[ThingFilter], paging: Query[Paging]
) -> Page[ThingOut]:
    """List the things of a register in sight, the earliest end of validity first."""
    one = spec.get(code)
    rows = _filtered(selectors.things(request.ctx, one), asked)
    ordered = rows.select_related("unit", "place").order_by("state", "due_on", "pk")
    return page(
        Page[ThingOut], ordered, paging, lambda found: [ThingOut.of(one, row) for row in found]
    )


def _filtered(rows: QuerySet[Any], asked: ThingFilter) -> QuerySet[Any]:
    exact = {"unit_id": asked.unit, "state": asked.state, "code": asked.code}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    return rows.filter(due_on__lt=asked.due_before) if asked.due_before else rows


@operation(
    router,
    "GET",
    "/{code}/{thing_id}",
    action="registers.view",
    answer=ThingDetail,
    summary="一件物品和它的经过",
)
def get_thing(request: Request, code: str, thing_id: UUID) -> ThingDetail:
    """Return one thing with its history from the ledger."""
    one = spec.get(code)
    row = selectors.thing(request.ctx, one, thing_id)
    history = [
        ChapterOut(
            entry=part.uid,
            kind=part.kind,
            title=part.title,
            when=part.when,
            who=part.who,
            steps=[StepOut(**vars(step)) for step in part.steps],
        )
        for part in selectors.history(one, row)
    ]
    return ThingDetail(**ThingOut.of(one, row).dict(), history=history)


@operation(
    router,
    "POST",
    "/{code}",
    action="registers.edit",
    answer=ThingOut,
    summary="登记一件物品",
    status=201,
)
def add_thing(request: Request, code: str, body: ThingIn) -> Status[ThingOut]:
    """Register a thing: 201; the same client_id again: 200 and the first one."""
    one, ctx = spec.get(code), request.ctx
    known = one.model._default_manager.filter(client_id=body.client_id).exists()
    row = services.add(
        ctx, one, body.unit, body.values, code=body.code, place_id=body.place,
        client_id=body.client_id,
    )  # fmt: skip
    return Status(200 if known else 201, ThingOut.of(one, row))


@operation(
    router,
    "POST",
    "/{code}/{thing_id}/change",
    action="registers.edit",
    answer=ThingOut,
    summary="修改一件物品",
)
def change_thing(request: Request, code: str, thing_id: UUID, body: ThingChange) -> ThingOut:
    """Give a thing other values; 409 when somebody changed it since the version named."""
    one = spec.get(code)
    row = services.change(
        request.ctx, one, thing_id, body.values, version=body.version, place_id=body.place
    )
    return ThingOut.of(one, row)


@operation(
    router,
    "POST",
    "/{code}/{thing_id}/end",
    action="registers.edit",
    answer=ThingOut,
    summary="停用一件物品",
)
def end_thing(request: Request, code: str, thing_id: UUID, body: ThingEnd) -> ThingOut:
    """Keep a thing no longer; ending it again changes nothing."""
    one = spec.get(code)
    services.end(request.ctx, one, thing_id, body.reason, on=body.on, note=body.note)
    return ThingOut.of(one, selectors.thing(request.ctx, one, thing_id))
