"""The permission table against an expectation written apart from it, cell by cell.

Letters: o own, a above, s sibling in the district, x other. A dot: nothing.
"""

import pytest

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound
from anze.kernel.people import roles, services, table
from tests import rooms

LETTER = {"own": "o", "above": "a", "sibling": "s", "other": "x"}

EXPECTED = """
action           sysadmin secadmin auditor desk leader section_officer inspector town_officer unit_head safety_officer staff guard
units.view       oas      oas      oas     oas  oas    oas             oas       oa           oa        oa             o     o
units.describe   oas      .        .       oas  .      .               .         .            o         o              .     .
units.manage     oas      .        .       oas  .      .               .         .            .         .              .     .
people.view      oas      oas      oas     oas  oas    oas             os        o            o         o              .     .
people.manage    oas      .        .       oas  .      .               .         .            o         .              .     .
people.admin     oas      .        .       .    .      .               .         .            .         .              .     .
people.grant     .        oas      .       .    .      .               .         .            .         .              .     .
people.confirm   .        oas      .       .    oas    .               .         .            .         .              .     .
people.tokens    oas      .        .       .    .      .               .         .            .         .              .     .
people.tokens_view oas    oas      oas     .    .      .               .         .            .         .              .     .
people.devices   .        .        .       .    .      .               .         .            o         .              .     .
contacts.view    oas      oas      oas     oas  oas    oas             os        oa           oa        oa             oa    o
contacts.phones  .        .        .       oas  oas    .               .         o            o         o              .     .
contacts.reveal  .        .        .       oas  oas    oas             os        oa           oa        oa             o     o
duties.view      .        .        .       oas  oas    oas             os        o            o         o              o     o
duties.record    .        .        .       oa   .      o               .         .            o         o              o     o
forms.correct    .        .        .       oa   .      o               .         .            o         o              .     .
outbox.settle    .        .        .       oa   .      o               .         .            o         o              .     .
duties.waive     .        .        .       oas  oas    .               .         .            .         .              .     .
duties.remind    .        .        .       oas  oas    oas             .         o            o         .              .     .
board.view       .        .        .       oas  oas    oas             os        o            o         o              .     .
ledger.view      .        .        oas     oas  oas    oas             .         o            o         o              .     .
ledger.verify    oas      oas      oas     oas  oas    oas             oas       o            o         o              .     .
files.view       .        .        .       oas  oas    oas             os        o            o         o              o     o
files.add        .        .        .       oa   .      o               os        .            o         o              o     o
files.erase      .        oas      .       .    .      .               .         .            .         .              .     .
packs.view       oas      .        oas     oas  oas    oas             oas       oa           oa        oa             oa    .
packs.activate   .        .        .       oas  oas    .               .         .            .         .              .     .
documents.view   .        .        oas     oas  oas    oas             os        o            o         o              .     .
documents.issue  .        .        .       oa   oa     .               .         .            o         o              .     .
documents.void   .        .        .       oa   oa     .               .         .            o         .              .     .
exchange.import  oas      .        .       oas  .      .               .         .            o         o              .     .
exchange.export  .        .        oas     oas  oas    oas             .         o            o         o              .     .
web.share_filters .       .        .       o    o      o               .         o            o         o              .     .
registers.view   .        .        oas     oas  oas    oas             os        o            o         o              o     o
registers.edit   .        .        .       oa   .      .               .         .            o         o              .     .
registers.audit  .        .        .       oa   .      .               .         .            o         o              o     o
notices.send     .        .        .       oas  oas    .               .         o            o         .              .     .
notices.deliveries oas    .        .       oas  .      .               .         .            .         .              .     .
burden.handle    .        .       .       oas  oas    .               .         .            .         .              .     .
burden.collect   .        .       .       oas  oas    oas             .         .            .         .              .     .
burden.approve   .        .       .       oas  oas    .               .         .            .         .              .     .
burden.answer    .        .       .       .    .      .               .         .            o         o              .     .
burden.count     .        .       .       oas  oas    oas             .         o            o         o              .     .
work.jobs        oas      .        .       .    .      .               .         .            .         .              .     .
"""  # noqa: E501 (a table)


def expected():
    """Return (action, role) -> letters; a domain brings its rows in ``tests/permissions.txt``."""
    cells = {}
    for text in (EXPECTED, *(path.read_text() for path in rooms.files("permissions.txt"))):
        more = read(text)
        assert not cells.keys() & more.keys()
        cells |= more
    return cells


def read(text):
    header, *lines = text.strip().splitlines()
    names = header.split()[1:]
    cells = {}
    for line in lines:
        action, *values = line.split()
        assert len(values) == len(names), action
        cells |= {(action, role): value for role, value in zip(names, values, strict=True)}
    return cells


def test_the_table_is_the_expected_one_in_every_cell():
    cells = expected()
    assert {role for _, role in cells} == set(roles.ROLES)
    assert {action for action, _ in cells} == set(table.TABLE)
    for (action, role), letters in cells.items():
        given = {LETTER[relation] for relation in table.relations(action, role)}
        assert given == set(letters) - {"."}, (action, role)


def test_the_table_names_only_roles_and_relations_there_are():
    for action, row in table.TABLE.items():
        assert set(row) <= set(roles.ROLES), action
        assert set().union(*row.values()) <= set(table.RELATIONS), action
    assert not set(table.TABLE) & (table.ANYBODY | table.SIGNED_IN)


def test_no_role_reaches_into_another_district():
    assert all(
        "other" not in relations for row in table.TABLE.values() for relations in row.values()
    )


def test_the_three_administrators_share_nothing_but_looking():
    looking = {"units.view", "people.view", "ledger.verify", "packs.view"}
    looking |= {"people.tokens_view", "contacts.view"}
    for action, row in table.TABLE.items():
        admins = set(row) & set(roles.ADMIN_ROLES)
        assert len(admins) <= 1 or action in looking, action


def check(access, action, unit):
    try:
        access.check(action, unit.pk)
    except (Denied, NotFound) as refusal:
        return refusal.status
    return 200


def wanted(cells, action, role, letter):
    if letter in cells[action, role]:
        return 200
    return 403 if letter in cells["units.view", role] else 404


@pytest.mark.parametrize("role", roles.ROLES)
def test_every_action_by_a_role_over_a_section_is_answered_as_expected(cast, role):
    """action × role × relation, really asked: 200, 403 inside the scope, 404 outside it."""
    cells = expected()
    services.grant_role(Ctx.system(), cast.nobody.pk, role=role, unit_id=cast.section.pk)
    access = cast.ctx("nobody").access
    places = {"o": cast.section, "a": cast.district, "s": cast.junior, "x": cast.other_school}
    for action in table.TABLE:
        for letter, unit in places.items():
            assert check(access, action, unit) == wanted(cells, action, role, letter), (
                action,
                letter,
            )
        assert check(access, action, cast.authority) == wanted(cells, action, role, "x")


PLACES = [
    ("leader", "leader", {"o": "primary_east", "x": "other_school"}),
    (
        "desk",
        "desk",
        {"o": "section", "a": "district", "s": "kindergarten_campus", "x": "authority"},
    ),
    ("clerk", "section_officer", {"o": "office", "a": "district", "s": "section"}),
    ("town_officer", "town_officer", {"o": "primary_west", "a": "district", "s": "junior"}),
    ("principal", "unit_head", {"o": "primary_west", "a": "town", "s": "kindergarten"}),
    ("officer", "safety_officer", {"o": "primary_east", "a": "district", "s": "junior_campus"}),
    ("teacher", "staff", {"o": "primary", "a": "town", "s": "section", "x": "other_district"}),
    ("guard", "guard", {"o": "primary_east", "a": "primary", "s": "primary_west"}),
    ("inspector", "inspector", {"o": "section", "a": "district", "s": "bus", "x": "other_school"}),
    ("sysadmin", "sysadmin", {"o": "training_campus", "x": "other_school"}),
    ("secadmin", "secadmin", {"o": "training_campus", "x": "other_school"}),
    ("auditor", "auditor", {"o": "training_campus", "x": "other_school"}),
    ("outsider", "unit_head", {"o": "other_school", "a": "other_district", "x": "primary"}),
]


@pytest.mark.parametrize(("person", "role", "places"), PLACES)
def test_everybody_in_the_cast_is_answered_as_expected(cast, person, role, places):
    cells, access = expected(), cast.ctx(person).access
    for action in table.TABLE:
        for letter, place in places.items():
            answer = check(access, action, getattr(cast, place))
            assert answer == wanted(cells, action, role, letter), (action, place)
