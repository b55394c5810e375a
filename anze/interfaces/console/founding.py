"""Found a district: its authority, calendar, bureau sections and first accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict
from anze.kernel.packs import selectors as packs
from anze.kernel.packs import services as pack_services
from anze.kernel.packs.models import Pack
from anze.kernel.people import services as people
from anze.kernel.units import services as units
from anze.kernel.units.models import Unit

DESK_SECTION = "safety_division"
ADMINISTRATORS = ("sysadmin", "secadmin", "auditor")


@dataclass(frozen=True)
class Founded:
    """The district and its sections by code."""

    district: Unit
    sections: dict[str, Unit]


def root(
    ctx: Ctx, *, authority: str, district: str, opened: date, named: Sequence[Pack]
) -> Founded:
    """Register authority, district and sections, and set the terms, as the packs ``named`` say."""
    parsed = [packs.parsed(row) for row in named]
    people.sync_post_types(ctx, packs.posts(parsed).values())
    top = units.register_unit(ctx, level="authority", name=authority, opened=opened)
    made = units.register_unit(
        ctx, level="district", name=district, parent_id=top.pk, opened=opened
    )
    for pack in parsed:
        for term in pack.calendar.terms:
            units.set_term(
                ctx, made.pk, code=term.code, name=term.name, start=term.start, end=term.end
            )
    sections = {
        section.code: units.register_unit(
            ctx, level="section", name=section.title, parent_id=made.pk, opened=opened,
            facts={"section": section.code},
        )
        for pack in parsed
        for section in pack.roles.sections
    }  # fmt: skip
    return Founded(made, sections)


def found(
    ctx: Ctx, *, authority: str, district: str, opened: date, named: Sequence[Pack], since: date
) -> dict[str, str]:
    """Found a district in an empty home and let the packs bind it; return first passwords.

    ``since`` is the first day of the first full periods. All or nothing. The passwords are shown
    once and must be changed at the first sign-in. Raises Conflict when there are units already.
    """
    if Unit.objects.exists():
        raise Conflict("这个数据目录里已经有单位", remedy="换一个 ANZE_HOME，或用导入添加单位")
    with transaction.atomic():
        made = root(ctx, authority=authority, district=district, opened=opened, named=named)
        first = _accounts(ctx, made)
        for row in named:
            pack_services.activate(ctx, row, made.district.pk, since)
    return first


def _accounts(ctx: Ctx, made: Founded) -> dict[str, str]:
    first: dict[str, str] = {}
    for role in ADMINISTRATORS:
        user = people.create_account(ctx, username=role, name=role, unit_id=made.district.pk)
        people.grant_role(ctx, user.pk, role=role, unit_id=made.district.pk)
        first[role] = people.issue_password(ctx, user.pk)
    if DESK_SECTION in made.sections:
        desk = people.create_account(
            ctx, username="desk", name="desk", unit_id=made.sections[DESK_SECTION].pk,
            post="desk_officer",
        )  # fmt: skip
        first["desk"] = people.issue_password(ctx, desk.pk)
    return first
