"""Found the demonstration district: bodies, calendar, people, packs. All through the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

from django.db import transaction

from anze.interfaces.console import founding
from anze.interfaces.console.demo import names
from anze.kernel.bus.ctx import Ctx
from anze.kernel.packs import selectors as packs
from anze.kernel.packs import services as pack_services
from anze.kernel.people import passwords
from anze.kernel.people import services as people
from anze.kernel.people.models import User
from anze.kernel.units import services as units
from anze.kernel.units.models import Unit

PASSWORD = "Yunxi-2026-demo"
SHOWN = ("s01", "s02", "s03", "s04")
PACKS = (
    ("national", "2026.1"),
    ("wujin", "2020.1"),
    ("equipment", "2026.1"),
    ("superior", "2026.1"),
)
# Of every forty units; the rest of a larger district repeats the pattern.
PATTERN = (
    ["primary"] * 11 + ["kindergarten"] * 10 + ["junior"] * 5 + ["nine_year"] * 2 + ["senior"] * 2
    + ["complete_secondary", "twelve_year", "vocational", "special"]
    + ["training_institution"] * 4 + ["bus_company", "public_institution"]
)  # fmt: skip
PUPILS = {
    "kindergarten": (120, 420), "primary": (500, 2200), "junior": (600, 1800),
    "senior": (900, 2600), "nine_year": (900, 2800), "twelve_year": (1500, 3500),
    "complete_secondary": (1200, 3000), "vocational": (1200, 3600), "special": (60, 180),
    "training_institution": (60, 400),
}  # fmt: skip
# First two digits of a 学校标识码; the rest is a number that was never given out.
CATEGORIES = {
    "kindergarten": "11", "primary": "21", "junior": "31", "nine_year": "31", "senior": "34",
    "twelve_year": "34", "complete_secondary": "34", "vocational": "36", "special": "51",
}  # fmt: skip
PLACES = [
    ("校门", "gate"),
    ("教学楼一层走廊", "corridor"),
    ("食堂", "canteen"),
    ("操场", "playground"),
]


@dataclass
class District:
    """What was founded. ``care`` says how a body keeps its duties, in thousandths of those due."""

    id: UUID
    desk: User
    leader: User
    bodies: list[UUID] = field(default_factory=list)
    care: dict[UUID, int] = field(default_factory=dict)
    hands: dict[UUID, User] = field(default_factory=dict)
    training: list[UUID] = field(default_factory=list)


def found(day: date, count: int, seed: int) -> District:
    """Found a district of ``count`` units on a day and let the packs bind it from 1 January on."""
    ctx = Ctx.system(via="demo")
    random = Random(f"{seed}/district")
    old = date(2012, 9, 1)
    with transaction.atomic():
        made = founding.root(
            ctx, authority=names.AUTHORITY, district=names.DISTRICT, opened=old,
            named=[packs.row(*name) for name in PACKS],
        )  # fmt: skip
        root = made.district
        district = _bureau(ctx, made)
        towns = [
            units.register_unit(ctx, level="town", name=name, parent_id=root.pk, opened=old)
            for name in names.TOWNS[: max(2, min(8, count // 5))]
        ]
        account = _account(ctx, "town", "town_education_officer", towns[0].pk, random)
        district.hands[towns[0].pk] = account
    for number in range(count):
        with transaction.atomic():
            _unit(ctx, district, root, towns, number, random, old)
    _group(ctx, root, district, old)
    for name in PACKS:
        pack_services.activate(ctx, packs.row(*name), root.pk, date(day.year, 1, 1))
    return district


def _bureau(ctx: Ctx, made: founding.Founded) -> District:
    random, root = Random("bureau"), made.district
    leader = _account(ctx, "leader", "bureau_leader", root.pk, random)
    desk = leader
    hands = {root.pk: leader}
    for code, unit in made.sections.items():
        is_desk = code == founding.DESK_SECTION
        username = "desk" if is_desk else code.replace("_", "-")
        post = "desk_officer" if is_desk else "section_head"
        hands[unit.pk] = _account(ctx, username, post, unit.pk, random)
        if is_desk:
            desk = hands[unit.pk]
            head = _account(ctx, "desk-head", "section_head", unit.pk, random)
            people.grant_role(ctx, head.pk, role="desk", unit_id=unit.pk)
    for role in founding.ADMINISTRATORS:
        user = _account(ctx, role, "", root.pk, random)
        people.grant_role(ctx, user.pk, role=role, unit_id=root.pk)
    district = District(root.pk, desk, leader, hands=hands)
    district.bodies = list(hands)
    district.care = dict.fromkeys(hands, 930)
    return district


def _unit(
    ctx: Ctx, district: District, root: Unit, towns: list[Unit], number: int, random: Random,
    old: date,
) -> None:  # fmt: skip
    kind = PATTERN[number * 7 % len(PATTERN)] if number >= 4 else _first(number)
    public = kind not in ("training_institution", "bus_company") and random.random() < 0.8
    facts = _facts(kind, random)
    school = units.register_unit(
        ctx, level="unit", kind=kind, name=names.unit(number, kind),
        short_name=names.unit(number, kind).removeprefix("云溪区"),
        parent_id=root.pk if kind == "public_institution" else towns[number % len(towns)].pk,
        code=f"{CATEGORIES[kind]}32{number + 1:06d}" if kind in CATEGORIES else "",
        ownership="public" if public else "private", facts=facts, opened=old,
    )  # fmt: skip
    campuses = _campuses(ctx, school, kind, facts, number, old)
    # Most do well, some are busy, a few do badly: the boards should have something to show.
    care = random.choices([985, 940, 860, 640], [45, 30, 18, 7])[0]
    for body in (school, *campuses):
        district.bodies.append(body.pk)
        district.care[body.pk] = care
    if kind == "training_institution":
        district.training.append(school.pk)
    _people(ctx, district, school, campuses, number, random)


def _first(number: int) -> str:
    """Let the first four be of kinds everybody wants to look at."""
    return ("primary", "kindergarten", "bus_company", "training_institution")[number]


def _facts(kind: str, random: Random) -> dict[str, str]:
    if kind not in PUPILS:
        return {"staff": str(random.randint(12, 60))}
    pupils = random.randint(*PUPILS[kind])
    boarding = kind in ("senior", "vocational", "twelve_year", "special")
    return {
        "pupils": str(pupils),
        "staff": str(max(6, pupils // 13)),
        "boarding": "yes" if boarding else "no",
        "canteen": "no" if kind == "training_institution" else "yes",
        "school_bus": "yes" if random.random() < 0.3 and kind != "senior" else "no",
        "laboratory": "yes" if kind in ("junior", "senior", "complete_secondary") else "no",
        "guards": str(max(1, pupils // 500)),
    }


def _campuses(
    ctx: Ctx, school: Unit, kind: str, facts: dict[str, str], number: int, old: date
) -> list[Unit]:
    if kind in ("bus_company", "public_institution"):
        return []
    two = number % 9 == 4
    titles = ["东校区", "西校区"] if two else [""]
    made = [
        units.register_unit(
            ctx, level="campus", kind=kind, name=school.name + title,
            short_name=school.short_name + title, parent_id=school.pk, opened=old,
            ownership=school.ownership,
        )
        for title in titles
    ]  # fmt: skip
    for campus in made:
        if two:
            units.set_fact(ctx, campus.pk, "pupils", str(int(facts["pupils"]) // 2), since=old)
        for name, category in PLACES:
            units.add_place(ctx, campus.pk, name=name, category=category)
    return made


def _people(
    ctx: Ctx, district: District, school: Unit, campuses: list[Unit], number: int, random: Random
) -> None:
    label = f"s{number + 1:02d}"
    head = _account(ctx, f"{label}-head", "principal", school.pk, random)
    officer = _account(ctx, f"{label}-safety", "safety_officer", school.pk, random)
    if school.kind == "bus_company":
        people.give_post(ctx, officer.pk, unit_id=school.pk, post="bus_manager")
    if number < 6 and campuses:
        _account(ctx, f"{label}-teacher", "class_teacher", school.pk, random)
        _account(ctx, f"{label}-guard", "guard", campuses[0].pk, random)
    for body in (school, *campuses):
        district.hands[body.pk] = officer
    district.hands[school.pk] = head if number % 3 == 0 else officer


def _account(ctx: Ctx, username: str, post: str, unit_id: UUID, random: Random) -> User:
    return people.create_account(
        ctx, username=username, name=names.person(random),
        phone=names.phone(User.objects.count() + 1), unit_id=unit_id, post=post,
    )  # fmt: skip


def let_in(ctx: Ctx) -> None:
    """Give the bureau's people and those of the first schools the password that is shown.

    The others sign in by text message: a slow hash for each of hundreds would take minutes.
    """
    for user in User.objects.order_by("username"):
        if not user.username[1:2].isdigit() or user.username.partition("-")[0] in SHOWN:
            passwords.store(user, PASSWORD, ctx.now, must_change=False)


def _group(ctx: Ctx, root: Unit, district: District, old: date) -> None:
    """Join the first schools with two campuses and a neighbour in an education group."""
    group = units.register_unit(
        ctx, level="group", name="云溪区启明教育集团", parent_id=root.pk, opened=old
    )
    schools = Unit.objects.filter(level="unit", kind__in=("primary", "junior")).order_by("pk")[:3]
    for school in schools:
        units.join_group(ctx, school.pk, group_id=group.pk, since=old + timedelta(days=1))
