"""The permission table: action × role × relation. Written by hand; read it as data.

The relation is that of the unit acted on to the body where the actor's post or grant stands:

- ``own``      that body itself, or inside it
- ``above``    a body above it, up to its district
- ``sibling``  in the same district, neither own nor above
- ``other``    anywhere else

A post in a section (科室) of the bureau has the district above it and every school as a sibling, so
the reach of a bureau role shows in its relations, and one in a school cannot reach its neighbours.
No role of the first edition reaches into another district.
"""

from __future__ import annotations

from typing import Final, Literal

Relation = Literal["own", "above", "sibling", "other"]
RELATIONS: Final[tuple[Relation, ...]] = ("own", "above", "sibling", "other")

OWN: Final[frozenset[Relation]] = frozenset({"own"})
UPWARD: Final[frozenset[Relation]] = frozenset({"own", "above"})
AROUND: Final[frozenset[Relation]] = frozenset({"own", "sibling"})
DISTRICT: Final[frozenset[Relation]] = frozenset({"own", "above", "sibling"})

# Done without any unit: by everybody, or by whoever is signed in.
ANYBODY: Final = frozenset({"public"})
SIGNED_IN: Final = frozenset({"account", "portal.home", "web.components", "api.docs"})

TABLE: Final[dict[str, dict[str, frozenset[Relation]]]] = {
    "units.view": {
        "sysadmin": DISTRICT,
        "secadmin": DISTRICT,
        "auditor": DISTRICT,
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "inspector": DISTRICT,
        "town_officer": UPWARD,
        "unit_head": UPWARD,
        "safety_officer": UPWARD,
        "staff": OWN,
        "guard": OWN,
    },
    "units.describe": {
        "sysadmin": DISTRICT,
        "desk": DISTRICT,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    "units.manage": {"sysadmin": DISTRICT, "desk": DISTRICT},
    "people.view": {
        "sysadmin": DISTRICT,
        "secadmin": DISTRICT,
        "auditor": DISTRICT,
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "inspector": AROUND,
        "town_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    "people.manage": {"sysadmin": DISTRICT, "desk": DISTRICT, "unit_head": OWN},
    "people.admin": {"sysadmin": DISTRICT},
    "people.grant": {"secadmin": DISTRICT},
    "duties.view": {
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "inspector": AROUND,
        "town_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
        "staff": OWN,
        "guard": OWN,
    },
    # Who answers for a duty records it; the desk also for the bureau itself.
    "duties.record": {
        "desk": UPWARD,
        "section_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
        "staff": OWN,
        "guard": OWN,
    },
    # One's own submission is corrected with duties.record; somebody else's by who answers for all.
    "forms.correct": {
        "desk": UPWARD,
        "section_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    "duties.waive": {"desk": DISTRICT, "leader": DISTRICT},
    "duties.remind": {
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "town_officer": OWN,
        "unit_head": OWN,
    },
    "board.view": {
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "inspector": AROUND,
        "town_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    "ledger.view": {
        "auditor": DISTRICT,
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "town_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    "ledger.verify": {
        "sysadmin": DISTRICT,
        "secadmin": DISTRICT,
        "auditor": DISTRICT,
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "inspector": DISTRICT,
        "town_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    "files.view": {
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "inspector": AROUND,
        "town_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
        "staff": OWN,
        "guard": OWN,
    },
    "files.add": {
        "desk": UPWARD,
        "section_officer": OWN,
        "inspector": AROUND,
        "unit_head": OWN,
        "safety_officer": OWN,
        "staff": OWN,
        "guard": OWN,
    },
    "files.erase": {"secadmin": DISTRICT},
    "packs.view": {
        "sysadmin": DISTRICT,
        "auditor": DISTRICT,
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "inspector": DISTRICT,
        "town_officer": UPWARD,
        "unit_head": UPWARD,
        "safety_officer": UPWARD,
        "staff": UPWARD,
    },
    "packs.activate": {"desk": DISTRICT, "leader": DISTRICT},
    "exchange.import": {"sysadmin": DISTRICT, "desk": DISTRICT},
    "exchange.export": {
        "auditor": DISTRICT,
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "town_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
}


def relations(action: str, role: str) -> frozenset[Relation]:
    """Return to which relations of unit a role may do an action; empty for none."""
    return TABLE.get(action, {}).get(role, frozenset())
