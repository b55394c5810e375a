"""The permission table: action × role × relation. Written by hand; read it as data.

The relation is that of the unit acted on to the body where the actor's post or grant stands:

- ``own``      that body itself, or inside it
- ``above``    a body above it, up to its district
- ``sibling``  in the same district, neither own nor above
- ``other``    anywhere else

A post in a section (科室) of the bureau has the district above it and every school as a sibling, so
the reach of a bureau role shows in its relations, and one in a school cannot reach its neighbours.
No role of the first edition reaches into another district.

Rows of the lower rooms stand here. A domain keeps its own beside its actions: ``PERMISSIONS`` in
``actions.py``, of the same shape, gathered at start by ``actions.collect``.
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
# ``health.metrics`` asks for a token or the machine itself, in the view.
ANYBODY: Final = frozenset({"public", "health.metrics"})
SIGNED_IN: Final = frozenset(
    {
        "account",
        "portal.home",
        "web.components",
        "web.lists",
        "api.docs",
        "outbox.view",
        "burden.say",
    }
)

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
    # The second person of a change of power. Never the auditor, who looks at what came of it.
    "people.confirm": {"secadmin": DISTRICT, "leader": DISTRICT},
    "people.tokens": {"sysadmin": DISTRICT},
    "people.tokens_view": {"sysadmin": DISTRICT, "secadmin": DISTRICT, "auditor": DISTRICT},
    "people.devices": {"unit_head": OWN},
    "contacts.view": {
        "sysadmin": DISTRICT,
        "secadmin": DISTRICT,
        "auditor": DISTRICT,
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "inspector": AROUND,
        "town_officer": UPWARD,
        "unit_head": UPWARD,
        "safety_officer": UPWARD,
        "staff": UPWARD,
        "guard": OWN,
    },
    # Whole phone numbers at once, for who has to reach people; the others ask one by one.
    "contacts.phones": {
        "desk": DISTRICT,
        "leader": DISTRICT,
        "town_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    "contacts.reveal": {
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "inspector": AROUND,
        "town_officer": UPWARD,
        "unit_head": UPWARD,
        "safety_officer": UPWARD,
        "staff": OWN,
        "guard": OWN,
    },
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
    # Two contents under one id: the sender himself decides, or who may correct for the unit.
    "outbox.settle": {
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
    "documents.view": {
        "auditor": DISTRICT,
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "inspector": AROUND,
        "town_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    # A body issues its own documents; the desk and the leaders those of the bureau.
    "documents.issue": {
        "desk": UPWARD,
        "leader": UPWARD,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    "documents.void": {"desk": UPWARD, "leader": UPWARD, "unit_head": OWN},
    # What a file writes is asked for besides, by its kind: units, people, a register of one's own.
    "exchange.import": {
        "sysadmin": DISTRICT,
        "desk": DISTRICT,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    "exchange.export": {
        "auditor": DISTRICT,
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "town_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    # What a body looks at together: kept for it by those who answer for it.
    "web.share_filters": {
        "desk": OWN,
        "leader": OWN,
        "section_officer": OWN,
        "town_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    "registers.view": {
        "auditor": DISTRICT,
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
    # A unit keeps its own registers; the desk those of the bureau.
    "registers.edit": {"desk": UPWARD, "unit_head": OWN, "safety_officer": OWN},
    # Whoever walks through the building may count what is there.
    "registers.audit": {
        "desk": UPWARD,
        "unit_head": OWN,
        "safety_officer": OWN,
        "staff": OWN,
        "guard": OWN,
    },
    "notices.send": {
        "desk": DISTRICT,
        "leader": DISTRICT,
        "town_officer": OWN,
        "unit_head": OWN,
    },
    "notices.deliveries": {"sysadmin": DISTRICT, "desk": DISTRICT},
    "burden.handle": {"desk": DISTRICT, "leader": DISTRICT},
    # Data that no requirement asks for: one drafts, another lets it go out, the unit answers.
    "burden.collect": {"desk": DISTRICT, "leader": DISTRICT, "section_officer": DISTRICT},
    "burden.approve": {"desk": DISTRICT, "leader": DISTRICT},
    "burden.count": {
        "desk": DISTRICT,
        "leader": DISTRICT,
        "section_officer": DISTRICT,
        "town_officer": OWN,
        "unit_head": OWN,
        "safety_officer": OWN,
    },
    "burden.answer": {"unit_head": OWN, "safety_officer": OWN},
    "work.jobs": {"sysadmin": DISTRICT},
}


def add(action: str, row: dict[str, frozenset[Relation]]) -> None:
    """Put the row of a room's own action into the table; ValueError for one that is there."""
    if TABLE.setdefault(action, row) != row or action in ANYBODY | SIGNED_IN:
        raise ValueError(f"{action} has its row elsewhere")


def relations(action: str, role: str) -> frozenset[Relation]:
    """Return to which relations of unit a role may do an action; empty for none."""
    return TABLE.get(action, {}).get(role, frozenset())
