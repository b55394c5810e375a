"""The small district that tests share: built through the services, in this one place.

Invented names only. Everything began long before today, so that tests may travel back in time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest
from django.test import Client

from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import services as people
from anze.kernel.people.access import ctx_for
from anze.kernel.people.models import User
from anze.kernel.people.signin import BACKEND
from anze.kernel.units import services as units
from anze.kernel.units.models import Unit

OPENED = date(2000, 9, 1)
SINCE = date(2019, 9, 1)


@dataclass
class Cast:
    """Units and people by their part. ``people`` is everybody by username."""

    authority: Unit = field(init=False)
    district: Unit = field(init=False)
    section: Unit = field(init=False)  # 安全综治科
    office: Unit = field(init=False)  # another section
    town: Unit = field(init=False)
    primary: Unit = field(init=False)  # in the town; two campuses
    primary_east: Unit = field(init=False)
    primary_west: Unit = field(init=False)
    kindergarten: Unit = field(init=False)  # in the town, private
    kindergarten_campus: Unit = field(init=False)
    junior: Unit = field(init=False)
    junior_campus: Unit = field(init=False)
    vocational: Unit = field(init=False)  # boarding
    vocational_campus: Unit = field(init=False)
    training: Unit = field(init=False)
    training_campus: Unit = field(init=False)
    bus: Unit = field(init=False)
    bus_campus: Unit = field(init=False)
    other_district: Unit = field(init=False)
    other_school: Unit = field(init=False)

    leader: User = field(init=False)
    desk: User = field(init=False)
    clerk: User = field(init=False)
    town_officer: User = field(init=False)
    principal: User = field(init=False)
    officer: User = field(init=False)
    teacher: User = field(init=False)
    guard: User = field(init=False)  # on the east campus
    junior_head: User = field(init=False)
    junior_officer: User = field(init=False)
    inspector: User = field(init=False)
    sysadmin: User = field(init=False)
    secadmin: User = field(init=False)
    auditor: User = field(init=False)
    outsider: User = field(init=False)  # heads a school of the other district
    nobody: User = field(init=False)  # an account without any post

    people: dict[str, User] = field(default_factory=dict)

    @property
    def schools(self) -> list[Unit]:
        """The four schools of the district."""
        return [self.primary, self.kindergarten, self.junior, self.vocational]

    def ctx(self, person: User | str, via: str = "web") -> Ctx:
        """Return the context of a person of the cast (or of his username)."""
        return ctx_for(self.people[person] if isinstance(person, str) else person, via)


def build() -> Cast:
    """Return the cast, its units and people entered into the database."""
    cast, ctx = Cast(), Ctx.system()
    people.sync_post_types(ctx)
    _bodies(ctx, cast)
    _schools(ctx, cast)
    _people(ctx, cast)
    return cast


def _unit(ctx: Ctx, level: str, name: str, parent: Unit | None = None, **more: object) -> Unit:
    return units.register_unit(
        ctx,
        level=level,
        name=name,
        parent_id=parent.pk if parent else None,
        opened=OPENED,
        **more,  # type: ignore[arg-type]
    )


def _bodies(ctx: Ctx, cast: Cast) -> None:
    cast.authority = _unit(ctx, "authority", "云州市教育局")
    cast.district = _unit(ctx, "district", "星湖区教育局", cast.authority)
    cast.section = _unit(ctx, "section", "安全综治科", cast.district)
    cast.office = _unit(ctx, "section", "办公室", cast.district)
    cast.town = _unit(ctx, "town", "临湖镇", cast.district)
    cast.other_district = _unit(ctx, "district", "青山区教育局", cast.authority)
    cast.other_school = _unit(ctx, "unit", "青山小学", cast.other_district, kind="primary")


def _schools(ctx: Ctx, cast: Cast) -> None:
    def school(part: str, name: str, parent: Unit, kind: str, **more: object) -> None:
        setattr(cast, part, _unit(ctx, "unit", name, parent, kind=kind, **more))

    def campus(part: str, name: str, of: Unit) -> None:
        setattr(cast, part, _unit(ctx, "campus", name, of, kind=of.kind))

    town, district = cast.town, cast.district
    school("primary", "临湖小学", town, "primary", ownership="public", code="2132001001")
    campus("primary_east", "临湖小学东校区", cast.primary)
    campus("primary_west", "临湖小学西校区", cast.primary)
    school("kindergarten", "小荷幼儿园", town, "kindergarten", ownership="private")
    campus("kindergarten_campus", "小荷幼儿园", cast.kindergarten)
    school("junior", "星湖初级中学", district, "junior", ownership="public")
    campus("junior_campus", "星湖初级中学", cast.junior)
    boarding = {"boarding": "yes"}
    school("vocational", "星湖职业学校", district, "vocational", ownership="public", facts=boarding)
    campus("vocational_campus", "星湖职业学校", cast.vocational)
    school("training", "启明培训中心", district, "training_institution", ownership="private")
    campus("training_campus", "启明培训中心", cast.training)
    school("bus", "平安校车服务公司", district, "bus_company", ownership="private")
    campus("bus_campus", "平安校车服务公司", cast.bus)


def _people(ctx: Ctx, cast: Cast) -> None:
    def add(part: str, name: str, unit: Unit, post: str = "", role: str = "") -> None:
        number = f"139000000{len(cast.people):02d}"
        user = people.create_account(ctx, username=part, name=name, phone=number, unit_id=unit.pk)
        if post:
            people.give_post(ctx, user.pk, unit_id=unit.pk, post=post, since=SINCE)
        if role:
            people.grant_role(ctx, user.pk, role=role, unit_id=unit.pk, since=SINCE)
        setattr(cast, part, user)
        cast.people[part] = user

    add("leader", "陆局", cast.district, "bureau_leader")
    add("desk", "孟安", cast.section, "desk_officer")
    add("clerk", "章文", cast.office, "section_clerk")
    add("town_officer", "田野", cast.town, "town_education_officer")
    add("principal", "林校", cast.primary, "principal")
    add("officer", "程全", cast.primary, "safety_officer")
    add("teacher", "许静", cast.primary, "class_teacher")
    add("guard", "石磊", cast.primary_east, "guard")
    add("junior_head", "方正", cast.junior, "principal")
    add("junior_officer", "何平", cast.junior, "safety_officer")
    add("inspector", "严查", cast.section, role="inspector")
    add("sysadmin", "甲管", cast.district, role="sysadmin")
    add("secadmin", "乙管", cast.district, role="secadmin")
    add("auditor", "丙管", cast.district, role="auditor")
    add("outsider", "外人", cast.other_school, "principal")
    add("nobody", "白丁", cast.district)


@pytest.fixture
def cast(db: None) -> Cast:
    """The small district, fresh in the test's database."""
    return build()


@pytest.fixture
def client_for() -> Callable[[User], Client]:
    """Return a function: a browser in which this person is signed in."""

    def sign_in(person: User) -> Client:
        client = Client()
        client.force_login(person, backend=BACKEND)
        return client

    return sign_in
